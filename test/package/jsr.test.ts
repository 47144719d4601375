/** The package as JSR has it. Its manifest has no conditions, so one set of files is for Deno and for bundles of Workers. */
import assert from "node:assert/strict";
import { mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { build, type Plugin } from "esbuild";
import { Miniflare } from "miniflare";
import { type JsrRegistry, publishToJsr } from "./jsr-registry.ts";
import { readJson, readText, root } from "./source-tree.ts";

const LONG = { timeout: 120_000 };

const WORKER = `
import { createAnon } from "@anon/accounts";
import memory from "@anon/accounts/drivers/memory";

const secret = "a secret of at least 32 characters!";
const anon = createAnon({ storage: memory(), secret });

export default {
  async fetch(request) {
    if (new URL(request.url).pathname === "/by-url") {
      const byUrl = createAnon({ storage: "redis://127.0.0.1", secret });
      return await byUrl.signInAnonymously().then(
        () => new Response("signed in"),
        ({ code, message }) => Response.json({ code, message }),
      );
    }
    const { record, token } = await anon.signInAnonymously();
    return Response.json([record.id, (await anon.authenticate(token))?.record.id]);
  },
};
`;

const BY_URL = `
import { createAnon } from "jsr:@anon/accounts";

const [storage] = Deno.args;
const anon = createAnon({ storage });
const { token, record } = await anon.signInAnonymously();
await anon.dispose();
const again = createAnon({ storage });
const visitor = await again.authenticate(token);
await again.dispose();
console.log(visitor?.record.id === record.id);
`;

describe("the package on JSR", () => {
  let registry: JsrRegistry;
  before(async () => {
    registry = await publishToJsr();
  });
  after(() => registry?.dispose());

  it("makes a Worker without any driver but the one that it imports, which runs in workerd", LONG, async () => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: WORKER, resolveDir: root },
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      target: "es2022",
      conditions: ["workerd", "worker", "browser"],
      external: ["node:*"],
      plugins: [fromJsr(registry.folder)],
      logLevel: "silent",
    });
    const bundled = Object.keys(metafile.inputs);
    assert.ok(bundled.some((path) => path.endsWith("/sdk/create-anon.ts")));
    assert.deepEqual(
      bundled.filter((path) => /\/storage-drivers\/(?!shared\/|adapter\.ts)|ioredis|better-sqlite3/.test(path)),
      bundled.filter((path) => path.endsWith("/storage-drivers/memory.ts")),
    );

    const contents = outputFiles[0]?.text ?? "";
    const modules = [{ type: "ESModule" as const, path: "worker.mjs", contents }];
    const worker = new Miniflare({ modules, compatibilityDate: "2026-04-01", host: "127.0.0.1" });
    try {
      const [id, again] = (await (await worker.dispatchFetch("http://localhost/")).json()) as string[];
      assert.equal(typeof id, "string");
      assert.equal(again, id);
      const refused = await (await worker.dispatchFetch("http://localhost/by-url")).json();
      const { code, message } = refused as { code: string; message: string };
      assert.equal(code, "invalid_options");
      assert.match(message, /open\(url\)` of @anon\/accounts\/drivers/);
    } finally {
      await worker.dispose();
    }
  });

  it("opens storage by URL on Deno, and what it runs is there after one `deno cache`", LONG, async () => {
    const folder = join(registry.folder, "..", "application");
    await mkdir(folder);
    // so that npm's packages come from here, not from the network
    await symlink(join(root, "node_modules"), join(folder, "node_modules"), "junction");
    await writeFile(join(folder, "package.json"), readText("package.json"));
    await writeFile(join(folder, "main.ts"), BY_URL);
    await registry.deno(folder, ["cache", "main.ts"]);
    for (const storage of ["fs:accounts", "sqlite:accounts.db"]) {
      const printed = await registry.deno(folder, ["run", "-A", "--cached-only", "main.ts", storage]);
      assert.equal(printed, "true\n", storage);
    }
    assert.ok((await readdir(folder)).includes("accounts.db"));
  });
});

/** Resolves as npm does what JSR makes of the package for npm: an entry by its subpath, and `npm:name@version` as `name`. */
function fromJsr(folder: string): Plugin {
  const { exports } = readJson<{ exports: Record<string, string> }>("jsr.json");
  return {
    name: "jsr",
    setup({ onResolve, resolve }) {
      onResolve({ filter: /^@anon\/accounts/ }, ({ path }) => {
        const entry = exports[path.replace("@anon/accounts", ".")];
        return entry === undefined ? undefined : { path: join(folder, entry) };
      });
      onResolve({ filter: /^npm:/ }, ({ path, kind }) => {
        const [, name = "", subpath = ""] = /^npm:\/?(@[^/]+\/[^@/]+|[^@/]+)(?:@[^/]+)?(\/.*)?$/.exec(path) ?? [];
        return resolve(name + subpath, { kind, resolveDir: root });
      });
    },
  };
}
