// npm run release 1.2.3: writes the version into every file that names it, and dates the changelog's entry.
// npm run release -- --check 1.2.3: changes nothing, and fails if the files name another version.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";

const PLACEHOLDER = "github.com/OWNER/";

function refuse(why) {
  console.error(`Cannot release: ${why}`);
  process.exit(1);
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: "boolean" } } });
const [version = ""] = positionals;
if (!/^\d+\.\d+\.\d+(-[0-9a-z.-]+)?$/.test(version)) refuse("pass a version, such as 1.2.3");
if (readFileSync("package.json", "utf8").includes(PLACEHOLDER)) {
  refuse(`replace ${PLACEHOLDER} in package.json (homepage, bugs, repository) with the real address`);
}

/** The places that name the version: the file, and a pattern that captures the text before the version. */
const PLACES = [
  ["package.json", /^( {2}"version": ")[^"]+/m],
  ["jsr.json", /^( {2}"version": ")[^"]+/m],
  ["package-lock.json", /^( {2}"version": ")[^"]+/m],
  ["package-lock.json", /^( {4}"": \{\n {6}"name": "[^"]+",\n {6}"version": ")[^"]+/m],
  ["cli/version.ts", /^(export const version: string = ")[^"]+/m],
];
const UNRELEASED = `## ${version} (unreleased)\n`;
const changelog = readFileSync("CHANGELOG.md", "utf8");

/** The file's text with this version at the place. */
function edited([file, pattern]) {
  const text = readFileSync(file, "utf8");
  if (!pattern.test(text)) refuse(`${file} has no version that matches ${pattern}`);
  return { file, text, next: text.replace(pattern, `$1${version}`) };
}

if (values.check) {
  for (const { file, text, next } of PLACES.map(edited)) {
    if (text !== next) refuse(`${file} names another version than ${version}`);
  }
  if (!changelog.includes(`## ${version} (2`)) refuse(`CHANGELOG.md has no dated entry for ${version}`);
  console.log(`${version} is ready`);
} else {
  if (!changelog.includes(UNRELEASED)) refuse(`CHANGELOG.md has no entry "${UNRELEASED.trim()}"`);
  for (const place of PLACES) {
    const { file, next } = edited(place);
    writeFileSync(file, next);
  }
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync("CHANGELOG.md", changelog.replace(UNRELEASED, `## ${version} (${date})\n`));
  console.log(`Wrote ${version}. Next:
  git commit -am "Release ${version}"
  git tag -a v${version} -m "Release ${version}"
  git push --follow-tags`);
}
