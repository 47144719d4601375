/** The files of the repository, for the package tests. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

export function readText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** Reads a JSON file, without checking its shape. */
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
