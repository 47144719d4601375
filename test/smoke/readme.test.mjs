// Runs README's first examples unchanged, in a project with the packed package.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { findBun, findDeno, findNode } from "../../scripts/run/runtimes.mjs";
import { installPacked, root } from "./packed.mjs";

const [SERVER, FIRST] = [...readFileSync(join(root, "README.md"), "utf8").matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(
  ([, code]) => code,
);

/** The cookie that README shows after the server. */
const SHOWN_COOKIE = /^anon=eyJhbGciOi[^;]+; HttpOnly; Max-Age=\d+; Path=\/; SameSite=Lax$/;

const RUNTIMES = {
  "Node 20": [process.execPath],
  "Node 24": [findNode()],
  Bun: [findBun()],
  Deno: [findDeno(), "run", "-A"],
};

/** This process's environment without the variables that configure the package or the runtime. */
function environment(env) {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(ANON_|NODE_|PORT$)/.test(name));
  return { ...Object.fromEntries(inherited), NO_COLOR: "1", ...env };
}

function start([program, ...options], directory, file, env = {}) {
  const child = spawn(program, [...options, file], { cwd: directory, env: environment(env) });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (text) => (output[name] += text));
  const ended = new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...output }));
  });
  return { child, ended };
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Sends the request until the server responds. */
async function visit(url, headers, ended) {
  for (let tries = 0; ; tries++) {
    try {
      return await fetch(url, { headers });
    } catch (error) {
      const exited = await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 100, null))]);
      assert.equal(exited, null, exited?.stderr);
      if (tries > 300) throw error;
    }
  }
}

describe("README", () => {
  it("begins with a server of under 20 lines, before the commands for a clone", () => {
    assert.ok(SERVER.trimEnd().split("\n").length < 20);
    const readme = readFileSync(join(root, "README.md"), "utf8");
    assert.ok(readme.indexOf(SERVER) < readme.indexOf("npm ci"));
  });
});

describe("README's examples", () => {
  let project;
  before(() => {
    ({ project } = installPacked());
    symlinkSync(join(root, "node_modules", "srvx"), join(project, "node_modules", "srvx"));
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  /** Creates a new folder with one file. */
  function folder(name, text) {
    const directory = mkdtempSync(join(project, "run-"));
    writeFileSync(join(directory, name), text);
    return directory;
  }

  for (const [name, command] of Object.entries(RUNTIMES)) {
    it(`have a first example that can run repeatedly on ${name}`, async () => {
      const directory = folder("first.mjs", FIRST);
      for (let time = 0; time < 3; time++) {
        const { code, stdout, stderr } = await start(command, directory, "first.mjs").ended;
        assert.equal(code, 0, stderr);
        assert.match(stdout, /^ada\+[a-z0-9]{15}@example\.com true$/m);
        assert.equal(stderr, "");
      }
      assert.ok(readdirSync(join(directory, ".anon")).includes("secret"));
      const { code, stderr } = await start(command, directory, "first.mjs", { NODE_ENV: "production" }).ended;
      assert.notEqual(code, 0);
      assert.match(stderr, /set ANON_SECRET to at least 32 characters/);
      const secret = { NODE_ENV: "production", ANON_SECRET: "a secret of at least 32 characters!" };
      assert.equal((await start(command, directory, "first.mjs", secret).ended).code, 0);
    });

    it(`have a server that recognizes a browser by its cookie on ${name}`, async () => {
      const directory = folder("server.mjs", SERVER);
      const port = await freePort();
      // the browser keeps its cookie while the server restarts
      let cookie;
      let seen;
      for (let time = 0; time < 2; time++) {
        const { child, ended } = start(command, directory, "server.mjs", { PORT: String(port), HOST: "127.0.0.1" });
        try {
          const url = `http://localhost:${port}/`;
          const first = await visit(url, cookie ? { cookie } : {}, ended);
          if (!cookie) assert.match(first.headers.get("set-cookie"), SHOWN_COOKIE);
          const text = await first.text();
          assert.match(text, /^You are anon_[a-z0-9]{15}, here since /);
          if (cookie) assert.equal(text, seen);
          else [cookie, seen] = [first.headers.getSetCookie()[0].split(";")[0], text];
          assert.equal(await (await visit(url, { cookie }, ended)).text(), seen);
          assert.notEqual(await (await visit(url, {}, ended)).text(), seen, "another browser gets another account");
        } finally {
          child.kill();
          const { stderr } = await ended;
          assert.doesNotMatch(stderr, /warning|error/i);
        }
      }
    });
  }
});
