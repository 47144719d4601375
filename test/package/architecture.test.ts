import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Import, importsOf } from "./module-graph.ts";
import { filesUnder, readJson, readText } from "./source-tree.ts";

const FOLDERS = ["sdk", "cli", "storage-drivers"];
const imports = importsOf(...FOLDERS);
const CLI_PACKAGES = ["citty", "consola", "c12"];

/**
 * Folders and files from the top to the bottom: each imports from its own layer and from those below, type imports
 * included. A file belongs to the longest path that it begins with.
 */
const LAYERS: readonly (readonly string[])[] = [
  ["cli/"],
  ["sdk/index.ts", "sdk/context.ts", "sdk/types.ts", "storage-drivers/open.ts"],
  ["sdk/adapters/"],
  ["sdk/create-anon.ts"],
  ["sdk/http/api/"],
  ["sdk/http/"],
  ["sdk/operations/"],
  ["sdk/operations/shared/"],
  ["sdk/gc/"],
  ["sdk/merge/"],
  ["sdk/engine.ts"],
  ["sdk/hooks/", "sdk/limits/"],
  ["sdk/codes/", "sdk/idempotency/"],
  ["sdk/storage/"],
  ["sdk/tokens/"],
  ["sdk/account/"],
  ["sdk/passwords/"],
  ["sdk/settings/"],
  ["storage-drivers/"],
  ["sdk/config.ts"],
  ["sdk/contract/"],
  ["sdk/crypto/"],
  ["sdk/errors.ts", "sdk/warn.ts", "sdk/storage/port.ts"],
];

const layers = new Map(LAYERS.flatMap((paths, layer) => paths.map((path) => [path, layer] as const)));

function layerOf(file: string): number {
  const [longest = ""] = [...layers.keys()].filter((path) => file.startsWith(path)).sort((a, b) => b.length - a.length);
  return layers.get(longest) ?? Number.NaN;
}

/** The imports that lead to a layer above. */
function upward(all: readonly Import[]): string[] {
  return all
    .filter(({ from, target }) => target !== null && !(layerOf(target) >= layerOf(from)))
    .map(({ from, target }) => `${from} imports ${target}`);
}

/** Imports of files below `folder` that `allowed` does not accept. */
function forbidden(folder: string, allowed: (use: Import) => boolean): string[] {
  return imports
    .filter((use) => use.from.startsWith(folder) && !allowed(use))
    .map((use) => `${use.from} imports ${use.specifier}`);
}

function within(use: Import, ...folders: string[]): boolean {
  return use.target !== null && folders.some((folder) => use.target?.startsWith(folder));
}

describe("architecture", () => {
  it("knows the layer of every source", () => {
    assert.deepEqual(
      FOLDERS.flatMap((folder) => filesUnder(folder)).filter((path) => Number.isNaN(layerOf(path))),
      [],
    );
  });

  it("imports nothing from a layer above", () => {
    assert.ok(imports.length > 500, `${imports.length} imports were found`);
    assert.deepEqual(upward(imports), []);
  });

  it("notices one arrow that is turned round, of a type too", () => {
    const arrow = imports.find(
      ({ from, target, typeOnly }) => typeOnly && from === "sdk/gc/judge.ts" && target === "sdk/storage/store.ts",
    );
    assert.ok(arrow, "sdk/gc/judge.ts imports a type of sdk/storage/store.ts");
    const turned = { ...arrow, from: "sdk/storage/store.ts", target: "sdk/gc/judge.ts" };
    assert.deepEqual(upward([...imports, turned]), ["sdk/storage/store.ts imports sdk/gc/judge.ts"]);
  });

  it("has the linter refuse cycles of files, of types too", () => {
    const { linter } = readJson<{ linter: { rules: { suspicious: { noImportCycles: unknown } } } }>("biome.json");
    assert.deepEqual(linter.rules.suspicious.noImportCycles, { level: "error", options: { ignoreTypes: false } });
  });

  it("sdk knows one driver, the adapter, and no package of the CLI or of a driver", () => {
    const bad = forbidden("sdk/", (use) => {
      if (use.from === "sdk/create-anon.ts" && use.target === "storage-drivers/adapter.ts") return true;
      if (within(use, "storage-drivers/")) return false;
      return ![...CLI_PACKAGES, "ioredis"].includes(use.specifier.split("/")[0] ?? "");
    });
    assert.deepEqual(bad, []);
  });

  it("drivers know only the types of the port", () => {
    const bad = forbidden("storage-drivers/", (use) => {
      if (!within(use, "sdk/")) return true;
      // a URL and a secret are the application's: their errors have the SDK's codes
      const isSetting = ["storage-drivers/open.ts", "storage-drivers/fs/secret.ts"].includes(use.from);
      if (isSetting && use.target === "sdk/errors.ts") return true;
      return use.typeOnly && use.target === "sdk/storage/port.ts";
    });
    assert.deepEqual(bad, []);
  });

  it("the CLI uses only what the SDK publishes, and opens storage by URL", () => {
    // what sdk/index.ts publishes too: taken from their own files, `anon --help` loads no crypto
    const light = ["sdk/errors.ts", "sdk/settings/duration.ts", "sdk/account/json-text.ts"];
    const published = ["sdk/index.ts", "storage-drivers/open.ts", ...light];
    const bad = forbidden("cli/", (use) => {
      if (!within(use, "sdk/", "storage-drivers/")) return true;
      if (published.includes(use.target ?? "")) return true;
      return (
        use.typeOnly && (within(use, "sdk/contract/") || ["sdk/config.ts", "sdk/types.ts"].includes(use.target ?? ""))
      );
    });
    assert.deepEqual(bad, []);
  });

  it("has the tests of a folder in the folder of the same name", () => {
    const folders = (below: string, ending?: string): Set<string> =>
      new Set(filesUnder(below, ending).map((path) => path.slice(0, path.lastIndexOf("/"))));
    const sources = new Set(FOLDERS.flatMap((folder) => [...folders(folder)]));
    const tested = FOLDERS.flatMap((folder) => [...folders(`test/${folder}`, ".test.ts")]);
    assert.deepEqual(
      tested.filter((folder) => !sources.has(folder.slice("test/".length))),
      [],
    );
  });

  it("no source re-exports by `export *`", () => {
    for (const path of FOLDERS.flatMap((folder) => filesUnder(folder))) {
      assert.doesNotMatch(readText(path), /^export \*/m, path);
    }
  });
});
