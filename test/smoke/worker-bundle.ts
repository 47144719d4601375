/** Bundles a Worker as an application would. */
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "../package/source-tree.ts";

/** @param path From the top of the repository */
export async function bundleWorker(path: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, path)],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    conditions: ["workerd", "worker", "browser"],
    loader: { ".css": "text" },
    external: ["node:*"],
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
