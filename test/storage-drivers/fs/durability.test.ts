/** What reaches the disk before a write is acknowledged. A power loss cannot be tested here, so the flushes are recorded. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { openDueLog } from "../../../storage-drivers/fs/due-log.ts";
import { type Files, openFiles } from "../../../storage-drivers/fs/files.ts";
import { dataPath } from "../../../storage-drivers/fs/names.ts";
import { openStore, type Store } from "../../../storage-drivers/fs/store.ts";

const root = mkdtempSync(join(tmpdir(), "anon-fs-durability-"));
after(() => rmSync(root, { recursive: true, force: true }));

/** A store over real files, and its steps that matter after a power loss, in order. */
function recordSteps(): { store: Store; steps: string[] } {
  const files = openFiles(mkdtempSync(join(root, "base-")));
  const steps: string[] = [];
  const place = (path: string): string =>
    path.startsWith("locks/") ? "lock" : path === dataPath("one") ? "one" : "log";
  const recording: Files = {
    ...files,
    async temporary(text, sync, name) {
      steps.push(sync ? "value flushed" : "value");
      return files.temporary(text, sync, name);
    },
    async append(path, text, sync) {
      steps.push(sync ? "line flushed" : "line");
      return files.append(path, text, sync);
    },
    async link(from, to) {
      if (place(to) === "one") steps.push("linked");
      return files.link(from, to);
    },
    async replace(from, to) {
      steps.push(`${place(to)} replaced`);
      return files.replace(from, to);
    },
    async withdraw(from, to) {
      steps.push(`${place(from)} withdrawn`);
      return files.withdraw(from, to);
    },
    async flush(path) {
      steps.push(`directory of ${place(path)} flushed`);
      return files.flush(path);
    },
  };
  return { store: openStore(recording, openDueLog(recording), "registered", 1_000), steps };
}

describe("fs durability", () => {
  it("flushes value and line, then the name, before it acknowledges a durable write", async () => {
    const { store, steps } = recordSteps();
    assert.equal(await store.swap("one", "one", null, "value 1", 1, true), true);
    const line = ["directory of log flushed", "line flushed"];
    assert.deepEqual(steps.splice(0).sort(), [...line, "linked", "value flushed", "directory of one flushed"].sort());
    assert.equal(await store.swap("one", "one", "value 1", "value 2", 2, true), true);
    const written = steps.splice(0);
    assert.deepEqual(written.slice(0, 3).sort(), [...line, "value flushed"]);
    assert.deepEqual(written.slice(3), ["one replaced", "directory of one flushed", "lock withdrawn"]);
    assert.equal(await store.swap("one", "one", "value 2", null, null, true), true);
    assert.deepEqual(steps, ["one withdrawn", "directory of one flushed", "lock withdrawn"]);
  });

  it("flushes nothing for other writes", async () => {
    const { store, steps } = recordSteps();
    assert.equal(await store.swap("one", "one", null, "value 1", 1, false), true);
    assert.equal(await store.swap("one", "one", "value 1", "value 2", 2, false), true);
    assert.equal(await store.swap("one", "one", "value 2", null, null, false), true);
    assert.deepEqual(
      steps.filter((step) => step.includes("flushed")),
      [],
    );
    assert.equal(steps.length, 9);
  });
});
