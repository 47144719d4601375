/** The repository as the package tests see it: its folder, its sources, and what they import. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** One import: what is named, where it leads inside the repository, and whether only types cross. */
export interface Import {
  from: string;
  specifier: string;
  /** The path from the root for a relative import, else `null`. */
  target: string | null;
  typeOnly: boolean;
}

export function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** A JSON file, as the shape its reader expects. */
export function readJson<Shape>(path: string): Shape {
  return JSON.parse(readText(path)) as Shape;
}

/** The files below `folder` whose name ends in `ending`, as paths from the root. */
export function filesUnder(folder: string, ending = ".ts"): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((path) => posix.join(folder, path.replaceAll("\\", "/")))
    .filter((path) => path.endsWith(ending) && !path.includes("node_modules/"))
    .sort();
}

const STATIC =
  /^[ \t]*(import|export)(\s+type\b)?(?:\s*(?:[\w*$]+(?:\s*,\s*)?)?\s*(\{[^}]*\})?(?:\*\s*as\s+\w+)?\s*from)?\s*"([^"]+)"/gm;
const DYNAMIC = /\bimport\(\s*"([^"]+)"\s*\)/g;

/** Every import and re-export of a source, comments left out. A type position `import("…")` counts as dynamic. */
export function importsOf(path: string): Import[] {
  const source = readText(path)
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "");
  const found: Import[] = [];
  const add = (specifier: string, typeOnly: boolean): void => {
    const target = specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : null;
    found.push({ from: path, specifier, target, typeOnly });
  };
  for (const [, , type, names, specifier] of source.matchAll(STATIC)) {
    const listed = names
      ?.slice(1, -1)
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "");
    add(specifier!, type !== undefined || (listed?.length ? listed.every((name) => name.startsWith("type ")) : false));
  }
  for (const [, specifier] of source.matchAll(DYNAMIC)) add(specifier!, false);
  return found;
}
