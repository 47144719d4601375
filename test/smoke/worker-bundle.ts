/** Bundles a Worker of the tests, from the sources, as an application would. */
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../package/source-tree.ts";

export async function bundleWorker(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, "test", "smoke", name)],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*"],
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
