/** Requirements of a release: the script, the workflows, and the manifest's addresses. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readJson, readText, root } from "./source-tree.ts";

const PLACEHOLDER = "OWNER";
const FILES = ["package.json", "package-lock.json", "jsr.json", "cli/version.ts", "CHANGELOG.md"];

interface Manifest {
  version: string;
  homepage: string;
  bugs: string;
  repository: { type: string; url: string };
  engines: { node: string };
  scripts: Record<string, string>;
}
const manifest = readJson<Manifest>("package.json");

describe("the manifest's addresses", () => {
  it("name one repository", () => {
    const [, address = ""] =
      /^git\+(https:\/\/github\.com\/[\w.-]+\/anon-accounts)\.git$/.exec(manifest.repository.url) ?? [];
    assert.notEqual(address, "", manifest.repository.url);
    assert.equal(manifest.homepage, `${address}#readme`);
    assert.equal(manifest.bugs, `${address}/issues`);
    if (address.includes(`/${PLACEHOLDER}/`)) {
      console.log(
        `!!! package.json: repository, bugs and homepage still name ${PLACEHOLDER}: set them before a release !!!`,
      );
    }
  });
});

describe("the workflows", () => {
  const ci = readText(".github/workflows/ci.yml");
  const release = readText(".github/workflows/release.yml");

  it("run all checks on Node 20, 22 and 24", () => {
    assert.match(ci, /node: \[20, 22, 24\]/);
    assert.match(ci, /run: \.\/\.ci\/run$/m);
    assert.equal(manifest.engines.node, ">=20");
  });

  it("publish to npm and JSR with provenance, only after the checks pass", () => {
    assert.match(release, /uses: \.\/\.github\/workflows\/ci\.yml/);
    assert.match(release, /needs: check/);
    assert.match(release, /id-token: write/);
    assert.match(release, /npm publish --provenance/);
    assert.match(release, /deno publish$/m);
  });
});

describe("npm run release", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "anon-release-"));
    mkdirSync(join(folder, "cli"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const release = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, "scripts", "release.mjs"), ...args], { cwd: folder, encoding: "utf8" });
  const edit = (file: string, from: string, to: string): void => {
    const path = join(folder, file);
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(from, to));
  };
  /** Copies the repository's files, with a real repository address and an unreleased changelog entry. */
  function copyFiles(): void {
    for (const file of FILES) cpSync(join(root, file), join(folder, file));
    edit("package.json", `/${PLACEHOLDER}/`, "/example/");
    edit("CHANGELOG.md", readText("CHANGELOG.md"), `# Changelog\n\n## 7.8.9 (unreleased)\n\n- Something.\n`);
  }

  it("writes the version to every file, and --check accepts the result", () => {
    copyFiles();
    const done = release("7.8.9");
    assert.equal(done.status, 0, done.stderr);
    for (const file of FILES) assert.ok(readFileSync(join(folder, file), "utf8").includes("7.8.9"), file);
    const lock = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8"));
    assert.deepEqual([lock.version, lock.packages[""].version], ["7.8.9", "7.8.9"]);
    assert.match(readFileSync(join(folder, "CHANGELOG.md"), "utf8"), /^## 7\.8\.9 \(\d{4}-\d\d-\d\d\)$/m);
    assert.equal(release("--check", "7.8.9").status, 0);
    assert.match(release("--check", "7.9.0").stderr, /another version than 7\.9\.0/);
  });

  it("refuses invalid versions, versions without a changelog entry, and placeholders, and changes nothing", () => {
    copyFiles();
    const before = FILES.map((file) => readFileSync(join(folder, file), "utf8"));
    assert.match(release("next").stderr, /pass a version/);
    assert.match(release("7.9.0").stderr, /no entry "## 7\.9\.0 \(unreleased\)"/);
    assert.deepEqual(
      FILES.map((file) => readFileSync(join(folder, file), "utf8")),
      before,
    );
    edit("package.json", "/example/", `/${PLACEHOLDER}/`);
    assert.match(release("7.8.9").stderr, /replace github\.com\/OWNER\//);
  });
});
