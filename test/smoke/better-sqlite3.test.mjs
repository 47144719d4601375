// SQLite on Node 20, which has no node:sqlite: by better-sqlite3, with the built package.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import sql from "anon-accounts/drivers/sql";
import { driverConformance } from "anon-accounts/testing";
import { createDatabase } from "db0";
import connector from "db0/connectors/better-sqlite3";
import { anon, checkCommands } from "./commands.mjs";
import { installPacked, manifest } from "./packed.mjs";

const Database = createRequire(import.meta.url)("better-sqlite3");
const skip = unlessBuilt();
if (skip) console.log(`\n!!! SKIPPED: ${skip} !!!\n`);

/** It is built for the Node that ran `npm ci`. */
function unlessBuilt() {
  try {
    new Database(":memory:").close();
    return false;
  } catch (error) {
    return `better-sqlite3 is not built for Node ${process.version}: ${error.message.split("\n")[0]}`;
  }
}

const files = mkdtempSync(join(tmpdir(), "anon-better-sqlite3-"));
const opened = [];
let count = 0;
let path = "";

after(async () => {
  for (const close of opened) await close();
  rmSync(files, { recursive: true, force: true });
});

const HANDLES = {
  "by URL": () => ({ url: `sqlite:${path}` }),
  "over better-sqlite3": () => {
    const client = new Database(path);
    opened.push(() => client.close());
    return { client };
  },
  "over db0 with better-sqlite3": () => {
    const client = createDatabase(connector({ path }));
    opened.push(() => client.dispose());
    return { client };
  },
};

for (const [name, options] of Object.entries(HANDLES)) {
  describe(`sqlite, ${name}: conformance`, { skip }, () => {
    const reopen = () => sql(options());
    function open() {
      path = join(files, `${count++}.db`);
      return reopen();
    }
    for (const { name, run } of driverConformance({ open, reopen, keys: 10_000 })) it(name, { timeout: 590_000 }, run);
  });
}

describe("the CLI over a file of SQLite", () => {
  it("creates, converts, deletes and lists", { skip }, () => checkCommands({ cwd: files, url: "sqlite:./cli.db" }));

  describe("without better-sqlite3", () => {
    let project;
    let installed;
    before(() => {
      ({ project, installed } = installPacked());
    });
    after(() => rmSync(project, { recursive: true, force: true }));

    it("names the package to install", () => {
      const bin = join(installed, manifest.bin.anon);
      const { status, stderr } = anon({ cwd: project, url: "sqlite:./cli.db", bin }, "create");
      assert.equal(status, 1);
      assert.match(stderr, /npm install better-sqlite3@12.*\[storage_unavailable\]$/m);
    });
  });
});
