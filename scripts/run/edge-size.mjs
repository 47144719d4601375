import { gzipSync } from "node:zlib";
import { build } from "esbuild";

export async function edgeSize(resolveDir) {
  const { outputFiles } = await build({
    stdin: { contents: 'export * from "anon-accounts";', resolveDir },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*"],
    logLevel: "error",
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}
