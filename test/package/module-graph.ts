/** The imports of the sources from `deno info`, whose parser includes type imports, re-exports and dynamic imports. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { findDeno } from "../../scripts/run/runtimes.mjs";
import { filesUnder, root } from "./source-tree.ts";

/** One import. Paths are from the root, with `/`. */
export interface Import {
  from: string;
  /** As written in `from`. */
  specifier: string;
  /** The imported source; `null` for a package. */
  target: string | null;
  typeOnly: boolean;
}

interface Module {
  specifier: string;
  dependencies?: { specifier: string; code?: { specifier?: string }; type?: { specifier?: string } }[];
}

/** Every import of the sources below these folders. */
export function importsOf(...folders: readonly string[]): Import[] {
  const files = folders.flatMap((folder) => filesUnder(folder));
  const sources = new Map(files.map((path) => [pathToFileURL(join(root, path)).href, path]));
  const scratch = mkdtempSync(join(tmpdir(), "anon-graph-"));
  try {
    const entry = join(scratch, "entry.ts");
    writeFileSync(entry, [...sources.keys()].map((url) => `import "${url}";\n`).join(""));
    const report = execFileSync(findDeno() ?? "deno", ["info", "--json", "--no-remote", entry], {
      cwd: root,
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const { modules } = JSON.parse(report) as { modules: Module[] };
    return modules.flatMap(({ specifier: url, dependencies = [] }) => {
      const from = sources.get(url);
      if (from === undefined) return [];
      return dependencies.map(({ specifier, code, type }) => ({
        from,
        specifier,
        target: sources.get((code ?? type)?.specifier ?? "") ?? null,
        typeOnly: code === undefined,
      }));
    });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
