// npm run docs: builds the site of the documentation, with the reference from the docstrings, in docs/.vitepress/dist.
// npm run docs -- --serve: builds it, and serves it on 127.0.0.1.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./run/tree.mjs";

const { values } = parseArgs({ options: { serve: { type: "boolean", default: false } } });
const site = join(root, "docs", ".vitepress");

function runOrExit(what, command, args) {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32" && command === "npm",
  });
  if (done.status === 0) return;
  console.error(`Cannot build the site: ${what} failed (${done.error?.message ?? `exit code ${done.status}`})`);
  process.exit(1);
}

if (!existsSync(join(site, "node_modules", "vitepress"))) {
  runOrExit("npm ci in docs/.vitepress", "npm", [
    "ci",
    "--prefix",
    site,
    "--include",
    "dev",
    "--ignore-scripts",
    "--prefer-offline",
  ]);
}
runOrExit("the build", process.execPath, [join(site, "build.mjs")]);
if (!values.serve) {
  console.log("The site is in docs/.vitepress/dist; npm run docs -- --serve shows it in a browser");
} else {
  // VitePress's own server listens on every interface
  const srvx = join(root, "node_modules", "srvx", "bin", "srvx.mjs");
  const address = ["--host", "127.0.0.1", "--port", process.env.PORT || "4173"];
  runOrExit("the server", process.execPath, [srvx, "serve", "--prod", "--static", join(site, "dist"), ...address]);
}
