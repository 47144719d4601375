/** Bundles the Worker, and runs it in workerd on this machine, with D1 in `.anon/workers` or with `ANON_STORAGE=memory:`. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { TABLE } from "./counts.ts";

const { HOST = "localhost", PORT = "3000", TLS_CERT, TLS_KEY, ANON_STORAGE } = process.env;

const DIRECTORY = ".anon/workers";
const isInMemory = ANON_STORAGE === "memory:";

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
  bindings: { ANON_SECRET: process.env.ANON_SECRET || secret() },
  ...(!isInMemory && { d1Databases: { DB: "counter" }, d1Persist: `${DIRECTORY}/d1` }),
  host: HOST,
  port: Number(PORT),
  ...(TLS_CERT && TLS_KEY && { https: true, httpsCertPath: TLS_CERT, httpsKeyPath: TLS_KEY }),
});

const { protocol, port } = await worker.ready;
if (!isInMemory) await (await worker.getD1Database("DB")).exec(TABLE);
console.log(`Listening on ${protocol}//${HOST}${port && `:${port}`}`);

// workerd is a separate process, and must end with this one
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void worker.dispose());

/** As durable as the accounts: a new secret ends all sessions. */
function secret(): string {
  const file = `${DIRECTORY}/secret`;
  const fresh = randomBytes(32).toString("base64url");
  if (isInMemory) return fresh;
  mkdirSync(DIRECTORY, { recursive: true });
  if (!existsSync(file)) writeFileSync(file, fresh, { mode: 0o600 });
  return readFileSync(file, "utf8");
}
