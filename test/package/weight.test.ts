/** What an application installs with the package, and what an edge loads of it. `npm run check:package` prints more. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { edgeSize } from "../../scripts/run/bundle-size.mjs";
import { readJson, root } from "./source-tree.ts";

/**
 * Without those for one platform, of which npm installs one or two for each library. One of them, jose, is loaded by
 * `anon-accounts/verify` alone, and has no packages of its own. Two, for JSON and CSV, are loaded by `anon import` alone and have
 * none either.
 */
const MAXIMUM_PACKAGES = 23;

/**
 * Includes what is imported only when it is needed, which most bundlers for edges put into the same file. 14 kB of it are
 * bcrypt and scrypt, by which people who were imported sign in for the first time; under 2 kB are `anon.admin.stats`.
 */
const MAXIMUM_EDGE_BYTES = 93_000;

interface Locked {
  dependencies?: Record<string, string>;
}

describe("the weight of the package", () => {
  it(`is at most ${MAXIMUM_PACKAGES} packages`, () => {
    const { packages } = readJson<{ packages: Record<string, Locked> }>("package-lock.json");
    const installed = new Set<string>();
    const open = Object.keys(packages[""]?.dependencies ?? {});
    for (let name = open.pop(); name !== undefined; name = open.pop()) {
      if (installed.has(name)) continue;
      installed.add(name);
      open.push(...Object.keys(packages[`node_modules/${name}`]?.dependencies ?? {}));
    }
    console.log(`${installed.size} packages: ${[...installed].sort().join(", ")}`);
    assert.ok(installed.size <= MAXIMUM_PACKAGES, `${installed.size} packages`);
  });

  it(`is at most ${MAXIMUM_EDGE_BYTES} bytes of the main entry on an edge`, async () => {
    const bytes = await edgeSize(root);
    console.log(`the main entry: ${bytes} bytes, minified and gzipped`);
    assert.ok(bytes <= MAXIMUM_EDGE_BYTES, `${bytes} bytes`);
  });
});
