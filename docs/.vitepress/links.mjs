// Finds links of the built site whose page or heading does not exist. VitePress itself checks pages, but not headings.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The dead links below a folder of pages, as "page: link". */
export function deadLinks(folder) {
  const pages = new Map();
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".html")) continue;
    const html = readFileSync(join(folder, path), "utf8");
    const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
    const links = [...html.matchAll(/<a\b[^>]* href="([^"]+)"/g)].map(([, link]) => link);
    pages.set(`/${path.replaceAll("\\", "/")}`, { ids, links });
  }
  const dead = [];
  for (const [page, { links }] of pages) {
    for (const link of links) {
      const { origin, pathname, hash } = new URL(link, `http://site.invalid${page}`);
      if (origin !== "http://site.invalid") continue;
      const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
      const target = pages.get(path) ?? pages.get(`${path}.html`);
      const id = decodeURIComponent(hash.slice(1));
      const isFound = target ? id === "" || target.ids.has(id) : existsSync(join(folder, path));
      if (!isFound) dead.push(`${page}: ${link}`);
    }
  }
  return [...new Set(dead)];
}
