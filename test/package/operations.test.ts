/** Follows docs/operations.md: each file and command is the one of the page, with other paths. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { validate } from "dockerfile-utils";
import { parse } from "yaml";
import { freePort } from "../../scripts/run/ports.mjs";
import { createAnon } from "../../sdk/create-anon.ts";
import { open } from "../../storage-drivers/open.ts";
import { needs } from "../support/needs.ts";
import { needsPostgres, ownPostgres, stopServers as stopPostgres } from "../support/postgres.ts";
import { needsRedis, ownRedis, stopServers as stopRedis } from "../support/redis.ts";
import { readText, root } from "./source-tree.ts";

const page = readText("docs/operations.md");
const blocks = [...page.matchAll(/^```\w+\n([\s\S]*?)^```/gm)].map(([, text = ""]) => text);
const SECRET = "replace-this-by-the-output-of-openssl-rand";
const DAYS = 86_400_000;
const LONG = { timeout: 120_000 };

/** The block of the page whose first line is this comment. */
function block(title: string): string {
  const found = blocks.find((text) => text.startsWith(`# ${title}\n`));
  assert.ok(found, `docs/operations.md has no block "# ${title}"`);
  return found;
}

function has(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

const folders: string[] = [];
after(async () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  await Promise.all([stopPostgres(), stopRedis()]);
});

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** The machine of the page, in a temporary folder. */
class Machine {
  readonly folder = mkdtempSync(join(tmpdir(), "anon-operations-"));
  readonly shop = join(this.folder, "shop");
  readonly log = join(this.folder, "anon-gc.log");
  readonly health = join(this.folder, "health");
  readonly backups = join(this.folder, "backups");
  readonly collector = join(this.folder, "collector");
  /** The date in the names of backups, as `date` prints it. */
  readonly day = spawnSync("date", ["+%F"], { encoding: "utf8" }).stdout.trim();
  readonly port: number;
  readonly storage: string;
  readonly environment: string;

  constructor(port: number, storage = "fs:/srv/shop/.anon") {
    folders.push(this.folder);
    mkdirSync(join(this.shop, "node_modules", ".bin"), { recursive: true });
    for (const folder of [this.backups, this.collector]) mkdirSync(folder);
    symlinkSync(join(root, "dist", "cli", "anon.js"), join(this.shop, "node_modules", ".bin", "anon"));
    writeFileSync(join(this.shop, "anon.config.json"), "{}");
    this.port = port;
    this.storage = storage.replace("/srv/shop", this.shop);
    this.environment = join(this.folder, "anon.env");
    writeFileSync(this.environment, block("/etc/shop/anon.env").replace("redis://127.0.0.1:6379", this.storage));
  }

  /** A text of the page with the paths and the port of this machine. */
  adapted(text: string): string {
    return text
      .replaceAll("/etc/shop/anon.env", this.environment)
      .replaceAll("/var/log/shop/anon-gc.log", this.log)
      .replaceAll("/dev/shm/anon-gc", this.health)
      .replaceAll("/var/backups/shop", this.backups)
      .replaceAll("/var/lib/node_exporter", this.collector)
      .replaceAll("2026-11-29", this.day)
      .replaceAll("/srv/shop", this.shop)
      .replaceAll("9464", `${this.port}`);
  }

  /** The lines `NAME=value` of the file of the environment. */
  get env(): Record<string, string> {
    return environmentOf(readFileSync(this.environment, "utf8"));
  }

  start(command: string, env: Record<string, string> = this.env): ChildProcess {
    const path = [dirname(process.execPath), env.PATH ?? process.env.PATH].join(delimiter);
    return spawn("sh", ["-c", this.adapted(command)], { cwd: this.shop, env: { ...env, PATH: path } });
  }

  run(command: string, env?: Record<string, string>): Promise<Ended> {
    return ended(this.start(command, env));
  }

  /** Runs a block of the page in the shell that the page begins with, which has no other environment. */
  follow(title: string): Promise<Ended> {
    return this.run(`set -e\n${block("first, in the shell")}${block(title)}`, {});
  }

  /** Makes accounts that were active 40 days ago. */
  async addOldGuests(count: number): Promise<void> {
    const anon = createAnon({
      storage: await open(this.storage),
      secret: SECRET,
      sessionTtl: "400d",
      now: () => Date.now() - 40 * DAYS,
    });
    for (let made = 0; made < count; made++) await anon.signInAnonymously();
    await anon.dispose();
  }

  async ids(): Promise<string[]> {
    const { code, stdout, stderr } = await this.run("node_modules/.bin/anon list --json");
    assert.equal(code, 0, stdout + stderr);
    const lines = stdout.split("\n").filter((line) => line !== "");
    return lines.map((line) => (JSON.parse(line) as { id: string }).id).sort();
  }
}

function environmentOf(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [name, value]));
}

function ended(child: ChildProcess): Promise<Ended> {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...output }));
  });
}

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await isSo()); await sleep(25)) assert.ok(Date.now() < end, what);
}

/** The settings of a unit: `Name=value`. */
function unit(title: string): Map<string, string> {
  return new Map([...block(title).matchAll(/^(\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]));
}

/** A file of cron.d with one line: its time, its user, its command, and its environment. */
function cronOf(title: string) {
  const [, schedule = "", user, command = ""] =
    /^(\S+ \S+ \S+ \S+ \S+) (\w+) (.+)$/m.exec(block(title).replaceAll(/^(#|\w+=).*$/gm, "")) ?? [];
  return { schedule, user, command, settings: environmentOf(block(title)) };
}

describe("docs/operations.md", () => {
  it("shows what a run would collect, in the shell of the page", LONG, async () => {
    const machine = new Machine(0);
    await machine.addOldGuests(2);
    const { code, stdout, stderr } = await machine.follow("what gc would collect");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^deleted +2$/m);
    assert.equal((await machine.ids()).length, 2);
  });

  describe("cron", () => {
    const { schedule, user, command, settings } = cronOf("/etc/cron.d/anon-gc");
    const options = needs(has("flock"), "no flock", LONG);

    it("has a time, a user and no % in its command, which cron would replace", () => {
      assert.match(schedule, /^\d+ \* \* \* \*$/);
      assert.deepEqual([user, command.includes("%")], ["shop", false]);
      assert.deepEqual(Object.keys(settings), ["MAILTO", "PATH"]);
    });

    it("logs the report and mails nothing when it succeeds", options, async () => {
      const machine = new Machine(0);
      await machine.addOldGuests(3);
      assert.deepEqual(await machine.run(command, settings), { code: 0, stdout: "", stderr: "" });
      assert.match(readFileSync(machine.log, "utf8"), /^deleted +3$/m);
      assert.deepEqual(await machine.ids(), []);
    });

    it("mails an error with its exit code", options, async () => {
      const machine = new Machine(0);
      const { stdout, stderr } = await machine.run(command, settings);
      assert.equal(stdout, "");
      assert.match(stderr, /\[invalid_storage_url\]\nanon gc failed with exit code 2\n$/);
    });

    it("does nothing while the previous run goes on", options, async () => {
      const machine = new Machine(0);
      await machine.addOldGuests(1);
      const holder = machine.start('exec flock /srv/shop sh -c "echo locked; sleep 60 & wait"');
      await new Promise((resolve) => holder.stdout?.once("data", resolve));
      assert.deepEqual(await machine.run(command, settings), { code: 0, stdout: "", stderr: "" });
      assert.equal((await machine.ids()).length, 1);
      holder.kill("SIGKILL");
    });
  });

  describe("systemd", () => {
    const units = ["anon-gc.service", "anon-gc.timer", "anon-gc-service.service"];
    const path = (name: string) => `/etc/systemd/system/${name}`;

    it("accepts the units", needs(has("systemd-analyze"), "no systemd-analyze", LONG), async () => {
      const machine = new Machine(0);
      const files = units.map((name) => join(machine.folder, name));
      for (const name of units) writeFileSync(join(machine.folder, name), machine.adapted(block(path(name))));
      const verified = spawnSync("systemd-analyze", ["verify", "--man=no", ...files], { encoding: "utf8" });
      assert.deepEqual([verified.status, verified.stderr], [0, ""]);
      const calendar = unit(path("anon-gc.timer")).get("OnCalendar") ?? "";
      assert.equal(spawnSync("systemd-analyze", ["calendar", calendar]).status, 0);
    });

    it("collects once by the timer's service", LONG, async () => {
      const machine = new Machine(0);
      await machine.addOldGuests(3);
      const settings = unit(path("anon-gc.service"));
      assert.deepEqual([settings.get("Type"), settings.get("WorkingDirectory")], ["oneshot", "/srv/shop"]);
      const { code, stdout } = await machine.run(settings.get("ExecStart") ?? "");
      assert.equal(code, 0);
      assert.match(stdout, /^deleted +3$/m);
      assert.deepEqual(await machine.ids(), []);
    });

    it("collects by the service, whose metrics are those of the alerts, until SIGTERM", LONG, async () => {
      const machine = new Machine(await freePort());
      await machine.addOldGuests(3);
      const service = machine.start(`exec ${unit(path("anon-gc-service.service")).get("ExecStart")}`);
      const end = ended(service);
      const get = async (path: string) => await fetch(`http://127.0.0.1:${machine.port}${path}`).catch(() => null);
      await until("a run succeeds", async () => (await get("/healthz"))?.status === 200);
      const metrics = (await (await get("/metrics"))?.text()) ?? "";
      service.kill("SIGTERM");
      const { code, stdout } = await end;
      assert.equal(code, 0);
      assert.match(stdout, / 3 deleted, /);
      const { groups } = parse(block("anon-gc.rules.yaml")) as {
        groups: { name: string; rules: { alert: string; expr: string; for?: string }[] }[];
      };
      const used = groups.flatMap(({ rules }) => rules.flatMap(({ expr }) => expr.match(/anon_gc_\w+/g) ?? []));
      assert.ok(used.length > 5, `${used.length} metrics`);
      assert.deepEqual(
        used.filter((name) => !metrics.includes(`# TYPE ${name} `)),
        [],
      );
      assert.ok(metrics.includes('{reason="unconfigured"}'));
    });
  });

  it("prints the numbers that the page names, for node_exporter", LONG, async () => {
    const machine = new Machine(0);
    await machine.addOldGuests(2);
    const { code, stdout, stderr } = await machine.follow("numbers for node_exporter");
    assert.deepEqual([code, stdout, stderr], [0, "", ""]);
    const text = readFileSync(join(machine.collector, "anon.prom"), "utf8");
    for (const name of ["anon_accounts", "anon_accounts_due", "anon_queue_entries"]) {
      assert.ok(page.includes(`\`${name}\``), name);
      assert.ok(text.includes(`# TYPE ${name} gauge`), name);
    }
    assert.match(text, /^anon_accounts_due\{collection="users",within="now"\} 2$/m);
    assert.equal(statSync(join(machine.collector, "anon.prom")).mode & 0o777, 0o644);
  });

  describe("Docker", () => {
    const dockerfile = block("Dockerfile.gc");
    const instruction = (name: string) => new RegExp(`^${name} (.*)$`, "m").exec(dockerfile)?.[1] ?? "";

    it("has a Dockerfile without a finding of the linter", () => {
      assert.deepEqual(validate(dockerfile), []);
      const [finding] = validate(dockerfile.replace("--interval", "--intervall"));
      assert.match(String(finding?.message), /intervall/);
    });

    it("is healthy after a run, unhealthy long after it, and ends by SIGTERM", LONG, async () => {
      const machine = new Machine(0);
      await machine.addOldGuests(3);
      const words = [instruction("ENTRYPOINT"), instruction("CMD")].flatMap((json) => JSON.parse(json) as string[]);
      const check = instruction("HEALTHCHECK").replace(/^.* CMD /, "");
      assert.equal((await machine.run(check)).code, 1);
      const service = machine.start(`exec ${words.join(" ")}`);
      const end = ended(service);
      await until("a run succeeds", () => existsSync(machine.health));
      assert.equal((await machine.run(check)).code, 0);
      const longAgo = new Date(Date.now() - 3 * 3_600_000);
      utimesSync(machine.health, longAgo, longAgo);
      assert.equal((await machine.run(check)).code, 1);
      service.kill("SIGTERM");
      assert.equal((await end).code, 0);
      assert.deepEqual(await machine.ids(), []);
    });

    const docker = (...args: string[]) => spawnSync("docker", args, { timeout: 60_000 }).status === 0;
    const image = /^FROM (\S+)$/m.exec(dockerfile)?.[1] ?? "";
    // without its registry Docker can build nothing
    const canBuild = docker("info") && docker("pull", "--quiet", image);
    it("builds", needs(canBuild, "no server of Docker, or no registry", { timeout: 600_000 }), () => {
      const context = mkdtempSync(join(tmpdir(), "anon-docker-"));
      folders.push(context);
      const must = (program: string, args: string[]): string => {
        const { status, stdout, stderr } = spawnSync(program, args, { cwd: context, encoding: "utf8" });
        assert.equal(status, 0, `${program} ${args.join(" ")}: ${stdout}${stderr}`);
        return stdout;
      };
      must("npm", ["pack", "--ignore-scripts", "--pack-destination", context, root]);
      must("sh", ["-c", "mv anon-accounts-*.tgz anon-accounts.tgz"]);
      const dependencies = { "anon-accounts": "file:anon-accounts.tgz" };
      writeFileSync(join(context, "package.json"), JSON.stringify({ type: "module", private: true, dependencies }));
      must("npm", ["install", "--package-lock-only", "--ignore-scripts"]);
      writeFileSync(join(context, "anon.config.ts"), "export default {};\n");
      const withPackage = dockerfile.replace("package-lock.json ./", "package-lock.json *.tgz ./");
      writeFileSync(join(context, "Dockerfile.gc"), withPackage);
      const tag = `anon-operations-${process.pid}`;
      must("docker", ["build", "--file", "Dockerfile.gc", "--tag", tag, "."]);
      try {
        assert.match(must("docker", ["run", "--rm", tag, "--version"]), /^\d+\.\d+\.\d+/);
      } finally {
        must("docker", ["rmi", "--force", tag]);
      }
    });
  });

  describe("Kubernetes", () => {
    const manifest = parse(block("anon-gc.yaml")) as CronJob;

    it("has a CronJob with the fields of the API and no others", () => {
      assert.deepEqual([manifest.apiVersion, manifest.kind], ["batch/v1", "CronJob"]);
      assert.deepEqual(pathsOf(manifest), CRON_JOB.trim().split(/\s+/));
      const { schedule, concurrencyPolicy, jobTemplate } = manifest.spec;
      assert.match(schedule, /^\d+ \* \* \* \*$/);
      assert.equal(concurrencyPolicy, "Forbid");
      assert.equal(jobTemplate.spec.template.spec.restartPolicy, "Never");
    });

    it("makes the secret of the file of the environment", needs(has("kubectl"), "no kubectl", LONG), async () => {
      const machine = new Machine(0);
      const title = "make the secret of Kubernetes";
      const made = await machine.run(`${block(title).trimEnd()} --dry-run=client --output=yaml`, {});
      assert.equal(made.code, 0, made.stderr);
      const { metadata, data } = parse(made.stdout) as { metadata: { name: string }; data: Record<string, string> };
      const decoded = Object.entries(data).map(([name, value]) => [name, Buffer.from(value, "base64").toString()]);
      assert.deepEqual(Object.fromEntries(decoded), machine.env);
      const [container] = manifest.spec.jobTemplate.spec.template.spec.containers;
      assert.deepEqual(container?.envFrom, [{ secretRef: { name: metadata.name } }]);
    });

    it("has arguments that the image accepts", LONG, async () => {
      const machine = new Machine(0);
      await machine.addOldGuests(3);
      const [container] = manifest.spec.jobTemplate.spec.template.spec.containers;
      const { code, stdout } = await machine.run(`node_modules/.bin/anon ${container?.args.join(" ")}`);
      assert.equal(code, 0);
      assert.equal((JSON.parse(stdout) as { deleted: number }).deleted, 3);
    });
  });

  it("replaces the secret in three deployments, without signing anyone out", LONG, async () => {
    const machine = new Machine(0);
    const { ANON_STORAGE = "" } = machine.env;
    const deployments = ["first", "second", "third"].map((name) => ({
      ANON_STORAGE,
      ...environmentOf(block(`the ${name} deployment`)),
    }));
    const create = async (env: Record<string, string>) => {
      const { code, stdout, stderr } = await machine.run("node_modules/.bin/anon create --json", env);
      assert.equal(code, 0, stderr);
      return (JSON.parse(stdout) as { token: string }).token;
    };
    const accepts = async (env: Record<string, string>, token: string) =>
      (await machine.run(`node_modules/.bin/anon verify ${token}`, env)).code === 0;
    const old = await create(machine.env);
    const [first = {}, second = {}, third = {}] = deployments;
    const fresh = await create(second);
    assert.deepEqual(
      await Promise.all([first, second, third].flatMap((env) => [accepts(env, old), accepts(env, fresh)])),
      [true, true, true, true, false, true],
    );
    assert.equal(await accepts(machine.env, await create(first)), true, "a server before the first deployment");
  });

  describe("a secret in a file", () => {
    const lines = (title: string) => block(title).trimEnd().split("\n").slice(1);

    /** A machine whose secret is in the file of `fs:`. */
    const withFile = () => {
      const machine = new Machine(0);
      writeFileSync(machine.environment, readFileSync(machine.environment, "utf8").replace(/^ANON_SECRET=.*\n/m, ""));
      const create = async () => {
        const { code, stdout, stderr } = await machine.run("node_modules/.bin/anon create --json");
        assert.equal(code, 0, stderr);
        return (JSON.parse(stdout) as { token: string }).token;
      };
      const accepts = async (token: string) => (await machine.run(`node_modules/.bin/anon verify ${token}`)).code === 0;
      return { machine, create, accepts };
    };

    it("is replaced without signing anyone out", LONG, async () => {
      const { machine, create, accepts } = withFile();
      const tokens = [await create()];
      for (const line of lines("replace the secret of a file")) {
        const { code, stderr } = await machine.run(line);
        assert.equal(code, 0, line + stderr);
        tokens.push(await create());
        assert.deepEqual(await Promise.all(tokens.map(accepts)), [...tokens.map(() => true)], line);
      }
      const kids = new Set(tokens.map((token) => token.split(".")[0]));
      assert.equal(kids.size, 2, "the last tokens are signed by another secret");
    });

    it("is replaced at once if it leaked", LONG, async () => {
      const { machine, create, accepts } = withFile();
      const leaked = await create();
      assert.equal((await machine.run(block("replace the leaked secret of a file"))).code, 0);
      assert.deepEqual([await accepts(leaked), await accepts(await create())], [false, true]);
    });
  });

  describe("a gc that was a mistake", () => {
    it("is undone with a quarantine", LONG, async () => {
      const machine = new Machine(0);
      writeFileSync(join(machine.shop, "anon.config.json"), '{"quarantine":"7d"}');
      await machine.addOldGuests(5);
      const ids = await machine.ids();
      assert.equal((await machine.run("node_modules/.bin/anon gc --older-than 1d")).code, 0);
      assert.deepEqual(await machine.ids(), []);
      const { code, stdout, stderr } = await machine.follow("undo gc with a quarantine");
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^restored +5$/m);
      assert.deepEqual(await machine.ids(), ids);
      // as the page says, they count as active now
      assert.match((await machine.run("node_modules/.bin/anon gc --older-than 1d")).stdout, /^deleted +0$/m);
    });

    it("is undone by a backup, beside what came since", LONG, async () => {
      const machine = new Machine(0);
      await machine.addOldGuests(5);
      const ids = await machine.ids();
      await follows(machine, "back up by a dump");
      assert.equal((await machine.run("node_modules/.bin/anon gc --older-than 1d")).code, 0);
      assert.equal((await machine.run("node_modules/.bin/anon create --json")).code, 0);
      const since = await machine.ids();
      await follows(machine, "undo gc by a backup");
      assert.deepEqual(await machine.ids(), [...ids, ...since].sort());
    });
  });

  async function follows(machine: Machine, title: string): Promise<void> {
    const { code, stdout, stderr } = await machine.follow(title);
    assert.equal(code, 0, stdout + stderr);
  }

  describe("backup and restore", () => {
    /** Backs a storage up, loses it, restores it, and compares. */
    async function lost(machine: Machine, steps: { backUp: string; lose: () => unknown; restore: () => unknown }) {
      await machine.addOldGuests(20);
      const ids = await machine.ids();
      assert.equal(ids.length, 20);
      await follows(machine, steps.backUp);
      await steps.lose();
      await steps.restore();
      assert.deepEqual(await machine.ids(), ids);
      const doctor = await machine.run("node_modules/.bin/anon doctor --json");
      assert.equal(doctor.code, 0, doctor.stdout + doctor.stderr);
      const { queue, damaged } = JSON.parse(doctor.stdout) as { queue: object; damaged: { count: number } };
      assert.deepEqual([queue, damaged.count], [{ missing: 0, stray: 0, repaired: 0 }, 0]);
      const gc = await machine.run("node_modules/.bin/anon gc --older-than 30d --json");
      assert.equal((JSON.parse(gc.stdout) as { deleted: number }).deleted, 20);
    }

    it("any storage that is empty", LONG, async () => {
      const machine = new Machine(0);
      await lost(machine, {
        backUp: "back up by a dump",
        lose: () => {
          rmSync(join(machine.shop, ".anon"), { recursive: true });
        },
        restore: () => follows(machine, "restore a dump"),
      });
    });

    it("any storage that has other accounts", LONG, async () => {
      const machine = new Machine(0);
      await lost(machine, {
        backUp: "back up by a dump",
        lose: async () => {
          await machine.run("node_modules/.bin/anon gc --older-than 30d --limit 10");
          assert.equal((await machine.run("node_modules/.bin/anon create --count 3")).code, 0);
        },
        restore: () => follows(machine, "restore a dump over other accounts"),
      });
    });

    it("any storage every night, and deletes an old backup only after a new one", LONG, async () => {
      const { schedule, user, command, settings } = cronOf("/etc/cron.d/anon-backup");
      assert.match(schedule, /^\d+ \d+ \* \* \*$/);
      assert.deepEqual([user, /(?<!\\)%/.test(command)], ["shop", false]);
      const machine = new Machine(0);
      const [fresh, old] = [machine.day, "2001-02-03"].map((day) => join(machine.backups, `accounts-${day}.jsonl.gz`));
      const nightly = () => machine.run(command.replaceAll("\\%", "%"), settings);
      writeFileSync(old!, "");
      utimesSync(old!, new Date(Date.now() - 40 * DAYS), new Date(Date.now() - 40 * DAYS));
      const failed = await nightly();
      assert.deepEqual([failed.stdout, existsSync(old!), existsSync(fresh!)], ["", true, false]);
      assert.match(failed.stderr, /\[invalid_storage_url\]\nthe backup failed with exit code 2\n$/);
      await machine.addOldGuests(2);
      assert.deepEqual(await nightly(), { code: 0, stdout: "", stderr: "" });
      assert.deepEqual([existsSync(old!), existsSync(fresh!)], [false, true]);
    });

    it("files", LONG, async () => {
      const machine = new Machine(0);
      await lost(machine, {
        backUp: "back up files",
        lose: () => machine.run("node_modules/.bin/anon gc --older-than 30d"),
        restore: () => follows(machine, "restore files"),
      });
    });

    it("SQLite", needs(has("sqlite3"), "no sqlite3", LONG), async () => {
      const machine = new Machine(0, "sqlite:/srv/shop/accounts.db");
      await lost(machine, {
        backUp: "back up SQLite",
        lose: () => machine.run("node_modules/.bin/anon gc --older-than 30d"),
        restore: () => follows(machine, "restore SQLite"),
      });
    });

    const canRedis = needs(has("redis-cli"), "no redis-cli", needsRedis("own", LONG));
    it("Redis", canRedis, async () => {
      const before = await ownRedis();
      const machine = new Machine(0, before.url);
      const environment = readFileSync(machine.environment, "utf8");
      await lost(machine, {
        backUp: "back up Redis",
        lose: () => before.stop(),
        restore: async () => {
          const folder = ["--dir", machine.backups, "--dbfilename", `redis-${machine.day}.rdb`];
          const use = async (appendonly: "yes" | "no") => {
            const server = await ownRedis([...folder, "--appendonly", appendonly]);
            writeFileSync(machine.environment, environment.replace(before.url, server.url));
            return server;
          };
          const withoutLog = await use("no");
          await follows(machine, "let Redis write its log");
          await withoutLog.stop();
          await use("yes");
        },
      });
    });

    const canPostgres = needs(has("pg_dump"), "no pg_dump", needsPostgres("own", LONG));
    it("PostgreSQL", canPostgres, async () => {
      const machine = new Machine(0, (await ownPostgres()).url);
      await lost(machine, {
        backUp: "back up PostgreSQL",
        lose: () => machine.run("node_modules/.bin/anon gc --older-than 30d"),
        restore: () => follows(machine, "restore PostgreSQL"),
      });
    });
  });
});

describe("docs/moving.md", () => {
  it(
    "moves accounts while servers run, and keeps everyone signed in after a rotation of the secret",
    LONG,
    async () => {
      const machine = new Machine(0);
      const secret = join(machine.folder, "secret");
      const moved = `sqlite:${join(machine.folder, "moved.db")}`;
      const [copy, again, keep, ...more] = [...readText("docs/moving.md").matchAll(/^ {7}\$ (.+)$/gm)].map(
        ([, command]) =>
          String(command)
            .replace("npx anon-accounts", "node_modules/.bin/anon")
            .replace("redis://127.0.0.1:6379", moved)
            .replace("/etc/shop/secret", secret)
            .replace("-o shop ", ""),
      );
      assert.deepEqual(more, []);
      const run = async (command = "", env = {}): Promise<string> => {
        const { code, stdout, stderr } = await machine.run(command, env);
        assert.equal(code, 0, `${command}: ${stdout}${stderr}`);
        return stdout;
      };
      const create = async () =>
        (JSON.parse(await run("node_modules/.bin/anon create --json")) as { token: string }).token;
      const tokens = [await create()];
      await run("node_modules/.bin/anon secret rotate");
      await run(copy);
      tokens.push(await create());
      await run(again);
      await run(keep);
      const there = { ANON_STORAGE: moved, ANON_SECRET_FILE: secret };
      for (const token of tokens) await run(`node_modules/.bin/anon verify ${token}`, there);
      assert.equal((await run("node_modules/.bin/anon list", there)).trim().split("\n").length, 2);
    },
  );
});

interface Container {
  args: string[];
  envFrom: unknown;
}

interface CronJob {
  apiVersion: string;
  kind: string;
  spec: {
    schedule: string;
    concurrencyPolicy: string;
    jobTemplate: { spec: { template: { spec: { restartPolicy: string; containers: Container[] } } } };
  };
}

/** The paths of all values, of the items of a list once. */
function pathsOf(value: unknown, at = ""): string[] {
  if (Array.isArray(value)) {
    return [...new Set(value.flatMap((one) => pathsOf(one, `${at}[]`)))];
  }
  if (typeof value !== "object" || value === null) return [at];
  return Object.entries(value).flatMap(([name, one]) => pathsOf(one, at === "" ? name : `${at}.${name}`));
}

/** As the reference of the API spells them: kubectl without a server does not check names. */
const JOB = "spec.jobTemplate.spec";
const POD = `${JOB}.template.spec`;
const CONTAINER = `${POD}.containers[]`;
const CRON_JOB = `
  apiVersion kind metadata.name spec.schedule spec.concurrencyPolicy spec.startingDeadlineSeconds
  spec.successfulJobsHistoryLimit spec.failedJobsHistoryLimit
  ${JOB}.backoffLimit ${JOB}.activeDeadlineSeconds
  ${POD}.restartPolicy ${POD}.terminationGracePeriodSeconds
  ${POD}.securityContext.runAsNonRoot ${POD}.securityContext.runAsUser
  ${CONTAINER}.name ${CONTAINER}.image ${CONTAINER}.args[] ${CONTAINER}.envFrom[].secretRef.name
  ${CONTAINER}.resources.requests.cpu ${CONTAINER}.resources.requests.memory ${CONTAINER}.resources.limits.memory
  ${CONTAINER}.securityContext.allowPrivilegeEscalation ${CONTAINER}.securityContext.capabilities.drop[]`;
