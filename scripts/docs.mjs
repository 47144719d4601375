// npm run docs: generates the reference of all calls and types from the docstrings, as HTML in reference/.
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { findDeno } from "./run/runtimes.mjs";
import { root } from "./run/tree.mjs";

const deno = findDeno();
if (deno === null) {
  console.error("Cannot generate the reference: deno is missing; run npm ci without --ignore-scripts");
  process.exit(1);
}
const { exports } = JSON.parse(readFileSync(join(root, "jsr.json"), "utf8"));
const output = join(root, "reference");
rmSync(output, { recursive: true, force: true });
execFileSync(
  deno,
  ["doc", "--quiet", "--html", "--name=anon-accounts", `--output=${output}`, ...Object.values(exports)],
  { cwd: root, stdio: "inherit" },
);
console.log("Open reference/index.html");
