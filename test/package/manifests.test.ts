import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { dirname, join, matchesGlob } from "node:path";
import { describe, it } from "node:test";
import { filesUnder, readJson, readText, root } from "./source-tree.ts";

interface Manifest<Target> {
  name: string;
  version: string;
  license: string;
  exports: Record<string, Target>;
}
interface NpmManifest extends Manifest<{ types: string; default: string }> {
  bin: { anon: string; "anon-accounts": string };
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}

const npm = readJson<NpmManifest>("package.json");
const jsr = readJson<Manifest<string>>("jsr.json");
const subpaths = Object.keys(npm.exports).filter((path) => path !== "./package.json");

describe("manifests", () => {
  it("agree on version and license", () => {
    assert.equal(npm.name, "anon-accounts");
    assert.equal(jsr.name, "@anon/accounts");
    assert.equal(jsr.version, npm.version);
    assert.equal(jsr.license, npm.license);
  });

  it("export the same subpaths from the same sources", () => {
    // npm has the command line as `bin`
    const { "./cli": commandLine, ...exported } = jsr.exports;
    assert.equal(commandLine, npm.bin.anon.replace(/^dist\//, "./").replace(/\.js$/, ".ts"));
    assert.deepEqual(Object.keys(exported), subpaths);
    for (const path of subpaths) {
      const built = npm.exports[path]!.default.replace("./dist/", "./").replace(/\.js$/, ".ts");
      assert.equal(jsr.exports[path], built, path);
    }
  });

  it("export nothing by wildcard", () => {
    for (const path of [...Object.keys(npm.exports), ...Object.keys(jsr.exports)]) assert.ok(!path.includes("*"), path);
  });

  it("name sources that exist", () => {
    for (const path of Object.values(jsr.exports)) assert.ok(existsSync(join(root, path)), path);
  });

  it("name built files that exist, each with its types", () => {
    for (const path of subpaths) {
      const { types, default: file } = npm.exports[path]!;
      assert.equal(types, file.replace(/\.js$/, ".d.ts"));
      for (const built of [types, file]) assert.ok(existsSync(join(root, built)), `${built}: run npm run build`);
    }
  });

  it("publish every page that a published page links to, also on JSR", () => {
    const { include } = readJson<{ publish: { include: string[] } }>("jsr.json").publish;
    const isPublished = (path: string) => include.some((glob) => matchesGlob(path, glob));
    const pages = ["README.md", "SECURITY.md", "CHANGELOG.md", ...filesUnder("docs", ".md")];
    for (const page of pages) {
      assert.ok(isPublished(page), page);
      for (const [, link = ""] of readText(page).matchAll(/\]\((?!\w+:)([^)#]+)(?:#[^)]*)?\)/g)) {
        const path = join(dirname(page), link).replaceAll("\\", "/");
        assert.ok(isPublished(path) && existsSync(join(root, path)), `${page} links to ${link}`);
      }
    }
  });

  it("name the repository in the form with which npm resolves README's relative links", () => {
    const { repository } = readJson<{ repository: { type: string; url: string; directory?: string } }>("package.json");
    assert.equal(repository.type, "git");
    assert.match(repository.url, /^git\+https:\/\/github\.com\/[^/]+\/[^/]+\.git$/);
    assert.equal(repository.directory, undefined);
    assert.doesNotMatch(readText("README.md"), /\]\(\/|(?:src|href)="\//);
  });

  it("leave out the site's sources, and what is installed for them", () => {
    const { exclude } = readJson<{ publish: { exclude: string[] } }>("jsr.json").publish;
    assert.ok(exclude.includes("docs/.vitepress/**"));
    assert.ok(readJson<{ files: string[] }>("package.json").files.includes("!docs/.vitepress"));
    const lock = readText("docs/.vitepress/package-lock.json");
    assert.ok(!lock.includes('"resolved"'));
    const { devDependencies } = readJson<NpmManifest>("docs/.vitepress/package.json");
    for (const [name, version] of Object.entries(devDependencies)) assert.match(version, /^\d+\.\d+\.\d+$/, name);
  });

  it("leave out README's screenshots, which npm shows from the repository, and keep them small", () => {
    assert.ok(readJson<{ files: string[] }>("package.json").files.includes("!docs/screenshots"));
    const shown = [...readText("README.md").matchAll(/<img src="\.\/(docs\/screenshots\/[^"]+)"/g)].map(
      ([, path]) => path,
    );
    const stored = filesUnder("docs/screenshots", ".webp");
    assert.deepEqual(shown.sort(), stored);
    const examples = filesUnder("examples", "/README.md").map((path) => path.split("/")[1] ?? "");
    const missing = examples.filter((name) => !shown.some((path) => path?.startsWith(`docs/screenshots/${name}`)));
    assert.deepEqual(missing, [], "examples without a screenshot");
    const bytes = stored.reduce((sum, path) => sum + statSync(join(root, path)).size, 0);
    assert.ok(bytes < 400_000, `${bytes} bytes`);
  });

  it("install an executable binary with a shebang", () => {
    const path = npm.bin.anon;
    // `npx anon-accounts` and its like in other package managers look for the package's own name
    assert.deepEqual(npm.bin, { anon: path, "anon-accounts": path });
    assert.match(readText(path), /^#!\/usr\/bin\/env node\n/);
    if (process.platform !== "win32") assert.ok(statSync(join(root, path)).mode & 0o100);
  });

  it("have the same version as the CLI", async () => {
    const { version } = await import("../../cli/version.ts");
    assert.equal(version, npm.version);
  });

  it("pin every dependency to one version", () => {
    for (const [name, range] of Object.entries({ ...npm.dependencies, ...npm.devDependencies })) {
      assert.match(range, /^(npm:[\w/@-]+@)?\d+\.\d+\.\d+$/, name);
    }
  });

  it("pin the frameworks of the tests, without registry addresses", () => {
    const folders = filesUnder("test/frameworks", "/package.json").map((path) => path.replace(/package\.json$/, ""));
    assert.ok(folders.length > 0);
    for (const folder of folders) {
      const { dependencies, devDependencies } = readJson<NpmManifest>(`${folder}package.json`);
      const pinned = { ...dependencies, ...devDependencies };
      for (const [name, range] of Object.entries(pinned)) assert.match(range, /^\d+\.\d+\.\d+$/, folder + name);
      const lock = readText(`${folder}package-lock.json`);
      assert.ok(!lock.includes('"resolved"'), folder);
      const { packages } = JSON.parse(lock) as { packages: Record<string, Partial<NpmManifest>> };
      assert.deepEqual({ ...packages[""]?.dependencies, ...packages[""]?.devDependencies }, pinned, folder);
    }
  });

  it("have a changelog entry for the version", () => {
    assert.ok(readText("CHANGELOG.md").includes(`## ${npm.version}`));
  });

  it("lock the versions of package.json, without registry addresses", () => {
    const lock = readJson<{ version: string; packages: Record<string, Partial<NpmManifest>> }>("package-lock.json");
    assert.equal(lock.version, npm.version);
    assert.deepEqual(lock.packages[""]?.dependencies, npm.dependencies);
    assert.deepEqual(lock.packages[""]?.devDependencies, npm.devDependencies);
    assert.ok(!readText("package-lock.json").includes('"resolved"'));
  });
});
