/** URLs of storage: which there are, and what each names. Imports nothing of a driver. */
import { AnonError } from "../../sdk/errors.ts";
import type { DriverOpener } from "../../sdk/storage/port.ts";

/** What is built in: how its URLs look, by scheme. */
const FORMS: Readonly<Record<string, string | null>> = {
  memory: "memory:",
  fs: "fs:./dir",
  sqlite: "sqlite:./accounts.db",
  postgres: "postgres://",
  postgresql: null,
  redis: "redis://",
  rediss: "rediss://",
  "redis+cluster": "redis+cluster://",
  "rediss+cluster": null,
};
const FS_DEFAULT = ".anon";

/** A URL in parts. `scheme` is in lower case, also in `url`; `rest` is what follows its colon. */
export interface StorageUrl {
  scheme: string;
  rest: string;
  url: string;
  /** The function of `drivers` that opens it; without one the scheme is built in. */
  opener: DriverOpener | undefined;
}

/**
 * The parts of a URL.
 *
 * @throws AnonError `unknown_storage_scheme`, `invalid_storage_url`, or `invalid_options` for `drivers` that cannot be used. No
 * message shows the URL
 */
export function parseStorageUrl(
  text: string,
  drivers: Readonly<Record<string, DriverOpener>> | null | undefined,
): StorageUrl {
  const openers = checkOpeners(drivers ?? {});
  const [, typed = "", rest = ""] = /^([a-z][a-z0-9+.-]*):(.*)$/is.exec(text) ?? [];
  const scheme = typed.toLowerCase();
  const opener = openers.get(scheme);
  if (opener || Object.hasOwn(FORMS, scheme)) return { scheme, rest, url: `${scheme}:${rest}`, opener };
  const names = [...Object.values(FORMS).filter(Boolean), ...[...openers.keys()].map((name) => `${name}:`)];
  const accepted = `use ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
  if (!scheme) {
    throw new AnonError("invalid_storage_url", `Cannot open the storage: its URL has no scheme, ${accepted}`);
  }
  throw new AnonError("unknown_storage_scheme", `Cannot open "${typed}:": unknown scheme, ${accepted}`);
}

/** The openers by scheme. They come from JavaScript and from data files too, so their types are checked. */
function checkOpeners(drivers: Readonly<Record<string, DriverOpener>>): ReadonlyMap<string, DriverOpener> {
  // an array or a Map has no schemes for keys
  if (typeof drivers !== "object" || Symbol.iterator in drivers) {
    throw notUsable("`drivers`", "pass an object of functions by scheme");
  }
  const openers = new Map(Object.entries(drivers));
  for (const [scheme, opener] of openers) {
    if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) {
      const why = `${JSON.stringify(scheme)} is no scheme, use a-z, 0-9, +, . and -, a letter first, and no colon`;
      throw notUsable("`drivers`", why);
    }
    if (Object.hasOwn(FORMS, scheme)) {
      throw notUsable("`drivers`", `"${scheme}:" is built in, choose another scheme`);
    }
    if (typeof opener !== "function") throw notUsable(`\`drivers.${scheme}\``, "pass a function");
  }
  return openers;
}

/** The path that an `fs:` or `sqlite:` URL names. */
export function pathOf({ rest }: StorageUrl): string {
  const path = rest.startsWith("///") ? rest.slice(2) : rest;
  if (path.startsWith("//")) throw malformed("fs:", "it names a host, use fs:./dir or fs:/dir");
  if (path.includes("\0")) throw malformed("fs:", "a path holds no NUL");
  return path || FS_DEFAULT;
}

/** Where a storage keeps its secret: in the directory of `fs:`, beside the file of `sqlite:`; `null` for others. */
export function secretPathOf(url: StorageUrl): string | null {
  if (url.scheme === "fs") return `${pathOf(url).replace(/[/\\]+$/, "")}/secret`;
  return url.scheme === "sqlite" && url.rest !== ":memory:" ? `${pathOf(url)}.secret` : null;
}

export function malformed(scheme: string, why: string, cause?: unknown): AnonError {
  // The URL itself may hold a password, so it is never shown.
  return new AnonError("invalid_storage_url", `Cannot open this "${scheme}" URL: ${why}`, { cause });
}

export function notUsable(what: string, why: string): AnonError {
  return new AnonError("invalid_options", `Cannot use ${what}: ${why}`);
}
