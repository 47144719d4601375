/** `anon gc --every`, as a process of the runtime under test, with its signals. */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { GcReport } from "../../../sdk/contract/retention.ts";
import { documents, ended, inDirectory, type RunResult, run, runHere, SLOW, start } from "../run.ts";

type Run = GcReport & { began: string; storage: string; error?: { code: string } };

const EVERY = ["gc", "--older-than", "0s", "--every", "1s"];

/** A service that runs, and what it printed so far. */
class Service {
  readonly child: ChildProcess;
  readonly #end: Promise<RunResult>;
  stdout = "";

  constructor(args: readonly string[], cwd: string) {
    this.child = start(args, { cwd });
    this.#end = ended(this.child);
    this.child.stdout?.on("data", (text: string) => {
      this.stdout += text;
    });
  }

  /** The documents of the lines that are complete. */
  get runs(): Run[] {
    return documents<Run>({ code: null, stderr: "", stdout: this.stdout.slice(0, this.stdout.lastIndexOf("\n") + 1) });
  }

  /** Not `child.kill`, after which Deno reports the signal instead of the child's exit code. */
  signal(signal: NodeJS.Signals): void {
    assert.ok(this.child.pid);
    process.kill(this.child.pid, signal);
  }

  end(signal: NodeJS.Signals = "SIGTERM"): Promise<RunResult> {
    this.signal(signal);
    return this.#end;
  }

  /** Waits until `isSo`; ends the service if that takes too long. */
  async until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    for (const end = Date.now() + 60_000; !(await isSo()); await sleep(25)) {
      if (Date.now() < end && this.child.exitCode === null) continue;
      this.child.kill("SIGKILL");
      const { code, stdout, stderr } = await this.#end;
      assert.fail(`${what}: exit code ${code}\n${stdout}${stderr}`);
    }
  }
}

/** Accounts that are due at once, and a hook if one is given. */
async function prepare(cwd: string, accounts: number, hook = ""): Promise<void> {
  await writeFile(
    join(cwd, "anon.config.mjs"),
    `import { writeFileSync } from "node:fs"; export default { activityResolution: "0s", hooks: { ${hook} } };`,
  );
  assert.equal((await run(["create", "--count", String(accounts)], { cwd })).code, 0);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function get(port: number, path: string, method = "GET"): Promise<[status: number, text: string]> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
  return [response.status, await response.text()];
}

describe("anon gc --every", () => {
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`prints a line a run, and exits with 0 on ${signal}`, SLOW, () =>
      inDirectory(async (cwd) => {
        await prepare(cwd, 3);
        const service = new Service(EVERY, cwd);
        const lines = () => service.stdout.split("\n").length - 1;
        await service.until("the first run", () => lines() > 0);
        await run(["create", "--count", "2"], { cwd });
        await service.until("a run that collects", () => service.stdout.includes(" 2 deleted"));
        const { code, stdout, stderr } = await service.end(signal);
        assert.equal(code, 0, stdout + stderr);
        assert.match(stdout, /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}3 deleted, 0 kept, \d+ ms$/m);
        assert.match(stderr, /Runs gc every 1s on all collections of fs:.*, until SIGTERM or Ctrl-C$/m);
      }),
    );
  }

  it("prints a document a run, replaces the health file and serves its numbers on loopback", SLOW, () =>
    inDirectory(async (cwd) => {
      await prepare(cwd, 3, `beforeDelete: ({ record }) => record.collectionName !== "kept"`);
      await run(["create", "--collection", "kept"], { cwd });
      const port = await freePort();
      const service = new Service([...EVERY, "--json", "--health-file", "health", "--metrics-port", `${port}`], cwd);
      await service.until("two runs", () => service.runs.length >= 2);
      const health = JSON.parse(await readFile(join(cwd, "health"), "utf8")) as Run;
      const metrics = await get(port, "/metrics");
      const healthz = await get(port, "/healthz");
      const others = [await get(port, "/"), await get(port, "/metrics", "POST")];
      const { code, stderr } = await service.end();
      assert.equal(code, 0, stderr);
      const [first, second] = service.runs;
      assert.deepEqual([first?.deleted, first?.kept.vetoed, second?.deleted], [3, 1, 0]);
      assert.deepEqual([first?.storage.slice(0, 3), first?.error], ["fs:", undefined]);
      assert.ok(service.runs.some(({ began }) => began === health.began));
      assert.deepEqual(
        (await readdir(cwd)).filter((name) => name.includes("health")),
        ["health"],
      );
      assert.equal(metrics[0], 200);
      const value = (name: string) => metrics[1].split("\n").find((line) => line.startsWith(`${name} `));
      assert.equal(value('anon_gc_collected_total{by="deletion"}'), 'anon_gc_collected_total{by="deletion"} 3');
      assert.equal(value("anon_gc_failures_total"), "anon_gc_failures_total 0");
      assert.match(value('anon_gc_kept_total{reason="vetoed"}') ?? "", / [1-9]\d*$/);
      assert.match(value("anon_gc_runs_total") ?? "", / [1-9]\d*$/);
      const success = Number(value("anon_gc_last_success_timestamp_seconds")?.split(" ")[1]);
      assert.ok(success * 1_000 >= Date.parse(first!.began), `${success}`);
      assert.equal(healthz[0], 200);
      assert.deepEqual(
        others.map(([status]) => status),
        [404, 405],
      );
    }),
  );

  it("reports runs that fail, and tries again", SLOW, () =>
    inDirectory(async (cwd) => {
      await prepare(cwd, 2);
      const storage = join(cwd, ".anon");
      const port = await freePort();
      await rename(storage, `${storage}-away`);
      await writeFile(storage, "");
      const service = new Service([...EVERY, "--json", "--health-file", "health", "--metrics-port", `${port}`], cwd);
      await service.until("two runs failed", () => service.runs.length >= 2);
      const [status] = await get(port, "/healthz");
      const hasHealth = existsSync(join(cwd, "health"));
      await rm(storage);
      await rename(`${storage}-away`, storage);
      await service.until("a run succeeds", () => service.runs.some(({ error }) => !error));
      const { code, stderr } = await service.end();
      assert.equal(code, 0, stderr);
      assert.deepEqual([status, hasHealth], [503, false]);
      const failed = service.runs.filter(({ error }) => error);
      assert.ok(failed.length >= 2);
      for (const { error } of failed) assert.equal(error?.code, "storage_unavailable");
      assert.equal(service.runs.find(({ error }) => !error)?.deleted, 2);
    }),
  );

  it("does not say that more is due where a run could not find out", SLOW, () =>
    inDirectory(async (cwd) => {
      await prepare(cwd, 1);
      await rm(join(cwd, ".anon"), { recursive: true });
      await writeFile(join(cwd, ".anon"), "");
      const service = new Service(EVERY, cwd);
      await service.until("a run failed", () => service.stdout.includes("\n"));
      const { stdout, stderr } = await service.end();
      assert.match(stdout, /Z {2}0 deleted, 0 kept, \d+ ms$/m);
      assert.match(stderr, /\[storage_unavailable\]: the next run tries again$/m);
    }),
  );

  it("ends after the batch under way, and at once on a second signal", SLOW, () =>
    inDirectory(async (cwd) => {
      const called = join(cwd, "called");
      const hook = (milliseconds: number) => `async beforeDelete() {
        writeFileSync(${JSON.stringify(called)}, "");
        await new Promise((resolve) => setTimeout(resolve, ${milliseconds}));
      }`;
      await prepare(cwd, 120, hook(60));
      const service = new Service([...EVERY, "--batch", "8", "--json"], cwd);
      await service.until("the hook is called", () => existsSync(called));
      const { code, stdout } = await service.end();
      assert.equal(code, 0);
      const [only, ...more] = service.runs;
      assert.deepEqual([more, only?.remaining], [[], true]);
      assert.ok(only!.deleted >= 8 && only!.deleted < 120, stdout);

      await rm(called);
      await prepare(cwd, 1, hook(3_600_000));
      const stuck = new Service(EVERY, cwd);
      await stuck.until("the hook is called", () => existsSync(called));
      // the CLI counts two signals close together as one Ctrl-C, and on a busy machine these may arrive together
      const again = setInterval(() => stuck.signal("SIGTERM"), 600);
      const second = await stuck.end().finally(() => clearInterval(again));
      assert.deepEqual([second.code, second.stdout], [130, ""]);
    }),
  );

  it("refuses what a service cannot use", (t) =>
    inDirectory(async (cwd) => {
      await writeFile(join(cwd, "anon.config.json"), "{}");
      const storage = `--storage=fs:${join(cwd, ".anon")}`;
      await runHere(["create", storage], { cwd });
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
      t.after(() => void taken.close());
      const { port } = taken.address() as { port: number };
      const refusals: [args: string[], message: RegExp][] = [
        [["--older-than", "0s", "--health-file", "h"], /--health-file without --every/],
        [["--older-than", "0s", "--metrics-port", "9464"], /--metrics-port without --every/],
        [["--older-than", "0s", "--every", "1h", "--dry-run"], /--every with --dry-run/],
        [["--older-than", "0s", "--every", "500ms"], /`every` \(--every\): use a duration from 1s to 24d/],
        [["--older-than", "0s", "--every", "often"], /--every/],
        [["--every", "1h"], /without saying what is inactive/],
        [["--older-than", "0s", "--every", "1h", "--health-file", "no/h"], /\(--health-file\): .*no is no directory/],
        [["--older-than", "0s", "--every", "1h", "--metrics-port", `${port}`], /\(--metrics-port\)/],
        [["--older-than", "0s", "--every", "1h", "--metrics-port", "65536"], /--metrics-port/],
      ];
      for (const [args, message] of refusals) {
        const { code, stderr } = await runHere(["gc", storage, ...args], { cwd });
        assert.equal(code, 2, args.join(" "));
        assert.match(stderr, message);
      }
      taken.close();
    }));
});
