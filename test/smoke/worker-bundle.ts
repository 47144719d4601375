/** Bundles a Worker as an application would. */
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
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
    plugins: [edgeHost],
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

/** The sources name the host of servers. In the package these conditions choose that of edges, by `#host` in package.json. */
const edgeHost: Plugin = {
  name: "edge-host",
  setup({ onResolve }) {
    onResolve({ filter: /\/host\/server\.ts$/ }, () => ({ path: join(root, "sdk/host/edge.ts") }));
  },
};
