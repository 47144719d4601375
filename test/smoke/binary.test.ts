/** The command line as one executable, in a directory without packages. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { version } from "../../cli/version.ts";
import { findBun } from "../../scripts/run/runtimes.mjs";
import { documents, environment, type RunResult, SLOW } from "../cli/run.ts";
import { needs } from "../support/needs.ts";
import { needsRedis, standaloneUrl, stopServers } from "../support/redis.ts";

const BUILD = fileURLToPath(new URL("../../scripts/binary.mjs", import.meta.url));
const HAS_BUN = needs(findBun() !== null, "no Bun to build the binary with", SLOW);
const SECRET = "a secret for tests, long enough 1";

const folder = mkdtempSync(join(tmpdir(), "anon-binary-"));
const binary = join(folder, process.platform === "win32" ? "anon.exe" : "anon");

function anon(cwd: string, args: string[], env: Record<string, string> = {}): RunResult {
  const ran = spawnSync(binary, args, { cwd, env: environment(env), encoding: "utf8", timeout: 60_000 });
  return { code: ran.status, stdout: ran.stdout, stderr: ran.stderr };
}

function inFolder(): string {
  return mkdtempSync(join(folder, "run-"));
}

/** Creates an account, signs it in, finds it and collects nothing. A password is hashed and verified on the way. */
function worksOn(storage: string): void {
  const cwd = inFolder();
  const env = { ANON_STORAGE: storage, ANON_SECRET: SECRET };
  const collection = `smoke${process.pid}`;
  const created = anon(cwd, ["create", "--json", "--collection", collection], env);
  assert.equal(created.code, 0, created.stdout + created.stderr);
  // nothing is said of a slow implementation of Argon2id
  assert.equal(created.stderr, "");
  const [{ record, token }] = documents<{ record: { id: string }; token: string }>(created) as [
    { record: { id: string }; token: string },
  ];
  assert.equal(anon(cwd, ["verify", token], env).code, 0);
  const listed = documents<{ id: string }>(anon(cwd, ["list", "--json", "--collection", collection], env));
  assert.deepEqual(
    listed.map(({ id }) => id),
    [record.id],
  );
  const gc = anon(cwd, ["gc", "--older-than", "1d", "--json", "--collection", collection], env);
  assert.equal(documents<{ deleted: number }>(gc)[0]?.deleted, 0, gc.stdout + gc.stderr);
  assert.equal(anon(cwd, ["delete", record.id, "--yes", "--collection", collection], env).code, 0);
}

describe("the binary", () => {
  before(() => {
    if (findBun() === null) return;
    const built = spawnSync(process.execPath, [BUILD, `--outfile=${binary}`], { encoding: "utf8", timeout: 120_000 });
    assert.equal(built.status, 0, built.stdout + built.stderr);
  });
  after(async () => {
    await stopServers();
    rmSync(folder, { recursive: true, force: true });
  });

  it("prints its version, the help and completions", HAS_BUN, () => {
    assert.equal(anon(folder, ["-v"]).stdout, `${version}\n`);
    assert.match(anon(folder, []).stdout, /^Anonymous accounts/);
    assert.match(anon(folder, ["complete", "--", "g"]).stdout, /^gc\t/);
  });

  it("works on files", HAS_BUN, () => worksOn("fs:accounts"));
  it("works on SQLite", HAS_BUN, () => worksOn("sqlite:accounts.db"));
  it("works on Redis", findBun() === null ? HAS_BUN : needsRedis("standalone", SLOW), async () =>
    worksOn(await standaloneUrl()),
  );

  it("has the client of PostgreSQL", HAS_BUN, () => {
    const { stderr } = anon(folder, ["list"], { ANON_STORAGE: "postgres://postgres@127.0.0.1:1/none" });
    assert.match(stderr, /ECONNREFUSED/);
  });

  it("reads a configuration in any language, and neither .env nor bunfig.toml", HAS_BUN, () => {
    const configurations = {
      "anon.config.ts":
        'enum Kept { One = "30d" }\nexport default { storage: "fs:here", retention: Kept.One as string };',
      "anon.config.json5": '{ storage: "fs:here", retention: "30d" }',
      "anon.config.toml": 'storage = "fs:here"\nretention = "30d"\n',
    };
    for (const [name, text] of Object.entries(configurations)) {
      const cwd = inFolder();
      writeFileSync(join(cwd, name), text);
      writeFileSync(join(cwd, ".env"), "ANON_STORAGE=fs:elsewhere\n");
      writeFileSync(join(cwd, "bunfig.toml"), 'preload = ["./missing.ts"]\n');
      assert.equal(anon(cwd, ["create"]).code, 0, name);
      const { code, stdout, stderr } = anon(cwd, ["gc"]);
      assert.equal(code, 0, stdout + stderr);
      assert.deepEqual(readdirSync(cwd).sort(), [".env", name, "bunfig.toml", "here"].sort());
    }
  });
});
