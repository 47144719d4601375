import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import fs from "../../../storage-drivers/fs/index.ts";
import { runSuite } from "../suite.ts";

const root = mkdtempSync(join(tmpdir(), "anon-fs-"));
after(() => rmSync(root, { recursive: true, force: true }));

let base = join(root, "0");
let count = 0;

runSuite("fs", {
  open() {
    // each case may leave 100,000 files
    rmSync(base, { recursive: true, force: true });
    base = join(root, `${count++}`);
    return fs({ base });
  },
  reopen: () => fs({ base }),
});
