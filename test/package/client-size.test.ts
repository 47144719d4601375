/** The client of browsers is small: what a page loads of it, minified and compressed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "./source-tree.ts";

const MAXIMUM_BYTES = 4_096;

for (const [name, entry, external] of [
  ["anon-accounts/client", "sdk/client/index.ts", []],
  ["anon-accounts/client with anon-accounts/react", "sdk/client/react.ts", ["react"]],
] as const) {
  describe(name, () => {
    it(`has at most ${MAXIMUM_BYTES} bytes`, async () => {
      const code = ["index.ts", entry.slice("sdk/client/".length)]
        .map((file) => `export * from "./${file}";`)
        .join("\n");
      const { outputFiles } = await build({
        stdin: { contents: code, resolveDir: join(root, "sdk/client") },
        bundle: true,
        minify: true,
        format: "esm",
        target: "es2022",
        external: [...external],
        write: false,
      });
      const bytes = gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
      console.log(`${name}: ${bytes} bytes, minified and gzipped`);
      assert.ok(bytes <= MAXIMUM_BYTES, `${bytes} bytes`);
    });
  });
}
