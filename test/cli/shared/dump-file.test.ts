/** The file of a dump beside other files and other dumps. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { it } from "node:test";
import { checkDumpFile, writeDumpFile } from "../../../cli/shared/dump-file.ts";
import { needsDisk, onSmallDisk } from "../../support/small-disk.ts";
import { inDirectory } from "../run.ts";

/** Texts that come when `go` is called. */
function paused(text: string): { texts: AsyncIterable<string>; begun: Promise<void>; go: () => void } {
  const [begun, going] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  async function* texts(): AsyncGenerator<string> {
    yield `${text} begins\n`;
    begun.resolve();
    await going.promise;
    yield `${text} ends\n`;
  }
  return { texts: texts(), begun: begun.promise, go: going.resolve };
}

it("is never the unfinished one of another dump of the same name", () =>
  inDirectory(async (cwd) => {
    const path = join(cwd, "accounts.jsonl");
    const [first, second] = [paused("first"), paused("second")];
    const one = writeDumpFile(path, "accounts.jsonl", first.texts, () => "whole");
    await first.begun;
    const other = writeDumpFile(path, "accounts.jsonl", second.texts, () => "whole");
    await second.begun;
    first.go();
    await assert.rejects(one, /another dump writes it/);
    assert.ok(!(await readdir(cwd)).includes("accounts.jsonl"));
    second.go();
    await other;
    assert.equal(await readFile(path, "utf8"), "second begins\nsecond ends\n");
    assert.deepEqual(await readdir(cwd), ["accounts.jsonl"]);
  }));

it("stays what it was on a full disk, which is a failure and no wrong usage", needsDisk, () =>
  onSmallDisk("size=1m", async (disk) => {
    const path = join(disk, "accounts.jsonl");
    await writeFile(path, "the backup before");
    async function* texts(): AsyncGenerator<string> {
      for (let count = 0; count < 100; count++) yield "x".repeat(100_000);
    }
    await assert.rejects(
      writeDumpFile(path, "accounts.jsonl", texts(), () => "whole"),
      { name: "AnonError", code: "storage_unavailable", message: /there is no room left/ },
    );
    assert.equal(await readFile(path, "utf8"), "the backup before");
    assert.deepEqual(await readdir(disk), ["accounts.jsonl"]);
  }),
);

it("does not replace what is no file", () =>
  inDirectory(async (cwd) => {
    const [directory, pipe] = [join(cwd, "directory"), join(cwd, "pipe")];
    await mkdir(directory);
    assert.throws(() => checkDumpFile(directory, "directory", true), /it is no file/);
    if (process.platform === "win32") return;
    execFileSync("mkfifo", [pipe]);
    assert.throws(() => checkDumpFile(pipe, "pipe", true), /it is no file/);
    assert.ok((await stat(pipe)).isFIFO());
  }));
