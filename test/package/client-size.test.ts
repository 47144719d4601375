/** The client of browsers is small: what a page loads of it, minified and compressed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bundleSize } from "../../scripts/run/bundle-size.mjs";
import { root } from "./source-tree.ts";

const MAXIMUM_BYTES = 4_096;

for (const [entries, external] of [
  [["anon-accounts/client"], []],
  [["anon-accounts/client", "anon-accounts/react"], ["react"]],
] as const) {
  const name = entries.join(" with ");
  describe(name, () => {
    it(`has at most ${MAXIMUM_BYTES} bytes`, async () => {
      const contents = entries.map((entry) => `export * from "${entry}";`).join("\n");
      const bytes = await bundleSize(contents, { resolveDir: root, external });
      console.log(`${name}: ${bytes} bytes, minified and gzipped`);
      assert.ok(bytes <= MAXIMUM_BYTES, `${bytes} bytes`);
    });
  });
}
