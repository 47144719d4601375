import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { SYSTEMS } from "../../../cli/importers/systems.ts";
import { COMMANDS } from "../../../cli/shared/table.ts";
import { documents, runHere } from "../run.ts";

const cwd = tmpdir();

/** The offered words and the last line, which is for the script. */
async function offered(...words: string[]): Promise<{ words: string[]; directive: string | undefined }> {
  const { code, stdout } = await runHere(["complete", "--", ...words], { cwd });
  assert.equal(code, 0);
  const lines = stdout.trimEnd().split("\n");
  const directive = lines.pop();
  return { words: lines.map((line) => line.split("\t")[0] ?? ""), directive };
}

describe("anon complete", () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    it(`prints a script for ${shell}`, async () => {
      const { code, stdout } = await runHere(["complete", shell], { cwd });
      assert.equal(code, 0);
      assert.match(stdout, /anon complete --/);
      const [document] = documents<{ script: string }>(await runHere(["complete", shell, "--json"], { cwd }));
      assert.equal(`${document?.script}\n`, stdout);
    });
  }

  it("refuses other shells", async () => {
    const { code, stderr } = await runHere(["complete", "tcsh"], { cwd });
    assert.equal(code, 2);
    assert.match(stderr, /shell "tcsh": use bash, zsh, fish/);
  });

  it("offers commands, also after flags and after help", async () => {
    const all = [...COMMANDS.keys()];
    assert.deepEqual((await offered("")).words, [...all, "help"]);
    assert.deepEqual((await offered("help", "")).words, all);
    assert.deepEqual((await offered("--storage", "memory:", "--json", "g")).words, ["gc"]);
    assert.deepEqual((await offered("nope", "")).words, []);
  });

  it("offers the flags of a command, and words where only some are accepted", async () => {
    assert.deepEqual((await offered("gc", "--d")).words, ["--dry-run", "--debug"]);
    assert.ok((await offered("--no-color", "gc", "--")).words.includes("--no-color"));
    assert.deepEqual((await offered("keys", "r")).words, ["rotate"]);
    assert.deepEqual((await offered("keys", "create", "--algorithm", "")).words, ["ES256", "EdDSA"]);
    assert.deepEqual((await offered("import", "a.csv", "--from", "")).words, [...SYSTEMS.keys()]);
    assert.deepEqual((await offered("complete", "")).words, ["bash", "zsh", "fish"]);
  });

  it("leaves files and directories to the shell", async () => {
    assert.deepEqual(await offered("gc", "--config", ""), { words: [], directive: ":0" });
    assert.deepEqual(await offered("gc", "--cwd", "./a"), { words: [], directive: ":16" });
    assert.deepEqual(await offered("--config", "a.json", "import", "us"), { words: [], directive: ":0" });
    assert.equal((await offered("import", "users.csv", "")).directive, ":4");
    assert.equal((await offered("import", "--fr")).directive, ":4");
    assert.deepEqual(await offered("gc", "--older-than", ""), { words: [], directive: ":4" });
  });
});
