/**
 * The declarations of every entry in a new project, with `skipLibCheck: false`: without the types of Node, and without any
 * package that npm does not install with this one, except where an entry is for that package.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { readJson, root } from "./source-tree.ts";

/** What the user of an entry has installed. ioredis needs the types of Node, too. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  "./drivers/redis": ["@types/node", "ioredis"],
  "./fastify": ["@types/node"],
  "./node": ["@types/node"],
};

const RESOLUTIONS = [
  { module: "esnext", moduleResolution: "bundler" },
  { module: "node16", moduleResolution: "node16" },
  { module: "nodenext", moduleResolution: "nodenext" },
];

const { exports, dependencies } = readJson<{
  exports: Record<string, unknown>;
  dependencies: Record<string, string>;
}>("package.json");
const entries = Object.keys(exports).filter((entry) => entry !== "./package.json");

describe("the types in a new project", () => {
  const folders: string[] = [];
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  /** A project that imports these entries, with nothing installed but the package, its dependencies and `needed`. */
  function createProject(imported: readonly string[], needed: readonly string[]): string {
    const folder = mkdtempSync(join(tmpdir(), "anon-types-"));
    folders.push(folder);
    const installed = join(folder, "node_modules", "anon-accounts");
    for (const name of ["package.json", "dist"]) cpSync(join(root, name), join(installed, name), { recursive: true });
    for (const name of [...Object.keys(dependencies), ...needed]) {
      const link = join(folder, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(root, "node_modules", name), link, "junction");
    }
    writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
    imported.forEach((entry, index) => {
      const code = `import * as entry from "anon-accounts${entry.slice(1)}";\nvoid entry;\n`;
      writeFileSync(join(folder, `entry-${index}.ts`), code);
    });
    return folder;
  }

  function compile(folder: string, resolution: { module: string; moduleResolution: string }, types: string[]): string {
    const compilerOptions = {
      ...resolution,
      target: "es2022",
      lib: ["es2022", "dom", "dom.iterable", "dom.asynciterable"],
      types,
      strict: true,
      noEmit: true,
      skipLibCheck: false,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { stdout, error } = spawnSync(process.execPath, [tsc, "-p", folder], { encoding: "utf8", timeout: 120_000 });
    return error ? error.message : stdout;
  }

  const groups = [
    { imported: entries.filter((entry) => !NEEDED[entry]), needed: [] },
    ...Object.entries(NEEDED).map(([entry, needed]) => ({ imported: [entry], needed })),
  ];
  for (const { imported, needed } of groups) {
    const what = needed.length === 0 ? "every other entry" : imported.join();
    const having = needed.length === 0 ? "no other package" : needed.join(" and ");
    it(`of ${what} need ${having}`, { timeout: 600_000 }, () => {
      const folder = createProject(imported, needed);
      for (const resolution of RESOLUTIONS) {
        const types = needed.includes("@types/node") ? ["node"] : [];
        assert.equal(compile(folder, resolution, types), "", resolution.moduleResolution);
      }
    });
  }
});
