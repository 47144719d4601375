/** What the built command line loads: a small module costs Node half a millisecond, a large package 70. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { environment } from "../cli/run.ts";

const ANON = fileURLToPath(new URL("../../dist/cli/anon.js", import.meta.url));

/** Prints the URL of each module that Node loads, at its exit also those of CommonJS. */
const HOOKS = `data:text/javascript,${encodeURIComponent(`
  import { writeSync } from "node:fs";
  import { createRequire, registerHooks } from "node:module";
  const print = (name) => writeSync(2, "loaded " + name + "\\n");
  registerHooks({ load: (url, context, next) => (print(url), next(url, context)) });
  process.on("exit", () => Object.keys(createRequire(${JSON.stringify(ANON)}).cache).forEach(print));
`)}`;

const cwd = mkdtempSync(join(tmpdir(), "anon-start-"));
after(() => rmSync(cwd, { recursive: true, force: true }));

/** The packages and the builtins that a run loads, and how many files of the build. */
function loadedBy(...args: string[]): { packages: string[]; files: number } {
  const env = environment({ ANON_SECRET: "s".repeat(40) });
  const ran = spawnSync(process.execPath, ["--import", HOOKS, ANON, ...args], { cwd, env, encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stderr);
  const names = [...ran.stderr.matchAll(/^loaded (\S+)$/gm)].map(([, name = ""]) => name);
  const packages = names.map(
    (name) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1] ?? /^node:.*/.exec(name)?.[0],
  );
  return {
    packages: [...new Set(packages.filter((name) => name !== undefined))].sort(),
    files: names.filter((name) => name.includes("/dist/")).length,
  };
}

describe("the built command line", () => {
  it("loads no package for --help and --version", () => {
    for (const flag of ["--help", "--version"]) {
      const { packages, files } = loadedBy(flag);
      assert.deepEqual(packages, []);
      assert.ok(files <= 10, `${files} files`);
    }
  });

  it("loads no package and no cryptography for the help of a command", () => {
    const { packages } = loadedBy("gc", "--help");
    assert.deepEqual(
      packages.filter((name) => !/^node:(path|url|fs\/promises|timers\/promises)$/.test(name)),
      [],
    );
  });

  it("loads only the packages that a command on files uses", () => {
    const used = /^(@oslojs\/(binary|crypto|encoding)|oslo|citty|consola|node:.*)$/;
    for (const args of [["create"], ["gc", "--older-than", "30d"], ["list"]]) {
      const { packages } = loadedBy(...args);
      assert.ok(packages.includes("citty"), "the hook sees packages");
      const unused = packages.filter((name) => !used.test(name));
      assert.deepEqual(unused, [], args.join(" "));
    }
  });

  it("loads a configuration in TypeScript without jiti", () => {
    writeFileSync(join(cwd, "anon.config.ts"), 'export default { retention: "30d" as string };\n');
    const { packages } = loadedBy("gc");
    assert.ok(!packages.includes("jiti"), packages.join());
  });
});
