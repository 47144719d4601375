/** Bundles the Worker, and runs it in workerd on this machine. */
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";

const { HOST = "localhost", PORT = "3000", TLS_CERT, TLS_KEY } = process.env;

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("worker.ts", import.meta.url))],
  bundle: true,
  write: false,
  format: "esm",
  target: "es2022",
  conditions: ["workerd", "worker", "browser"],
  loader: { ".css": "text" },
  external: ["node:*"],
  logLevel: "error",
});

const worker = new Miniflare({
  modules: [{ type: "ESModule", path: "worker.mjs", contents: outputFiles[0]?.text ?? "" }],
  compatibilityDate: "2026-04-01",
  // AsyncLocalStorage, which `anonymous` of anon-accounts/fetch needs
  compatibilityFlags: ["nodejs_als"],
  // a new secret at each start is enough: the accounts are in memory too
  bindings: { ANON_SECRET: process.env.ANON_SECRET || randomBytes(32).toString("base64url") },
  host: HOST,
  port: Number(PORT),
  ...(TLS_CERT && TLS_KEY && { https: true, httpsCertPath: TLS_CERT, httpsKeyPath: TLS_KEY }),
});

const { protocol, port } = await worker.ready;
console.log(`Listening on ${protocol}//${HOST}${port && `:${port}`}`);

// workerd is a separate process, and must end with this one
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void worker.dispose());
