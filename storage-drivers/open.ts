/** Storage by URL: what the command line and a configuration say in one string. */
import { AnonError } from "../sdk/errors.ts";
import type { AtomicDriver } from "../sdk/storage/port.ts";

export type { AtomicDriver, DueEntry, DuePage, Guarantee, SwapOptions } from "../sdk/storage/port.ts";
export { adapt } from "./adapter.ts";
export { DriverError, type DriverErrorCode } from "./shared/driver-error.ts";

const ACCEPTED = "memory:, fs:./dir, redis://, rediss:// or redis+cluster://";
const FS_DEFAULT = ".anon";
const REDIS_PORT = 6379;

/**
 * Opens the storage a URL names. The driver is loaded when it is needed, and connects when it is first used.
 *
 * | URL | opens |
 * | --- | --- |
 * | `memory:` | a new, empty memory |
 * | `fs:./dir`, `fs:/dir`, `fs:` | a directory, `.anon` when none is named |
 * | `redis://[user:password@]host[:port][/db]`, `rediss://…` | Redis or Valkey, with TLS for `rediss` |
 * | `redis+cluster://[user:password@]host:port,host:port[?tls=true&prefix=…]` | a cluster, from any of its nodes |
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
    case "rediss": {
      checkRedis(url, `${scheme.toLowerCase()}://`);
      const { default: redis } = await import("./redis/index.ts");
      return redis({ url });
    }
    case "redis+cluster": {
      const options = parseCluster(rest);
      const { default: redis } = await import("./redis/index.ts");
      return redis(options);
    }
    case "":
      throw new AnonError("invalid_storage_url", `Cannot open the storage: its URL has no scheme, use ${ACCEPTED}`);
    default:
      throw new AnonError("unknown_storage_scheme", `Cannot open "${scheme}:": unknown scheme, use ${ACCEPTED}`);
  }
}

function malformed(scheme: string, why: string): AnonError {
  // The URL itself may hold a password, so it is never shown.
  return new AnonError("invalid_storage_url", `Cannot open this ${scheme} URL: ${why}`);
}

function parsePath(rest: string): string {
  const path = rest.startsWith("///") ? rest.slice(2) : rest;
  if (path.startsWith("//")) throw malformed("fs:", "it names a host, use fs:./dir or fs:/dir");
  if (path.includes("\0")) throw malformed("fs:", "a path holds no NUL");
  return path || FS_DEFAULT;
}

function checkRedis(url: string, scheme: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed?.hostname) throw malformed(scheme, `use ${scheme}[user:password@]host[:port][/db]`);
  if (!/^\/?\d*$/.test(parsed.pathname)) throw malformed(scheme, "its path is the number of a database");
}

/** What a `redis+cluster:` URL says; several hosts make it no URL that `URL` could parse. */
interface ClusterUrl {
  nodes: { host: string; port: number }[];
  username?: string;
  password?: string;
  tls?: boolean;
  prefix?: string;
}

function parseCluster(rest: string): ClusterUrl {
  const scheme = "redis+cluster://";
  const [, authority, query = ""] = /^\/\/(.*?)\/?(?:\?([^?]*))?$/s.exec(rest) ?? [];
  if (!authority) throw malformed(scheme, `use ${scheme}[user:password@]host:port,host:port`);
  const at = authority.lastIndexOf("@");
  const nodes = authority
    .slice(at + 1)
    .split(",")
    .map(parseNode);
  const options: ClusterUrl = { nodes };
  if (at >= 0) {
    const [, username, password] = /^([^:]*)(?::(.*))?$/s.exec(authority.slice(0, at)) ?? [];
    if (username) options.username = decode(username);
    if (password) options.password = decode(password);
  }
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === "prefix") options.prefix = value;
    else if (name === "tls" && /^(true|false)$/.test(value)) options.tls = value === "true";
    else throw malformed(scheme, "behind the question mark it takes only tls=true, tls=false and prefix=…");
  }
  return options;

  function parseNode(node: string): { host: string; port: number } {
    const [, host, port = String(REDIS_PORT)] = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?$/i.exec(node) ?? [];
    if (!host || Number(port) < 1 || Number(port) > 65_535) throw malformed(scheme, "each node is host:port");
    return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
  }

  function decode(text: string): string {
    try {
      return decodeURIComponent(text);
    } catch {
      throw malformed(scheme, "user and password must be percent-encoded");
    }
  }
}
