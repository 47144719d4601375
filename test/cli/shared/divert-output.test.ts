import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { COMMAND, documents, ended, environment, inDirectory, run, SLOW } from "../run.ts";

/** A configuration that prints in every possible way, when it is loaded and when its hook is called. */
const NOISY = `import nodeConsole from "node:console";
import process from "node:process";
import "chatty";
function print(when) {
  console.log("FOREIGN log %s", when, { a: 1 });
  console.info("FOREIGN info");
  console.debug("FOREIGN debug");
  console.dir("FOREIGN dir");
  console.table([{ FOREIGN: 1 }]);
  console.group("FOREIGN group");
  console.count("FOREIGN count");
  console.groupEnd();
  console.write?.("FOREIGN write");
  nodeConsole.log("FOREIGN node:console");
  process.stdout.write("FOREIGN stdout");
  process.stdout.write("FOREIGN bytes", "utf8", () => undefined);
  console.error("FOREIGN error");
}
print("load");
export default {
  storage: "fs:accounts",
  activityResolution: "0s",
  hooks: { beforeDelete() { print("hook"); } },
};
`;

// prints a banner on import, as dotenv does
const CHATTY = 'console.log("FOREIGN banner of a package");';

async function writeNoisyConfig(cwd: string): Promise<void> {
  await writeFile(join(cwd, "anon.config.mjs"), NOISY);
  await mkdir(join(cwd, "node_modules", "chatty"), { recursive: true });
  await writeFile(join(cwd, "node_modules", "chatty", "package.json"), '{"name":"chatty","main":"index.js"}');
  await writeFile(join(cwd, "node_modules", "chatty", "index.js"), CHATTY);
}

describe("output of a configuration, a hook or a package", () => {
  it("goes to stderr with every command, and stdout has only the result", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeNoisyConfig(cwd);
      const created = await run(["create", "--count", "3", "--json"], { cwd });
      const accounts = documents<{ token: string; record: { id: string } }>(created);
      assert.equal(accounts.length, 3);
      const [{ token, record } = { token: "", record: { id: "" } }] = accounts;
      const commands: [string[], number][] = [
        [["list", "--json"], 3],
        [["show", record.id, "--json"], 1],
        [["export", record.id, "--json"], 1],
        [["sessions", record.id, "--json"], 1],
        [["verify", token, "--json"], 1],
        [["code", token, "--json"], 1],
        [["hold", record.id, "--json"], 1],
        [["doctor", "--json"], 1],
        [["show", "unknown", "--json"], 1],
        [["gc", "--older-than", "0s", "--json"], 1],
      ];
      for (const [args, lines] of commands) {
        const ran = await run(args, { cwd });
        assert.equal(documents(ran).length, lines, args.join(" "));
        assert.match(ran.stderr, /FOREIGN banner/, args.join(" "));
      }
      await run(["create"], { cwd });
      for (const args of [["list"], ["doctor"], ["gc", "--older-than", "0s"]]) {
        const ran = await run(args, { cwd });
        assert.equal(ran.code, 0, ran.stderr);
        assert.notEqual(ran.stdout, "");
        assert.doesNotMatch(ran.stdout, /FOREIGN/);
        for (const way of [
          "log load",
          "info",
          "debug",
          "dir",
          "group",
          "count",
          "node:console",
          "stdout",
          "bytes",
          "error",
        ]) {
          assert.match(ran.stderr, new RegExp(`FOREIGN ${way}`), way);
        }
      }
    }),
  );

  it("goes to stderr when a hook prints it", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeNoisyConfig(cwd);
      await run(["create", "--count", "2"], { cwd });
      const ran = await run(["gc", "--older-than", "0s", "--json"], { cwd });
      assert.equal(documents<{ deleted: number }>(ran)[0]?.deleted, 2);
      assert.match(ran.stderr, /FOREIGN log hook/);
    }),
  );

  it("does not cause a failure when the reader of stdout closes the pipe", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeNoisyConfig(cwd);
      await run(["create", "--count", "600"], { cwd });
      const line = `${COMMAND.map((part) => `'${part}'`).join(" ")} list --json`;
      const shell = spawn("sh", ["-c", `{ ${line}; echo "status $?" >&2; } | head -n 1`], {
        cwd,
        env: environment(),
        stdio: ["ignore", "pipe", "pipe"],
      });
      const ran = await ended(shell);
      assert.equal(documents(ran).length, 1);
      assert.match(ran.stderr, /status 0\n$/);
    }),
  );

  it("does not affect the result when the reader of stderr closes the pipe", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeNoisyConfig(cwd);
      await run(["create", "--count", "2"], { cwd });
      const line = `${COMMAND.map((part) => `'${part}'`).join(" ")} list --json`;
      // stderr goes to `true`, which ends at once; stdout bypasses it
      const shell = spawn("sh", ["-c", `{ ${line} 3>&1 >&4 2>&3 | true; } 4>&1`], {
        cwd,
        env: environment(),
        stdio: ["ignore", "pipe", "pipe"],
      });
      assert.equal(documents(await ended(shell)).length, 2);
    }),
  );
});
