/** The reserve file beside the writes of a disk with room. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { openDueLog } from "../../../storage-drivers/fs/due-log.ts";
import { openFiles } from "../../../storage-drivers/fs/files.ts";
import { openStore } from "../../../storage-drivers/fs/store.ts";

const COUNT = 200;
const AT_ONCE = 8;

it("deletes several keys at once again when the reserve file has been restored", async () => {
  const base = mkdtempSync(join(tmpdir(), "anon-fs-reserve-"));
  try {
    const real = openFiles(base);
    let claiming = 0;
    let most = 0;
    const files = {
      ...real,
      async claim(path: string, text: string) {
        most = Math.max(most, ++claiming);
        try {
          return await real.claim(path, text);
        } finally {
          claiming--;
        }
      },
    };
    const store = openStore(files, openDueLog(files), "os", 10_000);
    const keys = Array.from({ length: COUNT }, (_, index) => `key${index}`);
    await Promise.all(keys.map((key) => store.change(key, "x", null)));
    const restored = store.restoreReserve().then(() => {
      most = 0;
    });
    const remove = async () => {
      for (let key = keys.pop(); key !== undefined; key = keys.pop()) await store.change(key, null, null);
    };
    await Promise.all([restored, ...Array.from({ length: AT_ONCE }, remove)]);
    assert.ok(existsSync(join(base, "reserve")));
    assert.ok(most > 1, `${most} at once`);
  } finally {
    rmSync(base, { recursive: true, force: true });
  }
});
