/**
 * Storage by URL: what the command line and a configuration say in one string.
 *
 * @module
 */

import type { AtomicDriver, DriverOpener } from "../sdk/storage/port.ts";
import { DriverError } from "./shared/driver-error.ts";
import { malformed, parseStorageUrl, pathOf, type StorageUrl, secretPathOf } from "./shared/storage-url.ts";
import { openThirdParty } from "./third-party.ts";

export type {
  AnyStorage,
  AtomicDriver,
  DriverOpener,
  DueEntry,
  DuePage,
  Guarantee,
  SwapOptions,
} from "../sdk/storage/port.ts";
export { adapt } from "./adapter.ts";
export { DriverError, type DriverErrorCode } from "./shared/driver-error.ts";

/** The schemes of `storage-url.ts` that are built in. Each loads its driver when it is called. */
const BUILT_IN: ReadonlyMap<string, (url: StorageUrl) => Promise<AtomicDriver>> = new Map([
  ["memory", openMemory],
  ["fs", openFs],
  ["sqlite", openSqlite],
  ["postgres", openPostgres],
  ["postgresql", openPostgres],
  ["redis", openRedis],
  ["rediss", openRedis],
  ["redis+cluster", openRedis],
  ["rediss+cluster", openRedis],
]);

/**
 * Opens the storage a URL names. The driver is loaded when it is needed, and connects when it is first used.
 *
 * | URL | opens |
 * | --- | --- |
 * | `memory:` | a new, empty memory |
 * | `fs:./dir`, `fs:/dir`, `fs:` | a directory, `.anon` when none is named |
 * | `sqlite:./accounts.db`, `sqlite:/srv/accounts.db`, `sqlite::memory:` | a file of SQLite, or a new, empty database |
 * | `postgres://[user:password@]host[:port]/database`, `postgresql://…` | PostgreSQL, with TLS for `?sslmode=verify-full` |
 * | `redis://[user:password@]host[:port][/db]`, `rediss://…` | Redis or Valkey, with TLS for `rediss` |
 * | `redis+cluster://[user:password@]host:port,host:port`, `rediss+cluster://…` | a cluster, from any of its nodes |
 * | a scheme of `drivers` | what that function returns, through `adapt` unless it is an `AtomicDriver` |
 *
 * @throws AnonError `unknown_storage_scheme` for any other scheme, `invalid_storage_url` for a URL that is malformed,
 * `invalid_options` for `drivers` that cannot be used, `storage_unavailable` when a function of `drivers` throws. No message
 * shows the URL
 *
 * @example
 * ```ts
 * import { open } from "anon-accounts/drivers";
 * import unstorageMemory from "unstorage/drivers/memory";
 *
 * const storage = await open("memory:");
 * console.assert(storage.guarantee === "process");
 *
 * const drivers = { scratch: () => unstorageMemory(undefined) };
 * const scratch = await open("scratch:", { drivers });
 * console.assert(await scratch.swap("greeting", null, "hello"));
 * ```
 */
export async function open(
  url: string,
  options?: { drivers?: Readonly<Record<string, DriverOpener>> },
): Promise<AtomicDriver> {
  const parts = parseStorageUrl(url, options?.drivers);
  if (parts.opener) return openThirdParty(parts.scheme, parts.url, parts.opener);
  return (BUILT_IN.get(parts.scheme) as typeof openMemory)(parts);
}

async function openMemory({ rest }: StorageUrl): Promise<AtomicDriver> {
  if (rest !== "" && rest !== "//") throw malformed("memory:", "nothing may follow");
  const { default: memory } = await import("./memory.ts");
  return memory();
}

async function openFs(url: StorageUrl): Promise<AtomicDriver> {
  const base = pathOf(url);
  const { default: fs } = await import("./fs/index.ts");
  return fs({ base });
}

/** Its secret is a file beside it, as the secret of an fs storage is. */
async function openSqlite(parts: StorageUrl): Promise<AtomicDriver> {
  const { default: sql } = await import("./sql/index.ts");
  const driver = opened(() => sql({ url: parts.url }), "sqlite:");
  const path = secretPathOf(parts);
  if (path === null) return driver;
  const { openSecretFile } = await import("./shared/secret-file.ts");
  return { ...driver, secretFile: openSecretFile(await import("node:fs"), path) };
}

async function openPostgres({ scheme, url }: StorageUrl): Promise<AtomicDriver> {
  const { default: sql } = await import("./sql/index.ts");
  return opened(() => sql({ url }), `${scheme}://`);
}

async function openRedis({ scheme, url }: StorageUrl): Promise<AtomicDriver> {
  const { default: redis } = await import("./redis/index.ts");
  return opened(() => redis({ url }), `${scheme}://`);
}

/** The driver parses its own URL; a refusal of it is one of the URL. */
function opened(make: () => AtomicDriver, scheme: string): AtomicDriver {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof DriverError)) throw cause;
    throw malformed(scheme, cause.message.replace(/^Cannot [^:]*: /, ""), cause);
  }
}
