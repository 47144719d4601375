/** Any unstorage driver or `Storage`, through calls that reject when something failed. */
import type { KeyValueDriver, KeyValueStorage } from "../../sdk/storage/port.ts";
import { DriverError, type DriverErrorCode } from "./driver-error.ts";

/** Plain storage by stored name. `get` returns what the driver returns, `null` for nothing. */
export interface Source {
  name: string;
  get(name: string): Promise<unknown>;
  set(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
  list(): Promise<string[]>;
  close(): Promise<void>;
}

const CODES: Readonly<Record<string, DriverErrorCode>> = {
  EACCES: "denied",
  EPERM: "denied",
  EROFS: "denied",
  ENOSPC: "full",
  EDQUOT: "full",
};

/** Wraps `source`. A driver that cannot write is refused at once. */
export function openSource(source: KeyValueDriver | KeyValueStorage): Source {
  const storage = isStorage(source);
  const name = storage ? "Storage" : source.name || "unstorage";
  const { setItem, removeItem } = source;
  if (typeof source.getItem !== "function" || typeof source.getKeys !== "function") {
    throw new DriverError("invalid_option", "Cannot use this storage: pass an unstorage driver or Storage");
  }
  if (!setItem || !removeItem || (!storage && source.options?.readOnly === true)) {
    throw new DriverError("invalid_option", `Cannot use the ${name} driver: it is read-only`);
  }
  const driver = source as KeyValueDriver;
  return {
    name,
    get: (key) => guard(name, "read", async () => (await driver.getItem(key, {})) ?? null),
    set: (key, value) =>
      guard(name, "write", async () => void rejectErrors(await setItem.call(source, key, value, {}))),
    remove: (key) => guard(name, "remove", async () => void rejectErrors(await removeItem.call(source, key, {}))),
    list: () =>
      guard(name, "list", async () => {
        const keys: unknown = await driver.getKeys("", {});
        if (!Array.isArray(keys)) throw keys;
        return keys;
      }),
    async close() {
      // A Storage may be in use elsewhere in the application, which closes it.
      if (!storage) await driver.dispose?.();
    },
  };
}

function isStorage(source: KeyValueDriver | KeyValueStorage): source is KeyValueStorage {
  return "getMounts" in source && typeof source.getMounts === "function";
}

/** fs and fs-lite resolve their errors as if they were values. */
function rejectErrors<T>(result: T): T {
  if (result instanceof Error) throw result;
  return result;
}

async function guard<T>(name: string, verb: string, call: () => Promise<T>): Promise<T> {
  try {
    return rejectErrors(await call());
  } catch (cause) {
    const system = (cause as { code?: unknown } | null)?.code;
    const code = (typeof system === "string" && CODES[system]) || "unavailable";
    const why = typeof system === "string" ? `: ${system}` : "";
    throw new DriverError(code, `Cannot ${verb} through the ${name} driver${why}`, { cause });
  }
}
