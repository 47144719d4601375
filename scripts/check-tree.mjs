// Checks that nothing specific to one machine is committed: local paths, registry addresses, locked download URLs.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run/tree.mjs";

// The patterns are split, so that this file does not match itself.
const FORBIDDEN = [
  ["a path of a local machine", new RegExp(["(^|[\\s\"'`(=:])/(", "work|home|Users|root|tmp", ")/[\\w.-]"].join(""))],
  ["a Windows user's path", /[A-Z]:\\\\?Users\\/],
  [
    "a package registry's address",
    new RegExp(["registry\\.", "(npmjs\\.org|yarnpkg\\.com)|\\bnpm", "\\.pkg\\."].join("")),
  ],
  ["an unfinished part", new RegExp(["\\b(TO", "DO|FIX", "ME)\\b"].join(""))],
];
const LOCKED_URL = /^\s*"resolved": /;
const TEXT = /\.(ts|mjs|js|json|md|ya?ml|sh|html|css)$|(^|\/)(\.npmrc|\.gitignore|run|LICENSE)$/;

const files = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0").filter(Boolean);
const found = [];
for (const path of files) {
  if (/(^|\/)(node_modules|dist|\.cache|\.anon)\//.test(path) || path.endsWith(".tgz"))
    found.push(`${path}: is generated or downloaded`);
  if (!TEXT.test(path)) continue;
  for (const [index, line] of readFileSync(join(root, path), "utf8").split("\n").entries()) {
    const rules = path.endsWith("package-lock.json") ? [["a locked download address", LOCKED_URL]] : FORBIDDEN;
    for (const [what, pattern] of rules) if (pattern.test(line)) found.push(`${path}:${index + 1}: ${what}`);
  }
}
for (const line of found) console.error(line);
console.log(`${files.length} files checked, ${found.length} findings`);
process.exit(found.length > 0 ? 1 : 0);
