import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { defineConfig } from "vitepress";
import { output, pathInSite, root, source } from "./pages.mjs";

const { description } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

/** The first heading of a page. */
function titleOf(path) {
  const [, title = path] = /^# (.+)$/m.exec(readFileSync(join(root, path), "utf8")) ?? [];
  return title.replaceAll("`", "");
}

/** The pages that a text in a folder of docs/ links to, in order. */
function pagesIn(text, folder) {
  const links = [...text.matchAll(/\]\(([^):#]+\.md)\)/g)].map(([, link]) => join(folder, link));
  return [...new Set(links)];
}

/** The entry of a page. The index of a folder holds the folder's pages. */
function entry(path) {
  const item = { text: titleOf(path), link: `/${pathInSite(path)}` };
  const folder = dirname(path);
  if (!path.endsWith("/README.md")) return item;
  const pages = pagesIn(readFileSync(join(root, path), "utf8"), folder).filter((page) => dirname(page) === folder);
  return { ...item, collapsed: true, items: pages.map(entry) };
}

/** The sections of docs/README.md with the pages that they link to, so that no second index has to be kept. */
function sections() {
  const [, ...parts] = readFileSync(join(root, "docs/README.md"), "utf8").split(/^## /m);
  return parts.map((part) => ({ text: part.split("\n")[0], items: pagesIn(part, "docs").map(entry) }));
}

/** The id of a heading as GitHub makes it, so that links to headings work in both places. */
const slug = (text) =>
  text
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, "")
    .replaceAll(" ", "-");

export default defineConfig({
  title: "anon-accounts",
  description,
  lang: "en",
  srcDir: source,
  outDir: output,
  cacheDir: join(root, ".cache/vitepress"),
  // the addresses of a reader's own server
  ignoreDeadLinks: "localhostLinks",
  metaChunk: true,
  // the index of the search is one file
  vite: { build: { chunkSizeWarningLimit: 4_000 } },
  markdown: { anchor: { slugify: slug } },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [
      { text: "Docs", link: "/docs/" },
      { text: "Reference", link: "/reference/" },
      { text: "Security", link: "/SECURITY" },
      { text: "Changelog", link: "/CHANGELOG" },
    ],
    sidebar: [...sections(), { text: "Reference", items: [{ text: "All functions and types", link: "/reference/" }] }],
  },
});
