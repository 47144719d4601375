import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { filesUnder, type Import, importsOf, readText } from "./source-tree.ts";

const sources = ["sdk", "cli", "storage-drivers"].flatMap((folder) => filesUnder(folder));
const imports = sources.flatMap((path) => importsOf(path));
const CLI_PACKAGES = ["citty", "consola", "c12"];

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
  it("reads the imports it judges by", () => {
    assert.ok(
      imports.some((use) => use.from === "sdk/index.ts" && use.target === "sdk/create-anon.ts" && !use.typeOnly),
    );
    assert.ok(imports.some((use) => use.from === "storage-drivers/memory.ts" && use.target === "sdk/storage/port.ts"));
  });

  it("sdk never looks at the CLI, and at the drivers only through the adapter", () => {
    const bad = forbidden("sdk/", (use) => {
      if (use.from === "sdk/create-anon.ts" && use.target === "storage-drivers/adapter.ts") return true;
      return !within(use, "cli/", "storage-drivers/", "test/", "bench/");
    });
    assert.deepEqual(bad, []);
  });

  it("sdk imports no package of the CLI, and no package of one driver", () => {
    assert.deepEqual(
      forbidden("sdk/", (use) => ![...CLI_PACKAGES, "ioredis"].some((name) => use.specifier.split("/")[0] === name)),
      [],
    );
  });

  it("drivers know only the types of the port", () => {
    const bad = forbidden("storage-drivers/", (use) => {
      if (!within(use, "sdk/", "cli/")) return true;
      // a URL and a secret are the application's: what is wrong with them is told with the SDK's codes
      const isSetting = ["storage-drivers/open.ts", "storage-drivers/fs/secret.ts"].includes(use.from);
      if (isSetting && use.target === "sdk/errors.ts") return true;
      return use.typeOnly && use.target === "sdk/storage/port.ts";
    });
    assert.deepEqual(bad, []);
  });

  it("model, crypto and policy never reach up to operations or storage", () => {
    for (const layer of ["sdk/model/", "sdk/crypto/", "sdk/policy/"]) {
      assert.deepEqual(
        forbidden(
          layer,
          (use) => !within(use, "sdk/operations/", "sdk/storage/", "sdk/engine.ts", "sdk/create-anon.ts"),
        ),
        [],
      );
    }
  });

  it("storage never reaches up to operations", () => {
    assert.deepEqual(
      forbidden("sdk/storage/", (use) => !within(use, "sdk/operations/", "sdk/engine.ts", "sdk/create-anon.ts")),
      [],
    );
  });

  it("the CLI uses only what the SDK publishes, and opens storage by URL", () => {
    // Errors and durations are re-exported by sdk/index.ts; taken from their own files, `anon --help` loads no crypto.
    const published = ["sdk/index.ts", "sdk/errors.ts", "sdk/settings/duration.ts", "storage-drivers/open.ts"];
    // One rule for the JSON of a flag and of a request.
    published.push("sdk/account/json-text.ts");
    const bad = forbidden("cli/", (use) => {
      if (!within(use, "sdk/", "storage-drivers/")) return true;
      if (published.includes(use.target ?? "")) return true;
      return (
        use.typeOnly && ["sdk/contract/anon.ts", "sdk/contract/records.ts", "sdk/config.ts"].includes(use.target ?? "")
      );
    });
    assert.deepEqual(bad, []);
  });

  it("an operation is one file with one exported verb", () => {
    for (const path of filesUnder("sdk/operations")) {
      const verbs = readText(path).match(/^export (async )?(function|const|class)/gm) ?? [];
      assert.equal(verbs.length, 1, path);
    }
  });

  it("no source re-exports by `export *`", () => {
    for (const path of sources) assert.doesNotMatch(readText(path), /^export \*/m, path);
  });
});
