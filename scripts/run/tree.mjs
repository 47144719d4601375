// Where things are in this repository.
import { readdirSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's top folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** Files below `folder` that end in `ending`, as sorted paths relative to the root with `/`. */
export function filesUnder(folder, ending) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) =>
      relative(root, join(entry.parentPath ?? entry.path, entry.name))
        .split(sep)
        .join("/"),
    )
    .filter((path) => !path.includes("node_modules/"))
    .sort();
}
