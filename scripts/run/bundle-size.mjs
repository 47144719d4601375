import { gzipSync } from "node:zlib";
import { build } from "esbuild";

export async function bundleSize(contents, options) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: options.resolveDir },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "browser",
    external: options.external ?? [],
    conditions: options.conditions,
    logLevel: "error",
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

export function edgeSize(resolveDir) {
  const conditions = ["workerd", "worker", "browser"];
  return bundleSize('export * from "anon-accounts";', { resolveDir, conditions, external: ["node:*"] });
}
