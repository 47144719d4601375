import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { filesUnder, readText, root } from "./source-tree.ts";

/** One ```ts block and where it stands. */
interface Example {
  name: string;
  code: string;
  /** Examples of docstrings are run too; those of the pages may need a server or a browser. */
  runs: boolean;
}

function blocks(path: string, text: string, runs: boolean): Example[] {
  return [...text.matchAll(/^[ \t]*```ts\n([\s\S]*?)^[ \t]*```/gm)].map(([, code = ""], index) => ({
    name: `${path.replaceAll(/[^a-z0-9]+/gi, "-")}-${index + 1}`,
    code,
    runs,
  }));
}

const pages = ["README.md", ...filesUnder("docs", ".md")].flatMap((path) => blocks(path, readText(path), false));
const docstrings = ["sdk", "storage-drivers", "cli"]
  .flatMap((folder) => filesUnder(folder))
  .flatMap((path) => {
    const comments = readText(path).match(/\/\*\*[\s\S]*?\*\//g) ?? [];
    return blocks(path, comments.join("\n").replaceAll(/^[ \t]*\* ?/gm, ""), true);
  });
const examples = [...pages, ...docstrings];

// Inside the repository, so that "anon-accounts…" is the package itself: its exports, as a user would get them.
const folder = join(root, ".cache", `examples-${process.pid}`);

describe("examples", () => {
  before(() => {
    mkdirSync(folder, { recursive: true });
    for (const { name, code } of examples) writeFileSync(join(folder, `${name}.ts`), `${code}\nexport {};\n`);
    // An example is written for its reader: it may leave a name unused.
    const compilerOptions = {
      noUnusedLocals: false,
      noUnusedParameters: false,
      isolatedDeclarations: false,
      declaration: false,
    };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: "../../tsconfig.json", compilerOptions, include: ["*.ts"] }),
    );
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("are found in the docs and in the docstrings", () => {
    assert.ok(pages.length >= 3 && docstrings.length >= 5, `${pages.length} and ${docstrings.length}`);
  });

  it("type-check against the built package", () => {
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8", cwd: folder });
    assert.equal(status, 0, stdout);
  });

  const REDIS_URL = process.env.ANON_TEST_REDIS_URL;
  for (const { name, code } of docstrings) {
    const skip = code.includes("REDIS_URL") && !REDIS_URL ? "no Redis: npm test starts one" : false;
    it(`runs: ${name}`, { skip }, () => {
      const file = join(folder, `${name}.ts`);
      const done = spawnSync(process.execPath, [file], {
        encoding: "utf8",
        cwd: folder,
        env: { ...process.env, ...(REDIS_URL && { REDIS_URL }) },
        timeout: 60_000,
      });
      assert.equal(done.status, 0, done.stderr);
      assert.doesNotMatch(done.stderr, /Assertion failed/, done.stderr);
    });
  }
});
