// Server bundles of the package still hash passwords with a fast Argon2id, and open SQL by URL with what is installed.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { build } from "esbuild";
import { findNode } from "../../scripts/run/runtimes.mjs";
import { installPacked } from "./packed.mjs";

const NODE_20 = process.execPath;
const NODE_24 = findNode();

let project;
let installed;
let elsewhere;

/** Bundles a program that hashes a few passwords, and prints the implementation and the warnings. */
async function bundle(outfile, options) {
  const entry = join(project, "main.mjs");
  writeFileSync(
    entry,
    `import { createAnon } from "anon-accounts";
     import memory from "anon-accounts/drivers/memory";
     let uses = "plain";
     const crypto = process.getBuiltinModule("node:crypto");
     const { argon2 } = crypto;
     if (argon2) {
       crypto.argon2 = (...args) => {
         uses = "node";
         return argon2(...args);
       };
     }
     // native addons are opened by this
     const { dlopen } = process;
     process.dlopen = (...args) => {
       dlopen.apply(process, args);
       uses = "native";
     };
     const warnings = [];
     process.on("warning", ({ code }) => warnings.push(code));
     const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
     for (const email of ["ada@example.com", "bob@example.com"]) {
       const { token } = await anon.signInAnonymously();
       await anon.convert(token, { email, password: "correct horse battery" });
       await anon.signInWithPassword(email, "correct horse battery");
     }
     await new Promise((resolve) => setTimeout(resolve, 10));
     console.log(JSON.stringify({ warnings, uses }));`,
  );
  const settings = { entryPoints: [entry], outfile, bundle: true, platform: "node", format: "esm", logLevel: "silent" };
  return await build({ ...settings, ...options });
}

function run(node, file) {
  const done = spawnSync(node, [file], { encoding: "utf8", cwd: elsewhere });
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout);
}

describe("an esbuild bundle", () => {
  before(() => {
    ({ project, installed } = installPacked());
    elsewhere = mkdtempSync(join(tmpdir(), "anon-bundle-"));
  });
  after(() => {
    for (const directory of [project, elsewhere]) rmSync(directory, { recursive: true, force: true });
  });

  it("uses the native Argon2id if packages are external", async () => {
    const outfile = join(installed, "bundle.mjs");
    assert.deepEqual((await bundle(outfile, { packages: "external" })).warnings, []);
    for (const node of [NODE_20, NODE_24]) assert.deepEqual(run(node, outfile), { warnings: [], uses: "native" });
  });

  it("uses the Argon2id of node:crypto if everything is bundled, and warns once on Node without it", async () => {
    const outfile = join(elsewhere, "bundle.mjs");
    const { warnings } = await bundle(outfile, { minify: true });
    assert.deepEqual(warnings, [], "the build prints no warnings");
    assert.deepEqual(run(NODE_24, outfile), { warnings: [], uses: "node" });
    assert.deepEqual(run(NODE_20, outfile), { warnings: ["ANON_SLOW_ARGON2"], uses: "plain" });
  });

  it("of the sql driver builds without a client of SQL, and names the one to install", async () => {
    const outfile = join(elsewhere, "sql.mjs");
    const entry = join(project, "sql.mjs");
    writeFileSync(
      entry,
      `import sql from "anon-accounts/drivers/sql";
       const open = async (url) => {
         const storage = sql({ url });
         return storage.swap("key", null, "value").then(
           async (done) => [done, await storage.read("key")],
           ({ code, message }) => [code, message],
         );
       };
       console.log(JSON.stringify([await open("sqlite::memory:"), await open("postgres://127.0.0.1:1/shop")]));`,
    );
    // for a browser esbuild resolves no module of Node, as for Workers without nodejs_compat
    for (const platform of ["node", "browser"]) {
      const settings = { entryPoints: [entry], outfile, bundle: true, format: "esm", logLevel: "silent" };
      const { errors, warnings } = await build({ ...settings, platform });
      assert.deepEqual([errors, warnings], [[], []], platform);
      for (const node of [NODE_20, NODE_24]) {
        const [sqlite, postgres] = run(node, outfile);
        if (node === NODE_24) assert.deepEqual(sqlite, [true, "value"]);
        else assert.match(sqlite.join(" "), /^unavailable .*npm install better-sqlite3/);
        assert.match(postgres.join(" "), /^unavailable .*npm install pg/);
      }
    }
  });
});
