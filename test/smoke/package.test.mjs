// The package for a user of Node 20: packed, unpacked into an empty project, and imported by its public names.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { after, before, describe, it } from "node:test";
import { installPacked, manifest, root } from "./packed.mjs";

let project;
let installed;
let files;

/** Runs a module of the project under the Node that runs this test. */
function runModule(source, env = {}) {
  const file = join(project, "main.mjs");
  writeFileSync(file, source);
  const done = spawnSync(process.execPath, [file], { cwd: project, encoding: "utf8", env: { ...process.env, ...env } });
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout);
}

function anon(...args) {
  const env = { ...process.env, ANON_SECRET: "a secret of at least 32 characters!", ANON_STORAGE: "fs:./cli" };
  const bin = join(installed, manifest.bin.anon);
  return spawnSync(process.execPath, [bin, ...args], { cwd: project, encoding: "utf8", env });
}

describe(`the built package on Node ${process.version}`, () => {
  before(() => {
    ({ project, installed, files } = installPacked());
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  it("is tested on Node 20", () => assert.match(process.version, /^v20\./));

  it("can be imported by every public name", () => {
    // an application that imports anon-accounts/react has React, and one that tests a driver of its own has unstorage
    for (const name of ["react", "unstorage"]) {
      symlinkSync(join(root, "node_modules", name), join(project, "node_modules", name), "junction");
    }
    const names = Object.keys(manifest.exports).filter((path) => path !== "./package.json");
    const specifiers = names.map((path) => manifest.name + path.slice(1));
    const found = runModule(
      `const all = {};
       for (const name of ${JSON.stringify(specifiers)}) all[name] = Object.keys(await import(name));
       console.log(JSON.stringify(all));`,
    );
    for (const name of specifiers) assert.equal(found[name].length > 0, name !== `${manifest.name}/types`, name);
    assert.ok(found[manifest.name].includes("createAnon"));
  });

  for (const [name, options] of [
    ["memory", ""],
    ["fs", '{ base: "./accounts" }'],
  ]) {
    it(`signs in, authenticates and converts on ${name}`, () => {
      const result = runModule(
        `import { createAnon } from "anon-accounts";
         import driver from "anon-accounts/drivers/${name}";
         const anon = createAnon({ storage: driver(${options}), secret: "a secret of at least 32 characters!" });
         const { token, record } = await anon.signInAnonymously();
         const visitor = await anon.authenticate(token);
         const converted = await anon.convert(token, { email: "Ada@example.com", password: "correct horse battery" });
         const again = await anon.signInWithPassword("ada@example.com", "correct horse battery");
         await anon.dispose();
         console.log(JSON.stringify({ record, visitor, converted, again }));`,
      );
      assert.equal(result.visitor.record.id, result.record.id);
      assert.equal(result.converted.record.anonymous, false);
      assert.equal(result.again.record.id, result.record.id);
      assert.equal(result.again.record.email, "Ada@example.com");
    });
  }

  it("opens the URL of a configuration, with the secrets of the environment", () => {
    writeFileSync(
      join(project, "shared.config.mjs"),
      `import { defineConfig } from "anon-accounts";
       export default defineConfig({ storage: "fs:./shared", collections: { users: {} } });`,
    );
    writeFileSync(join(project, "secret"), "a secret of at least 32 characters!\n", { mode: 0o600 });
    const { token } = runModule(
      `import { createAnon } from "anon-accounts";
       import config from "./shared.config.mjs";
       const anon = createAnon(config);
       const { token } = await anon.signInAnonymously();
       await anon.dispose();
       console.log(JSON.stringify({ token }));`,
      { NODE_ENV: "production", ANON_SECRET_FILE: "secret" },
    );
    const { status, stderr } = anon("verify", token, "--config", "shared.config.mjs", "--storage", "fs:./shared");
    assert.equal(status, 0, stderr);
  });

  for (const [url, client] of [
    ["redis://127.0.0.1:1", "ioredis"],
    ["postgres://127.0.0.1:1/shop", "pg"],
  ]) {
    it(`needs ${client} only for ${url.split(":")[0]}: URLs, and then names the package to install`, () => {
      const { status, stderr } = anon("list", "--storage", url);
      assert.equal(status, 1);
      assert.match(stderr, new RegExp(`npm install ${client} \\[storage_unavailable\\]$`, "m"));
    });
  }

  it("needs the library of ALTCHA only for ALTCHA, and then names the package to install", () => {
    const refused = runModule(
      `import { altcha } from "anon-accounts/captcha/altcha";
       const captcha = altcha({ secret: "a secret of at least 32 characters!" });
       const { code, message } = await captcha.challenge().catch((error) => error);
       console.log(JSON.stringify({ code, message }));`,
    );
    assert.equal(refused.code, "invalid_options");
    assert.match(refused.message, /npm install altcha-lib$/);
  });

  it("has a CLI that creates and lists", () => {
    const created = anon("create", "--json");
    assert.equal(created.status, 0, created.stderr);
    const { token, record, password } = JSON.parse(created.stdout);
    assert.ok(token.length > 0 && password.length > 0);
    const listed = anon("list", "--json");
    assert.equal(listed.status, 0, listed.stderr);
    assert.equal(JSON.parse(listed.stdout).id, record.id);
  });

  it("contains no sources, tests or source maps", () => {
    for (const path of files) {
      assert.match(
        path,
        /^package\/(dist\/(sdk|cli|storage-drivers|shared)\/.*\.(js|d\.ts)|(docs\/((decisions|frameworks|guides)\/)?)?[\w-]+\.md|docs\/openapi\.json|LICENSE|package\.json)$/,
      );
    }
  });

  it("contains every page that its pages link to", () => {
    const pages = files.filter((path) => path.endsWith(".md"));
    assert.ok(pages.includes("package/README.md") && pages.length > 10, String(pages));
    for (const page of pages) {
      const links = readFileSync(join(project, page), "utf8").matchAll(/\]\((?!\w+:)([^)#]+)(?:#[^)]*)?\)/g);
      for (const [, link] of links) {
        const target = posix.join(posix.dirname(page), link);
        assert.ok(files.includes(target), `${page} links to ${link}`);
      }
    }
  });

  it("runs its CLI as `npx anon-accounts`, and as `npx anon` where it is installed", () => {
    mkdirSync(join(project, "node_modules", ".bin"), { recursive: true });
    for (const [name, path] of Object.entries(manifest.bin)) {
      symlinkSync(join("..", manifest.name, path), join(project, "node_modules", ".bin", name));
    }
    for (const name of [manifest.name, "anon"]) {
      const npx = spawnSync("npx", ["--no-install", name, "--version"], { cwd: project, encoding: "utf8" });
      assert.deepEqual([npx.status, npx.stdout], [0, `${manifest.version}\n`], npx.stderr);
    }
  });
});
