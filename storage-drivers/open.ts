/**
 * Storage by URL: what the command line and a configuration say in one string.
 *
 * @module
 */

import { AnonError } from "../sdk/errors.ts";
import type { AtomicDriver, DriverOpener } from "../sdk/storage/port.ts";
import { DriverError } from "./shared/driver-error.ts";
import { checkOpeners, openThirdParty } from "./third-party.ts";

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

const ACCEPTED = [
  "memory:",
  "fs:./dir",
  "sqlite:./accounts.db",
  "postgres://",
  "redis://",
  "rediss://",
  "redis+cluster://",
];
const FS_DEFAULT = ".anon";

/** A URL in parts. `scheme` is in lower case, also in `url`; `rest` is what follows its colon. */
interface StorageUrl {
  scheme: string;
  rest: string;
  url: string;
}

/** The schemes that are built in. Each loads its driver when it is called. */
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
  const openers = checkOpeners(options?.drivers ?? {}, (scheme) => BUILT_IN.has(scheme));
  const [, typed = "", rest = ""] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(url) ?? [];
  const scheme = typed.toLowerCase();
  const parts: StorageUrl = { scheme, rest, url: `${scheme}:${rest}` };
  const builtIn = BUILT_IN.get(scheme);
  if (builtIn) return builtIn(parts);
  const opener = openers.get(scheme);
  if (opener) return openThirdParty(scheme, parts.url, opener);
  const names = [...ACCEPTED, ...[...openers.keys()].map((name) => `${name}:`)];
  const accepted = `use ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
  if (!scheme) {
    throw new AnonError("invalid_storage_url", `Cannot open the storage: its URL has no scheme, ${accepted}`);
  }
  throw new AnonError("unknown_storage_scheme", `Cannot open "${typed}:": unknown scheme, ${accepted}`);
}

async function openMemory({ rest }: StorageUrl): Promise<AtomicDriver> {
  if (rest !== "" && rest !== "//") throw malformed("memory:", "nothing may follow");
  const { default: memory } = await import("./memory.ts");
  return memory();
}

async function openFs({ rest }: StorageUrl): Promise<AtomicDriver> {
  const base = parsePath(rest);
  const { default: fs } = await import("./fs/index.ts");
  return fs({ base });
}

/** Its secret is a file beside it, as the secret of an fs storage is. */
async function openSqlite({ url, rest }: StorageUrl): Promise<AtomicDriver> {
  const { default: sql } = await import("./sql/index.ts");
  const driver = opened(() => sql({ url }), "sqlite:");
  const { openSecretFile } = await import("./shared/secret-file.ts");
  return rest === ":memory:" ? driver : { ...driver, secretFile: openSecretFile(`${parsePath(rest)}.secret`) };
}

async function openPostgres({ scheme, url }: StorageUrl): Promise<AtomicDriver> {
  const { default: sql } = await import("./sql/index.ts");
  return opened(() => sql({ url }), `${scheme}://`);
}

async function openRedis({ scheme, url }: StorageUrl): Promise<AtomicDriver> {
  const { default: redis } = await import("./redis/index.ts");
  return opened(() => redis({ url }), `${scheme}://`);
}

function malformed(scheme: string, why: string, cause?: unknown): AnonError {
  // The URL itself may hold a password, so it is never shown.
  return new AnonError("invalid_storage_url", `Cannot open this "${scheme}" URL: ${why}`, { cause });
}

function parsePath(rest: string): string {
  const path = rest.startsWith("///") ? rest.slice(2) : rest;
  if (path.startsWith("//")) throw malformed("fs:", "it names a host, use fs:./dir or fs:/dir");
  if (path.includes("\0")) throw malformed("fs:", "a path holds no NUL");
  return path || FS_DEFAULT;
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
