/** The storage and the collections that a command works on: a misspelt name must not look like an empty one. */
import { existsSync, realpathSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { AnonConfig } from "../../sdk/config.ts";
import type { Anon } from "../../sdk/contract/anon.ts";
import { printable, quote, UsageError } from "./errors.ts";
import type { Messages } from "./messages.ts";

/** A storage, and the configured collections: `null` if any name is one. */
export interface Place {
  storage: string;
  collections: readonly string[] | null;
}

/** The part of a place that a command works on. */
export function partOf({ storage, collections }: Place, collection: string | undefined): Place {
  return { storage, collections: collection === undefined ? collections : [collection] };
}

/** The same for a command that reads the storage itself, also the collections that are not configured. */
export function storedPartOf({ storage }: Place, collection: string | undefined): Place {
  return partOf({ storage, collections: null }, collection);
}

/** A place as messages name it. */
export function placeText({ storage, collections }: Place): string {
  const which = collections === null ? "all collections" : `collection ${collections.join(", ")}`;
  return `${which} of ${printable(storage)}`;
}

/** Says on stderr where a command worked. */
export async function sayPlace(messages: Messages, place: Place): Promise<void> {
  await messages.info(`Worked on ${placeText(place)}`);
}

/** Says that a collection has no accounts. */
export async function sayEmpty(messages: Messages, { storage }: Place, collection: string): Promise<void> {
  await messages.info(
    `There is no account in collection ${quote(collection)} of ${printable(storage)}: check the name`,
  );
}

/**
 * For commands that read the storage itself, and not through the SDK.
 *
 * @throws {AnonError} `unknown_collection`, `invalid_collection`
 */
export async function checkCollection(anon: Anon, collection: string | undefined): Promise<void> {
  if (collection === undefined) return;
  for await (const _none of anon.admin.list({ collection, limit: 0 }));
}

// on Redis, only a look at every key shows that a collection has no accounts
const PATIENCE_MS = 2_000;

/** Whether a collection that is not configured has no accounts. `false` also if the search takes too long. */
export async function looksEmpty(anon: Anon, place: Place, collection: string): Promise<boolean> {
  if (place.collections !== null) return false;
  const looks = [false, true].map(async (quarantined) => {
    for await (const _one of anon.admin.list({ collection, quarantined, limit: 1 })) return false;
    return true;
  });
  // a value that cannot be read is an account too
  const areEmpty = Promise.all(looks).then(
    (each) => !each.includes(false),
    () => false,
  );
  return await Promise.race([areEmpty, sleep(PATIENCE_MS, false, { ref: false })]);
}

/** The properties of a driver that say where its data is. */
interface Shown {
  name?: string;
  options?: { base?: unknown; file?: unknown; where?: unknown };
}

/** Whether what is stored there is gone when the process ends. */
function isVolatile(storage: object): boolean {
  const { name, options } = storage as Shown;
  return name === "memory" || (name === "sql" && options?.where === ":memory:");
}

/**
 * For commands that fill a storage: what they write to a memory is gone when they end.
 *
 * @param action As in "Cannot load into"
 * @param allowed The flag of a command whose dry run may use a memory
 * @throws {UsageError}
 */
export function checkLasting(action: string, storage: object, allowed?: { dryRun: boolean }): void {
  if (allowed?.dryRun || !isVolatile(storage)) return;
  const orDryRun = allowed ? ", or --dry-run" : "";
  throw new UsageError(
    `Cannot ${action} a memory, which is gone when this command ends: use another storage${orDryRun}`,
  );
}

/** Where on this machine a storage is. */
export interface LocalPlace {
  scheme: "fs" | "sqlite";
  path: string;
}

/** The directory or the file of a URL, as `open` reads it, or of a driver; `null` for other storages. */
export function localPlaceOf(storage: NonNullable<AnonConfig["storage"]>): LocalPlace | null {
  if (typeof storage !== "string") {
    const { name, options } = storage as Shown;
    const isFs = name === "fs" || name === "fs-lite";
    if (isFs && typeof options?.base === "string") return { scheme: "fs", path: options.base };
    return name === "sql" && typeof options?.file === "string" ? { scheme: "sqlite", path: options.file } : null;
  }
  const [, scheme = "", rest = ""] = /^(fs|sqlite):(.*)$/is.exec(storage) ?? [];
  const path = rest.replace(/^\/\/(?=\/)/, "");
  if (scheme.toLowerCase() === "fs") return { scheme: "fs", path: path || ".anon" };
  return path === "" || path === ":memory:" ? null : { scheme: "sqlite", path };
}

/** Without symbolic links, if it exists. */
export function realPath(path: string): string {
  return existsSync(path) ? realpathSync(path) : path;
}

/** The refusal of a storage that is not there: a misspelt path must neither make a storage nor look like an empty one. */
export function missing({ scheme, path }: LocalPlace): UsageError {
  const what = scheme === "fs" ? "directory" : "file";
  return new UsageError(
    `Cannot find the storage ${scheme}:${path}: there is no such ${what}, correct --storage, ANON_STORAGE, the configuration or the current directory; anon create makes it`,
    "invalid_storage_url",
  );
}

/** The storage as messages name it: without the user and the password of a URL. `path` is that of its local place. */
export function nameOf(storage: NonNullable<AnonConfig["storage"]>, path: string | null): string {
  if (path !== null) return `${localPlaceOf(storage)?.scheme}:${path}`;
  if (typeof storage !== "string") {
    const { name = "the configured storage", options } = storage as Shown;
    return typeof options?.where === "string" ? `${name} at ${options.where}` : name;
  }
  const [, typed = "", slashes = "", rest = ""] = /^([a-z][a-z0-9+.-]*:)(\/\/)?(.*)$/is.exec(storage) ?? [];
  const scheme = typed.toLowerCase();
  // passwords may have ? and #, and parameters @, so what follows both may be a part of a secret; not on Redis, where no
  // parameter is one
  if (/[?#;].*@/s.test(rest) && !/^rediss?[:+]/.test(scheme)) return scheme;
  const place = rest.slice(rest.lastIndexOf("@") + 1).replace(/[?#;].*$/s, "");
  return place === "" ? scheme : `${scheme}${slashes}${place}`;
}
