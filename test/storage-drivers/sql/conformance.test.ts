import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import sql from "../../../storage-drivers/sql/index.ts";
import { runSuite } from "../suite.ts";

const root = mkdtempSync(join(tmpdir(), "anon-sql-"));
after(() => rmSync(root, { recursive: true, force: true }));

let url = "";
let count = 0;

runSuite("sqlite, by URL", {
  open() {
    url = `sqlite:${join(root, `${count++}.db`)}`;
    return sql({ url });
  },
  reopen: () => sql({ url }),
});
