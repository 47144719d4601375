// Builds the site in docs/.vitepress/dist. `npm run docs` installs the packages for it and calls this.
import { fileURLToPath } from "node:url";
import { build } from "vitepress";
import { deadLinks } from "./links.mjs";
import { copyPages, output } from "./pages.mjs";
import { writeReference } from "./reference.mjs";

copyPages();
await writeReference();
await build(fileURLToPath(new URL("..", import.meta.url)));
const dead = deadLinks(output);
if (dead.length > 0) throw new Error(`The site has dead links:\n${dead.join("\n")}`);
