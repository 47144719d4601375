/** The entry for services and edges is small and needs no module of Node. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "./source-tree.ts";

const MAXIMUM_BYTES = 10_240;

describe("anon-accounts/verify", () => {
  it(`has at most ${MAXIMUM_BYTES} bytes for browsers and edges`, async () => {
    // for this platform esbuild refuses imports of Node's modules
    const { outputFiles } = await build({
      stdin: { contents: 'export * from "anon-accounts/verify";', resolveDir: root },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "browser",
      target: "es2022",
      write: false,
    });
    const bytes = gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
    console.log(`anon-accounts/verify: ${bytes} bytes, minified and gzipped`);
    assert.ok(bytes <= MAXIMUM_BYTES, `${bytes} bytes`);
  });
});
