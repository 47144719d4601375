import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Import, importsOf } from "./module-graph.ts";
import { filesUnder, readJson, readText } from "./source-tree.ts";

const FOLDERS = ["sdk", "cli", "storage-drivers"];
const imports = importsOf(...FOLDERS);
const HOST_IMPORTS = [
  "storage-drivers/open.ts",
  "storage-drivers/shared/secret-file.ts",
  "storage-drivers/shared/storage-url.ts",
];
const CLI_PACKAGES = ["citty", "consola", "jiti", "confbox"];

/**
 * Folders and files from top to bottom. Each imports only from its own layer and those below, type imports included.
 * A file belongs to the longest matching path.
 */
const LAYERS: readonly (readonly string[])[] = [
  ["cli/"],
  ["cli/importers/"],
  ["sdk/index.ts", "sdk/context.ts", "sdk/types.ts"],
  ["sdk/adapters/", "sdk/captcha/", "sdk/client/", "sdk/verify/"],
  ["sdk/create-anon.ts"],
  // opens storage by its URL, which imports drivers
  ["sdk/host/"],
  ["sdk/http/api/"],
  ["sdk/http/"],
  ["sdk/operations/"],
  ["sdk/operations/shared/"],
  ["sdk/gc/"],
  ["sdk/merge/"],
  ["sdk/engine.ts"],
  ["sdk/hooks/", "sdk/limits/"],
  ["sdk/codes/", "sdk/idempotency/"],
  ["sdk/transfer/"],
  ["sdk/storage/"],
  ["sdk/tokens/"],
  ["sdk/account/"],
  ["sdk/passwords/"],
  ["sdk/settings/"],
  ["storage-drivers/"],
  ["sdk/config.ts"],
  ["sdk/contract/"],
  ["sdk/crypto/"],
  ["sdk/errors.ts", "sdk/in-workers.ts", "sdk/is-promise.ts", "sdk/recurring-values.ts", "sdk/warn.ts"],
  ["sdk/storage/port.ts", "sdk/storage/unstorage.ts"],
];

const layers = new Map(LAYERS.flatMap((paths, layer) => paths.map((path) => [path, layer] as const)));

function layerOf(file: string): number {
  const [longest = ""] = [...layers.keys()].filter((path) => file.startsWith(path)).sort((a, b) => b.length - a.length);
  return layers.get(longest) ?? Number.NaN;
}

/** The imports from a layer above. */
function upwardImports(all: readonly Import[]): string[] {
  return all
    .filter(({ from, target }) => target !== null && !(layerOf(target) >= layerOf(from)))
    .map(({ from, target }) => `${from} imports ${target}`);
}

/** Imports of files below `folder` that `allowed` does not accept. */
function forbiddenImports(folder: string, allowed: (use: Import) => boolean): string[] {
  return imports
    .filter((use) => use.from.startsWith(folder) && !allowed(use))
    .map((use) => `${use.from} imports ${use.specifier}`);
}

function within(use: Import, ...folders: string[]): boolean {
  return use.target !== null && folders.some((folder) => use.target?.startsWith(folder));
}

describe("architecture", () => {
  it("assigns a layer to every source file", () => {
    assert.deepEqual(
      FOLDERS.flatMap((folder) => filesUnder(folder)).filter((path) => Number.isNaN(layerOf(path))),
      [],
    );
  });

  it("has no import from a layer above", () => {
    assert.ok(imports.length > 500, `${imports.length} imports found`);
    assert.deepEqual(upwardImports(imports), []);
  });

  it("detects a reversed import, type imports included", () => {
    const typeImport = imports.find(
      ({ from, target, typeOnly }) => typeOnly && from === "sdk/gc/judge.ts" && target === "sdk/storage/store.ts",
    );
    assert.ok(typeImport, "sdk/gc/judge.ts imports a type of sdk/storage/store.ts");
    const reversed = { ...typeImport, from: "sdk/storage/store.ts", target: "sdk/gc/judge.ts" };
    assert.deepEqual(upwardImports([...imports, reversed]), ["sdk/storage/store.ts imports sdk/gc/judge.ts"]);
  });

  it("makes the linter refuse import cycles, type imports included", () => {
    const { linter } = readJson<{ linter: { rules: { suspicious: { noImportCycles: unknown } } } }>("biome.json");
    assert.deepEqual(linter.rules.suspicious.noImportCycles, { level: "error", options: { ignoreTypes: false } });
  });

  it("lets sdk/ import only the unstorage adapter of the drivers, and on servers what opens a URL or a secret, and no package of the CLI or a driver", () => {
    const bad = forbiddenImports("sdk/", (use) => {
      if (use.from === "sdk/create-anon.ts" && use.target === "storage-drivers/adapter.ts") return true;
      // not in bundles for edges
      if (use.from.startsWith("sdk/host/") && HOST_IMPORTS.includes(use.target ?? "")) return true;
      if (within(use, "storage-drivers/")) return false;
      return ![...CLI_PACKAGES, "ioredis"].includes(use.specifier.split("/")[0] ?? "");
    });
    assert.deepEqual(bad, []);
  });

  it("lets the client of browsers import only types of the server, and only React's hook a package", () => {
    const bad = forbiddenImports("sdk/client/", (use) => {
      if (within(use, "sdk/client/")) return true;
      if (use.typeOnly && (within(use, "sdk/contract/") || use.target === "sdk/errors.ts")) return true;
      return use.from === "sdk/client/react.ts" && use.specifier === "react";
    });
    assert.deepEqual(bad, []);
  });

  it("lets drivers import only the types of the storage port", () => {
    const bad = forbiddenImports("storage-drivers/", (use) => {
      if (!within(use, "sdk/")) return true;
      // the application sets URL and secret, so their errors have the SDK's codes
      const isSetting = [
        "storage-drivers/open.ts",
        "storage-drivers/third-party.ts",
        "storage-drivers/shared/secret-file.ts",
        "storage-drivers/shared/storage-url.ts",
      ].includes(use.from);
      if (isSetting && use.target === "sdk/errors.ts") return true;
      return use.typeOnly && use.target === "sdk/storage/port.ts";
    });
    assert.deepEqual(bad, []);
  });

  it("lets the CLI import only the SDK's public modules, and open storage by URL", () => {
    // imported directly, these small parts of the SDK keep `anon --help` from loading crypto
    const light = [
      ...["sdk/errors.ts", "sdk/settings/duration.ts", "sdk/settings/nearest.ts"],
      ...["sdk/account/id.ts", "sdk/account/json-text.ts", "sdk/tokens/environment-secrets.ts"],
      // the name of a secret
      ...["sdk/tokens/keyring.ts"],
      // how a pipe is read that may never end
      ...["sdk/transfer/until-aborted.ts"],
    ];
    const published = ["sdk/index.ts", "sdk/transfer/index.ts", "storage-drivers/open.ts", ...light];
    const bad = forbiddenImports("cli/", (use) => {
      if (use.from.startsWith("cli/importers/") || !within(use, "sdk/", "storage-drivers/")) return true;
      if (published.includes(use.target ?? "")) return true;
      // what is secret in a URL, and in a file, is decided in one place
      const isOfSecrets = ["shared/url-secrets.ts", "shared/secret-file.ts", "shared/rotate-secret.ts"].map(
        (path) => `storage-drivers/${path}`,
      );
      if (isOfSecrets.includes(use.target ?? "")) return true;
      return (
        use.typeOnly && (within(use, "sdk/contract/") || ["sdk/config.ts", "sdk/types.ts"].includes(use.target ?? ""))
      );
    });
    assert.deepEqual(bad, []);
  });

  it("lets the importers import only types and errors of the SDK, and open the databases of the sql driver", () => {
    const databases = ["sql/database.ts", "sql/options.ts", "shared/driver-error.ts"];
    const bad = forbiddenImports("cli/importers/", (use) => {
      if (within(use, "cli/importers/") || !within(use, "sdk/", "storage-drivers/", "cli/")) return true;
      if (databases.some((file) => use.target === `storage-drivers/${file}`)) return true;
      if (use.target === "sdk/transfer/until-aborted.ts") return true;
      return use.target === "sdk/errors.ts" || (use.typeOnly && within(use, "sdk/contract/"));
    });
    assert.deepEqual(bad, []);
  });

  it("has each folder's tests in the folder of the same name under test/", () => {
    const folders = (below: string, ending?: string): Set<string> =>
      new Set(filesUnder(below, ending).map((path) => path.slice(0, path.lastIndexOf("/"))));
    const sources = new Set(FOLDERS.flatMap((folder) => [...folders(folder)]));
    const tested = FOLDERS.flatMap((folder) => [...folders(`test/${folder}`, ".test.ts")]);
    assert.deepEqual(
      tested.filter((folder) => !sources.has(folder.slice("test/".length))),
      [],
    );
  });

  it("has no `export *`", () => {
    for (const path of FOLDERS.flatMap((folder) => filesUnder(folder))) {
      assert.doesNotMatch(readText(path), /^export \*/m, path);
    }
  });
});
