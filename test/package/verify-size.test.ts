/** The entry for services and edges is small and needs no module of Node. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bundleSize } from "../../scripts/run/bundle-size.mjs";
import { root } from "./source-tree.ts";

const MAXIMUM_BYTES = 10_240;

describe("anon-accounts/verify", () => {
  it(`has at most ${MAXIMUM_BYTES} bytes for browsers and edges`, async () => {
    const bytes = await bundleSize('export * from "anon-accounts/verify";', { resolveDir: root });
    console.log(`anon-accounts/verify: ${bytes} bytes, minified and gzipped`);
    assert.ok(bytes <= MAXIMUM_BYTES, `${bytes} bytes`);
  });
});
