// What a bundler makes of the package, for servers: passwords are still hashed by a fast Argon2id.
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

/** Bundles a program that hashes a few passwords and prints what hashed them and what was warned of. */
async function bundle(outfile, options) {
  const entry = join(project, "main.mjs");
  const argon2id = JSON.stringify(join(installed, "dist", "sdk", "passwords", "argon2id.js"));
  writeFileSync(
    entry,
    `import { createAnon } from "anon-accounts";
     import memory from "anon-accounts/drivers/memory";
     import { fastestArgon2id } from ${argon2id};
     const warnings = [];
     process.on("warning", ({ code }) => warnings.push(code));
     const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
     for (const email of ["ada@example.com", "bob@example.com"]) {
       const { token } = await anon.signInAnonymously();
       await anon.convert(token, { email, password: "correct horse battery" });
       await anon.signInWithPassword(email, "correct horse battery");
     }
     await new Promise((resolve) => setTimeout(resolve, 10));
     const said = [...warnings];
     console.log(JSON.stringify({ warnings: said, uses: (await fastestArgon2id()).name }));`,
  );
  const settings = { entryPoints: [entry], outfile, bundle: true, platform: "node", format: "esm", logLevel: "silent" };
  return await build({ ...settings, ...options });
}

function run(node, file) {
  const done = spawnSync(node, [file], { encoding: "utf8", cwd: elsewhere });
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout);
}

describe("a bundle by esbuild", () => {
  before(() => {
    ({ project, installed } = installPacked());
    elsewhere = mkdtempSync(join(tmpdir(), "anon-bundle-"));
  });
  after(() => {
    for (const directory of [project, elsewhere]) rmSync(directory, { recursive: true, force: true });
  });

  it("uses the native Argon2id where packages stay outside", async () => {
    const outfile = join(installed, "bundle.mjs");
    assert.deepEqual((await bundle(outfile, { packages: "external" })).warnings, []);
    for (const node of [NODE_20, NODE_24]) assert.deepEqual(run(node, outfile), { warnings: [], uses: "native" });
  });

  it("uses that of node:crypto where everything is bundled, and warns once where there is none", async () => {
    const outfile = join(elsewhere, "bundle.mjs");
    const { warnings } = await bundle(outfile, { minify: true });
    assert.deepEqual(warnings, [], "nothing that an application's build would have to explain");
    assert.deepEqual(run(NODE_24, outfile), { warnings: [], uses: "node" });
    assert.deepEqual(run(NODE_20, outfile), { warnings: ["ANON_SLOW_ARGON2"], uses: "plain" });
  });
});
