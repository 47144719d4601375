import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { loadModule } from "../../../cli/shared/load-module.ts";
import { inDirectory, run, SLOW } from "../run.ts";

/** Exports whether jiti evaluates it. */
const BY_JITI = "/jiti/.test(String(new Error().stack))";

/** Modules that every runtime loads by itself. */
const NATIVE: Record<string, string> = {
  "types.ts": `const byJiti: boolean = ${BY_JITI}; export default { byJiti };`,
  "module.mts": `export default { byJiti: ${BY_JITI} as boolean };`,
  "module.js": `export default { byJiti: ${BY_JITI} };`,
  "module.mjs": `export default { byJiti: ${BY_JITI} };`,
  "common.cjs": `module.exports = { byJiti: ${BY_JITI} };`,
  "compiled.cjs": `exports.__esModule = true; exports.default = { byJiti: ${BY_JITI} };`,
  "function.ts": `export default async () => ({ byJiti: ${BY_JITI} });`,
};

/** Modules that some runtimes leave to jiti. */
const MIXED: Record<string, string> = {
  "extension.ts": 'import { value } from "./value"; export default { value };',
  "type-as-value.ts":
    'import { Value, value } from "./value.ts"; const own: Value = value; export default { value: own };',
  "enum.ts": "enum Kind { One = 1 } export default { value: Kind.One };",
  "dirname.ts": "export default { value: __dirname ? 1 : 2 };",
  "require.ts": 'const { sep } = require("node:path"); export default { value: sep.length };',
  "module.cts": "export default { value: 1 as number };",
};

describe("a configuration that is code", () => {
  for (const [name, text] of Object.entries(NATIVE)) {
    it(`is loaded by the runtime itself: ${name}`, SLOW, () =>
      inDirectory(async (cwd) => {
        await writeFile(join(cwd, "package.json"), '{"type":"module"}');
        await writeFile(join(cwd, name), text);
        assert.deepEqual(await loadModule(join(cwd, name)), { byJiti: false });
      }),
    );
  }

  for (const [name, text] of Object.entries(MIXED)) {
    it(`is loaded by jiti if the runtime cannot: ${name}`, SLOW, () =>
      inDirectory(async (cwd) => {
        await writeFile(join(cwd, "value.ts"), "export interface Value {}\nexport const value = 1;");
        await writeFile(join(cwd, name), text);
        assert.deepEqual(await loadModule(join(cwd, name)), { value: 1 });
      }),
    );
  }

  it("fails with what the module throws", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(join(cwd, "throws.ts"), 'throw new TypeError("not today");');
      await assert.rejects(loadModule(join(cwd, "throws.ts")), { message: "not today" });
    }),
  );

  it("loads without a warning about the type of the package", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(join(cwd, "package.json"), '{"name":"app"}');
      for (const extension of ["ts", "js"]) {
        await writeFile(join(cwd, `anon.config.${extension}`), 'export default { storage: "memory:" };');
      }
      const { code, stderr } = await run(["list", "--json"], { cwd });
      assert.equal(code, 0);
      assert.doesNotMatch(stderr, /Warning/);
    }),
  );
});
