/** The code of the package as it is published: a few files that all entries share, each module in one of them. */
import assert from "node:assert/strict";
import { dirname, posix } from "node:path";
import { describe, it } from "node:test";
import { bundleSize } from "../../scripts/run/bundle-size.mjs";
import { filesUnder, readJson, readText, root } from "./source-tree.ts";

/** Every file takes Node about half a millisecond. */
const MAXIMUM_FILES = 24;

/** What a page or a service pays that imports nothing of the main entry but its error. */
const MAXIMUM_BYTES_OF_ERROR = 800;

const { exports } = readJson<{ exports: Record<string, { default?: string }> }>("package.json");
const entries = Object.entries(exports).flatMap(([name, target]) =>
  target.default === undefined
    ? []
    : [{ name: `anon-accounts${name.slice(1)}`, file: posix.normalize(target.default) }],
);

/** The built files that `file` imports: at once, or later with `import()`. */
function importsOf(file: string): { atOnce: string[]; later: string[] } {
  const code = readText(file);
  const found = (pattern: RegExp) =>
    [...code.matchAll(pattern)].map(([, path = ""]) => posix.join(dirname(file), path));
  return {
    atOnce: found(/^(?:import|export|\}) ?(?:[^"\n]*from )?"(\.[^"]+)";/gm),
    later: found(/\bimport\("(\.[^"]+)"\)/g),
  };
}

/** `file` and all that it imports at once. */
function loadedBy(file: string, loaded: Set<string> = new Set()): Set<string> {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  for (const imported of importsOf(file).atOnce) loadedBy(imported, loaded);
  return loaded;
}

/** A class that several entries export or throw is one class, and what one of them stores another finds. */
describe("the built entries", () => {
  it("hold each module once", () => {
    const copies = new Map<string, Set<string>>();
    for (const file of filesUnder("dist", ".js")) {
      for (const [, module = ""] of readText(file).matchAll(/^\/\/ ((?:sdk|cli|storage-drivers)\/\S+\.ts)$/gm)) {
        copies.set(module, (copies.get(module) ?? new Set()).add(file));
      }
    }
    for (const module of ["sdk/errors.ts", "sdk/warn.ts", "sdk/http/current-request.ts", "cli/anon.ts"]) {
      assert.ok(copies.has(module), module);
    }
    for (const [module, files] of copies) assert.equal(files.size, 1, `${module} is in ${[...files].join(" and ")}`);
  });

  it(`load at most ${MAXIMUM_FILES} files each`, () => {
    for (const { name, file } of entries) {
      const files = loadedBy(file);
      if (name === "anon-accounts") console.log(`${name} loads ${files.size} files of its own`);
      assert.ok(files.size <= MAXIMUM_FILES, `${name} loads ${files.size} files`);
    }
  });

  it("load nothing at once that one of their files loads only when it is needed", () => {
    let lazy = 0;
    for (const { name, file } of entries) {
      const files = loadedBy(file);
      for (const path of files) {
        for (const later of importsOf(path).later) {
          lazy++;
          assert.ok(!files.has(later), `${name} loads ${later} at once`);
        }
      }
    }
    assert.ok(lazy > 0);
  });

  it("load of jose what verifies, because its main entry takes longer to load than all the rest", () => {
    const packages = entries.flatMap(({ file }) =>
      [...loadedBy(file)].flatMap((path) =>
        [...readText(path).matchAll(/ from "(jose[^"]*)";/g)].map(([, name]) => name),
      ),
    );
    assert.ok(packages.includes("jose/jwt/verify"));
    assert.ok(!packages.includes("jose"));
  });

  it("throw and export one AnonError", async () => {
    const { AnonError, createAnon } = await import("anon-accounts");
    const { auth } = await import("anon-accounts/context");
    const { turnstile } = await import("anon-accounts/captcha");
    const { altcha } = await import("anon-accounts/captcha/altcha");
    const { open } = await import("anon-accounts/drivers");
    const { createServiceVerifier, createSessionVerifier } = await import("anon-accounts/verify");
    const memory = (await import("anon-accounts/drivers/memory")).default;
    const tanstack = await import("anon-accounts/tanstack-start");
    const { guard } = await import("anon-accounts/hono");
    const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
    assert.equal(tanstack.AnonError, AnonError);
    const calls: Record<string, () => unknown> = {
      "anon-accounts": () => createAnon({ storage: memory(), secret: "short" }),
      "anon-accounts, later": () =>
        anon.convert("no token", { email: "ada@example.com", password: "correct horse battery" }),
      "anon-accounts/context": () => auth(),
      "anon-accounts/captcha": () => turnstile({ secret: "" }),
      "anon-accounts/captcha/altcha": () => altcha({ secret: "" }),
      "anon-accounts/drivers": () => open("nothing:at-all"),
      "anon-accounts/verify, services": () =>
        createServiceVerifier({ issuer: "", audience: "", jwks: "https://example.com/jwks" }),
      "anon-accounts/verify, sessions": () => createSessionVerifier({ secret: "short" }),
      "anon-accounts/hono": () => guard(anon, { allow: "nothing" } as never),
    };
    for (const [what, call] of Object.entries(calls)) {
      await assert.rejects(
        async () => await call(),
        (error) => error instanceof AnonError && error.constructor.name === "AnonError",
        what,
      );
    }
    await anon.dispose();
  });

  it("throw and export one DriverError", async () => {
    const { DriverError } = await import("anon-accounts/drivers");
    const fs = (await import("anon-accounts/drivers/fs")).default;
    const redis = (await import("anon-accounts/drivers/redis")).default;
    const sql = (await import("anon-accounts/drivers/sql")).default;
    assert.throws(() => fs({ base: "" }), DriverError);
    assert.throws(() => redis({ url: "nothing:" }), DriverError);
    assert.throws(() => sql({ url: "nothing:" }), DriverError);
  });

  it("find the request of run() in anon-accounts/context", async () => {
    const { createAnon } = await import("anon-accounts");
    const { auth, signInAnonymously } = await import("anon-accounts/context");
    const memory = (await import("anon-accounts/drivers/memory")).default;
    const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });
    const response = await anon.run(new Request("http://localhost/"), async () => {
      const { record } = await signInAnonymously();
      return Response.json([record.id, (await auth())?.record.id]);
    });
    const [id, again] = await response.json();
    assert.equal(typeof id, "string");
    assert.equal(again, id);
    await anon.dispose();
  });

  it(`cost an application at most ${MAXIMUM_BYTES_OF_ERROR} bytes that imports only AnonError`, async () => {
    const contents = 'export { AnonError } from "anon-accounts";';
    const bytes = await bundleSize(contents, { resolveDir: root, external: ["node:*"] });
    assert.ok(bytes <= MAXIMUM_BYTES_OF_ERROR, `${bytes} bytes`);
  });
});
