import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { needs } from "../../support/needs.ts";
import { COMMAND, documents, environment, inDirectory, run, SLOW } from "../run.ts";

const hasScript = spawnSync("script", ["--version"], { encoding: "utf8" }).stdout?.includes("util-linux") === true;
const TERMINAL = needs(hasScript, "no terminal: `script` of util-linux is not installed", SLOW);

/** Runs in a terminal that `script` creates, and answers each prompt when it appears. */
function onTerminal(
  cwd: string,
  args: string[],
  answers: [prompt: string, answer: string][],
  columns?: number,
): Promise<[number, string]> {
  const command = [...COMMAND, ...args].map((part) => `'${part}'`).join(" ");
  const line = columns === undefined ? command : `stty cols ${columns}; ${command}`;
  const child = spawn("script", ["-qec", line, "/dev/null"], { cwd, env: environment({ TERM: "xterm" }) });
  const waiting = [...answers];
  let seen = "";
  let from = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    seen += text;
    const [next] = waiting;
    const at = next ? seen.indexOf(next[0], from) : -1;
    if (!next || at < 0) return;
    from = at + next[0].length;
    waiting.shift();
    child.stdin.write(next[1]);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve([code ?? -1, seen]));
  });
}

const PASSWORD = "correct horse";

describe("on a terminal", () => {
  it("convert prompts twice and does not echo the password", TERMINAL, () =>
    inDirectory(async (cwd) => {
      const [{ record } = { record: { id: "" } }] = documents<{ record: { id: string } }>(
        await run(["create", "--json"], { cwd }),
      );
      const args = ["convert", record.id, "--email", "ada@example.com"];
      const [differing, output] = await onTerminal(cwd, args, [
        ["Password: ", `${PASSWORD}\r`],
        ["Password again: ", "something else\r"],
      ]);
      assert.equal(differing, 2, output);
      assert.match(output, /two entries differ/);
      const [code, seen] = await onTerminal(cwd, args, [
        ["Password: ", `${PASSWORD}x\u007f\r`],
        ["Password again: ", `${PASSWORD}\r`],
      ]);
      assert.equal(code, 0, seen);
      assert.ok(!seen.includes(PASSWORD));
      assert.match(seen, /ada@example.com/);
    }),
  );

  it("Ctrl-C at a prompt exits with 130", TERMINAL, () =>
    inDirectory(async (cwd) => {
      const args = ["convert", "abcdefghijklmno", "--email", "a@example.com"];
      const [code] = await onTerminal(cwd, args, [["Password: ", "\u0003"]]);
      assert.equal(code, 130);
    }),
  );

  it("delete asks for confirmation", TERMINAL, () =>
    inDirectory(async (cwd) => {
      const [{ record } = { record: { id: "" } }] = documents<{ record: { id: string } }>(
        await run(["create", "--json"], { cwd }),
      );
      const [no, kept] = await onTerminal(cwd, ["delete", record.id], [["[y/N] ", "\r"]]);
      assert.equal(no, 1);
      assert.match(kept, /Nothing deleted/);
      const [yes, gone] = await onTerminal(cwd, ["delete", record.id], [["[y/N] ", "y\r"]]);
      assert.equal(yes, 0, gone);
      assert.match(gone, /Deleted/);
    }),
  );

  it("list and show cut what is wider, create and a pipe do not", TERMINAL, () =>
    inDirectory(async (cwd) => {
      const data = ["--data", JSON.stringify({ note: "n".repeat(100) })];
      const [{ record } = { record: { id: "", email: "" } }] = documents<{ record: { id: string; email: string } }>(
        await run(["create", "--json", ...data], { cwd }),
      );
      const narrow = async (...args: string[]) => {
        const [code, seen] = await onTerminal(cwd, args, [], 60);
        assert.equal(code, 0, seen);
        return seen.split(/\r*\n/);
      };
      const listed = (await narrow("list")).find((line) => line.includes("…")) ?? "";
      assert.ok(listed.includes(`${record.id}  `) && [...listed].length <= 60, listed);
      assert.match(listed, / anon-\w+… {2}anon_\w+…$/);
      const note = (await narrow("show", record.id)).find((line) => line.startsWith("note")) ?? "";
      assert.equal([...note].length, 60, note);
      assert.match((await narrow("create")).join("\n"), /token +[^…\n]{100}/);
      const piped = await run(["list"], { cwd });
      assert.ok(piped.stdout.includes(`${record.id}  anonymous `) && piped.stdout.includes(record.email));
    }),
  );

  it("delete asks once for the accounts of a filter, and says how many they are", TERMINAL, () =>
    inDirectory(async (cwd) => {
      await run(["create", "--count", "3"], { cwd });
      const [no, kept] = await onTerminal(cwd, ["delete", "--anonymous"], [["3 accounts for good? [y/N] ", "n\r"]]);
      assert.equal(no, 1, kept);
      assert.match(kept, /Nothing deleted/);
      const [yes, gone] = await onTerminal(cwd, ["delete", "--anonymous"], [["3 accounts for good? [y/N] ", "y\r"]]);
      assert.equal(yes, 0, gone);
      assert.match(gone, /deleted {2}3/);
      const [none, nothing] = await onTerminal(cwd, ["delete", "--anonymous"], []);
      assert.equal(none, 0, nothing);
      assert.match(nothing, /deleted {2}0/);
    }),
  );

  it("gc shows its progress after two seconds and clears it before the report", TERMINAL, () =>
    inDirectory(async (cwd) => {
      await writeFile(
        join(cwd, "anon.config.mjs"),
        `export default { activityResolution: "0s", hooks: {
           beforeDelete: () => new Promise((resolve) => setTimeout(resolve, 900)) } };`,
      );
      await run(["create", "--count", "20"], { cwd });
      const [code, seen] = await onTerminal(cwd, ["gc", "--older-than", "0s", "--batch", "5"], []);
      assert.equal(code, 0, seen);
      assert.match(seen, /\d+ examined, \d+ collected/);
      assert.ok(seen.includes("\u001b[2Kexamined"), "cleared before the report");
      assert.match(seen, /examined +20/);
    }),
  );
});
