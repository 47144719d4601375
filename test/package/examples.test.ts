import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { filesUnder, readText, root } from "./source-tree.ts";

/** One ```ts block and its place. */
interface Example {
  name: string;
  code: string;
  /** True for docstrings; examples of pages may need a server or a browser. */
  runs: boolean;
}

function blocks(path: string, text: string, runs: boolean): Example[] {
  return [...text.matchAll(/^[ \t]*```ts\n([\s\S]*?)^[ \t]*```/gm)].map(([, code = ""], index) => ({
    name: `${path.replaceAll(/[^a-z0-9]+/gi, "-")}-${index + 1}`,
    code,
    runs,
  }));
}

// the pages of frameworks are compiled in their apps, by test/frameworks
const isCompiledHere = (path: string): boolean => !path.startsWith("docs/frameworks/");
const pages = ["README.md", ...filesUnder("docs", ".md").filter(isCompiledHere)].flatMap((path) =>
  blocks(path, readText(path), false),
);
const docstrings = ["sdk", "storage-drivers", "cli"]
  .flatMap((folder) => filesUnder(folder))
  .flatMap((path) => {
    const comments = readText(path).match(/\/\*\*[\s\S]*?\*\//g) ?? [];
    return blocks(path, comments.join("\n").replaceAll(/^[ \t]*\* ?/gm, ""), true);
  });
const examples = [...pages, ...docstrings];

// inside the repository, so that "anon-accounts…" resolves to the package's own exports
const folder = join(root, ".cache", `examples-${process.pid}`);

describe("the examples of docs and docstrings", () => {
  before(() => {
    mkdirSync(folder, { recursive: true });
    for (const { name, code } of examples) writeFileSync(join(folder, `${name}.ts`), `${code}\nexport {};\n`);
    // examples may leave names unused
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

  it("are found", () => {
    assert.ok(pages.length >= 3 && docstrings.length >= 5, `${pages.length} and ${docstrings.length}`);
  });

  it("type-check against the built package", () => {
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8", cwd: folder });
    assert.equal(status, 0, stdout);
  });

  // A docstring that names one of these variables connects to that server.
  const servers = [
    ["REDIS_URL", process.env.ANON_TEST_REDIS_URL],
    ["POSTGRES_URL", process.env.ANON_TEST_POSTGRES_URL],
  ] as const;
  const urls = Object.fromEntries(servers.filter(([, url]) => url));
  for (const { name, code } of docstrings) {
    const missing = servers.find(([variable, url]) => code.includes(variable) && !url);
    const skip = missing ? `no ${missing[0]}: npm test starts a server` : false;
    it(`run without errors: ${name}`, { skip }, () => {
      const file = join(folder, `${name}.ts`);
      const done = spawnSync(process.execPath, [file], {
        encoding: "utf8",
        cwd: folder,
        env: { ...process.env, ...urls },
        timeout: 60_000,
      });
      assert.equal(done.status, 0, done.stderr);
      assert.doesNotMatch(done.stderr, /Assertion failed/, done.stderr);
    });
  }
});
