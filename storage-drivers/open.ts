/**
 * Storage by URL: what the command line and a configuration say in one string.
 *
 * @module
 */

import { AnonError } from "../sdk/errors.ts";
import type { AtomicDriver } from "../sdk/storage/port.ts";
import { DriverError } from "./shared/driver-error.ts";

export type { AtomicDriver, DueEntry, DuePage, Guarantee, SwapOptions } from "../sdk/storage/port.ts";
export { adapt } from "./adapter.ts";
export { DriverError, type DriverErrorCode } from "./shared/driver-error.ts";

const ACCEPTED = "memory:, fs:./dir, redis://, rediss:// or redis+cluster://";
const FS_DEFAULT = ".anon";

/**
 * Opens the storage a URL names. The driver is loaded when it is needed, and connects when it is first used.
 *
 * | URL | opens |
 * | --- | --- |
 * | `memory:` | a new, empty memory |
 * | `fs:./dir`, `fs:/dir`, `fs:` | a directory, `.anon` when none is named |
 * | `redis://[user:password@]host[:port][/db]`, `rediss://…` | Redis or Valkey, with TLS for `rediss` |
 * | `redis+cluster://[user:password@]host:port,host:port`, `rediss+cluster://…` | a cluster, from any of its nodes |
 *
 * @throws AnonError `unknown_storage_scheme` for any other scheme, `invalid_storage_url` for a URL that is malformed
 *
 * @example
 * ```ts
 * import { open } from "anon-accounts/drivers";
 *
 * const storage = await open("memory:");
 * console.assert(storage.guarantee === "process");
 * ```
 */
export async function open(url: string): Promise<AtomicDriver> {
  const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(url) ?? [];
  switch (scheme.toLowerCase()) {
    case "memory": {
      if (rest !== "" && rest !== "//") throw malformed("memory:", "nothing may follow");
      const { default: memory } = await import("./memory.ts");
      return memory();
    }
    case "fs": {
      const base = parsePath(rest);
      const { default: fs } = await import("./fs/index.ts");
      return fs({ base });
    }
    case "redis":
    case "rediss":
    case "redis+cluster":
    case "rediss+cluster": {
      const { default: redis } = await import("./redis/index.ts");
      return opened(
        () => redis({ url: scheme.toLowerCase() + url.slice(scheme.length) }),
        `${scheme.toLowerCase()}://`,
      );
    }
    case "":
      throw new AnonError("invalid_storage_url", `Cannot open the storage: its URL has no scheme, use ${ACCEPTED}`);
    default:
      throw new AnonError("unknown_storage_scheme", `Cannot open "${scheme}:": unknown scheme, use ${ACCEPTED}`);
  }
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
