import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { needs } from "../support/needs.ts";
import { COMMAND, documents, ended, environment, inDirectory, run, SLOW, start } from "./run.ts";

/** Prepares a gc whose hook writes a marker file and takes `wait` milliseconds per account. */
async function prepareSlowGc(cwd: string, accounts: number, wait: number): Promise<void> {
  await writeFile(
    join(cwd, "anon.config.mjs"),
    `import { writeFileSync } from "node:fs";
     export default { activityResolution: "0s", hooks: { async beforeDelete() {
       writeFileSync(${JSON.stringify(join(cwd, "hook-called"))}, "");
       await new Promise((resolve) => setTimeout(resolve, ${wait}));
     } } };`,
  );
  assert.equal((await run(["create", "--count", String(accounts)], { cwd })).code, 0);
}

/** Not `child.kill`, after which Deno reports the signal instead of the child's exit code. */
function signalTo(child: ChildProcess, signal: NodeJS.Signals): void {
  assert.ok(child.pid);
  process.kill(child.pid, signal);
}

async function appears(file: string): Promise<void> {
  for (let tries = 0; !existsSync(file); tries++) {
    assert.ok(tries < 2_400, "the hook was never called");
    await sleep(25);
  }
}

describe("an interrupted gc", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`stops between batches on ${signal}, reports, and exits with 130`, SLOW, () =>
      inDirectory(async (cwd) => {
        await prepareSlowGc(cwd, 120, 60);
        const gc = start(["gc", "--older-than", "0s", "--batch", "8", "--json"], { cwd });
        const end = ended(gc);
        await appears(join(cwd, "hook-called"));
        signalTo(gc, signal);
        const ran = await end;
        assert.equal(ran.code, 130, ran.stdout + ran.stderr);
        const [report] = documents<{ deleted: number; remaining: boolean }>(ran);
        assert.ok(report!.deleted >= 8 && report!.deleted < 120, `deleted ${report!.deleted}`);
        assert.equal(report!.remaining, true);
        const left = documents(await run(["list", "--json"], { cwd }));
        assert.equal(left.length, 120 - report!.deleted);
      }),
    );
  }

  it("exits at once on the second interrupt", SLOW, () =>
    inDirectory(async (cwd) => {
      await prepareSlowGc(cwd, 2, 3_600_000);
      const gc = start(["gc", "--older-than", "0s", "--json"], { cwd });
      const end = ended(gc);
      await appears(join(cwd, "hook-called"));
      // the CLI counts two signals close together as one Ctrl-C, and on a busy machine these may arrive together
      const again = setInterval(() => signalTo(gc, "SIGINT"), 600);
      signalTo(gc, "SIGINT");
      const ran = await end.finally(() => clearInterval(again));
      assert.equal(ran.code, 130);
      assert.equal(ran.stdout, "");
    }),
  );
});

describe("an interrupted doctor", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`stops after the current page on ${signal}, reports that it is incomplete, and exits with 130`, SLOW, () =>
      inDirectory(async (cwd) => {
        await writeFile(
          join(cwd, "anon.config.mjs"),
          `import { writeFileSync } from "node:fs";
           export default { hooks: { async merge() {
             if (!process.env.SLOW) throw new Error("down");
             writeFileSync(${JSON.stringify(join(cwd, "hook-called"))}, "");
             await new Promise((resolve) => setTimeout(resolve, 3_000));
           } } };`,
        );
        const made = documents<{ token: string; record: { id: string } }>(
          await run(["create", "--count", "600", "--json"], { cwd }),
        );
        const [guest, known] = made;
        const [ada] = documents<{ token: string }>(
          await run(["convert", known!.record.id, "--identity", "google:1", "--json"], { cwd }),
        );
        await run(["merge", guest!.token, ada!.token], { cwd });
        const doctor = start(["doctor", "--json"], { cwd, env: { SLOW: "1" } });
        const end = ended(doctor);
        await appears(join(cwd, "hook-called"));
        signalTo(doctor, signal);
        const ran = await end;
        assert.equal(ran.code, 130, ran.stdout + ran.stderr);
        const [report] = documents<{ complete: boolean; merges: object }>(ran);
        assert.deepEqual([report?.complete, report?.merges], [false, { begun: 1, finished: 1, failed: 0 }]);
        const [whole] = documents<{ complete: boolean }>(await run(["doctor", "--json"], { cwd }));
        assert.equal(whole?.complete, true);
      }),
    );
  }
});

describe("an interrupted command for many accounts", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`ends the calls under way on ${signal}, reports, and exits with 130`, SLOW, () =>
      inDirectory(async (cwd) => {
        await prepareSlowGc(cwd, 400, 300);
        const deleting = start(["delete", "--anonymous", "--yes", "--json"], { cwd });
        const end = ended(deleting);
        await appears(join(cwd, "hook-called"));
        signalTo(deleting, signal);
        const ran = await end;
        assert.equal(ran.code, 130, ran.stdout + ran.stderr);
        const [report] = documents<{ done: number; complete: boolean }>(ran);
        assert.equal(report!.complete, false);
        assert.ok(report!.done < 400, `deleted ${report!.done}`);
        assert.equal(documents(await run(["list", "--json"], { cwd })).length, 400 - report!.done);
      }),
    );
  }

  it("does not wait for a line that is never written", SLOW, () =>
    inDirectory(async (cwd) => {
      const [one] = documents<{ record: { id: string } }>(await run(["create", "--json"], { cwd }));
      const holding = start(["hold", "-", "--json"], { cwd });
      const end = ended(holding);
      // the last line is not complete
      holding.stdin?.write(`${one!.record.id}\n${one!.record.id.slice(0, 5)}`);
      const held = async () => (await run(["show", one!.record.id, "--status", "--json"], { cwd })).stdout;
      for (let tries = 0; !/"hold":\{/.test(await held()); tries++) assert.ok(tries < 200, "it was never held");
      signalTo(holding, "SIGINT");
      const ran = await end;
      assert.equal(ran.code, 130, ran.stdout + ran.stderr);
      const [report] = documents<{ done: number; invalid: number; absent: number; complete: boolean }>(ran);
      assert.deepEqual([report?.done, report?.absent, report?.invalid, report?.complete], [1, 0, 0, false]);
    }),
  );
});

describe("an interrupted load", () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`does not wait for a pipe that has stopped on ${signal}, and continues when it is repeated`, SLOW, () =>
      inDirectory(async (cwd) => {
        assert.equal((await run(["create", "--count", "1500"], { cwd })).code, 0);
        const { stdout: dumped } = await run(["dump", "-"], { cwd });
        const there = ["--storage", "fs:./other"];
        const loading = start(["load", "-", ...there, "--json"], { cwd });
        const end = ended(loading);
        // the first page of 1,000 and a half line
        const lines = dumped.split("\n");
        loading.stdin?.write(`${lines.slice(0, 1_101).join("\n")}\n${lines[1_101]?.slice(0, 20)}`);
        const loaded = async () => documents(await run(["list", ...there, "--json"], { cwd })).length;
        for (let tries = 0; (await loaded()) < 1_000; tries++) assert.ok(tries < 200, "the page was never stored");
        signalTo(loading, signal);
        const ran = await end;
        assert.equal(ran.code, 130, ran.stdout + ran.stderr);
        assert.match(ran.stderr, /Interrupted: the same command continues/);
        const [report] = documents<{ copied: number; failed: number; complete: boolean }>(ran);
        assert.deepEqual([report?.copied, report?.failed, report?.complete], [1_000, 0, false]);
        const again = await run(["load", "-", ...there, "--json"], { cwd, input: dumped });
        const [second] = documents<{ copied: number; present: number; complete: boolean }>(again);
        assert.deepEqual([second?.copied, second?.present, second?.complete], [500, 1_000, true]);
      }),
    );
  }
});

describe("an interrupted import", () => {
  it("does not wait for a pipe that has stopped, and imports no record that is cut off", SLOW, () =>
    inDirectory(async (cwd) => {
      const importing = start(["import", "-", "--from", "lines", "--json"], { cwd });
      const end = ended(importing);
      const ids = Array.from({ length: 200 }, (_, index) => `imported${index}`);
      const lines = ids.map((id) => JSON.stringify({ id, email: `${id}@example.com` }));
      importing.stdin?.write(`${lines.join("\n")}\n${lines[0]?.slice(0, 20)}`);
      const imported = async () => documents(await run(["list", "--json"], { cwd })).length;
      for (let tries = 0; (await imported()) < 200; tries++) assert.ok(tries < 200, "the records were never stored");
      signalTo(importing, "SIGINT");
      const ran = await end;
      assert.equal(ran.code, 130, ran.stdout + ran.stderr);
      const [report] = documents<{ created: number; rejected: number; complete: boolean }>(ran);
      assert.deepEqual([report?.created, report?.rejected, report?.complete], [200, 0, false]);
    }),
  );
});

describe("an interrupted dump", () => {
  // Deno writes to a pipe synchronously, and handles no signal meanwhile
  const isAsynchronous = needs(!("Deno" in globalThis), "no interrupt on Deno while it writes to a full pipe", SLOW);

  it("does not wait for a reader that has stopped", isAsynchronous, () =>
    inDirectory(async (cwd) => {
      assert.equal((await run(["create", "--count", "3000"], { cwd })).code, 0);
      const dumping = start(["dump", "-"], { cwd });
      // the pipe is full, and is only drained after the end
      await new Promise((resolve) => dumping.stdout?.once("readable", resolve));
      await sleep(500);
      signalTo(dumping, "SIGINT");
      const code = await new Promise((resolve) => dumping.once("exit", resolve));
      assert.equal(code, 130);
    }),
  );
});

describe("the CLI", () => {
  it("exits with 130 when it is interrupted while reading stdin", SLOW, () =>
    inDirectory(async (cwd) => {
      // a signal during the runtime's start ends the runtime itself: retry with more time
      for (let wait = 500; ; wait *= 2) {
        const child = start(["verify", "-"], { cwd });
        const end = ended(child);
        await sleep(wait);
        signalTo(child, "SIGINT");
        const { code } = await end;
        if (code === null && wait < 16_000) continue;
        assert.equal(code, 130);
        break;
      }
    }),
  );

  it("exits with 0 when the reader of its stdout closes the pipe", SLOW, () =>
    inDirectory(async (cwd) => {
      await run(["create", "--count", "600"], { cwd });
      const line = `${COMMAND.map((part) => `'${part}'`).join(" ")} list --json`;
      // prints the CLI's own status, which the pipe would hide
      const shell = spawn("sh", ["-c", `{ ${line}; echo "status $?" >&2; } | head -n 1`], {
        cwd,
        env: environment(),
        stdio: ["ignore", "pipe", "pipe"],
      });
      const ran = await ended(shell);
      assert.equal(documents(ran).length, 1);
      assert.equal(ran.stderr, "status 0\n");
    }),
  );
});
