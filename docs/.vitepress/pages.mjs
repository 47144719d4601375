// Copies the Markdown pages of the repository to the folder that VitePress builds from, with their paths: relative links work
// on GitHub, in the npm package and here. VitePress calls the page of a folder index.md, the others README.md.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));
/** What VitePress builds from. */
export const source = join(root, ".cache", "site");
/** Where the site is built. */
export const output = join(root, "docs", ".vitepress", "dist");

const OTHERS = ["README.md", "SECURITY.md", "CHANGELOG.md"];

/** The files of docs/ without those of the site itself, as paths from the root. */
function filesOfDocs() {
  return readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8", withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length).replaceAll("\\", "/"))
    .filter((path) => !path.startsWith("docs/.vitepress/"));
}

/** The path of a page in the site, without leading slash. */
export const pathInSite = (path) => path.replace(/(^|\/)README\.md(?=$|#)/, "$1index.md");

/** Starts the folder anew. */
export function copyPages() {
  rmSync(source, { recursive: true, force: true });
  for (const path of [...OTHERS, ...filesOfDocs()]) {
    // a JSON file keeps its address; Vite finds a picture by its page
    const target = path.endsWith(".json") ? join(source, "public", path) : join(source, pathInSite(path));
    mkdirSync(dirname(target), { recursive: true });
    if (path.endsWith(".md")) {
      const text = readFileSync(join(root, path), "utf8");
      writeFileSync(target, text.replaceAll(/(?<=\]\()[^)\s:]+(?=\))/g, pathInSite));
    } else cpSync(join(root, path), target);
  }
}
