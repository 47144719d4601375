/** The shop's own data: files in `.shop`, under the ids of the accounts. */
import { fileURLToPath } from "node:url";
import { createStorage, type Storage } from "unstorage";
import fsLite from "unstorage/drivers/fs-lite";

const base = process.env.SHOP_DIR || fileURLToPath(new URL("../.shop", import.meta.url));

export const database: Storage = createStorage({ driver: fsLite({ base }) });

const last = new Map<string, Promise<unknown>>();

/** Runs the actions of one owner one after another, so that they cannot overwrite each other. A database has transactions. */
export function runExclusive<T>(owner: string, action: () => Promise<T>): Promise<T> {
  const result = (last.get(owner) ?? Promise.resolve()).then(action);
  const settled = result
    .catch(() => undefined)
    .then(() => {
      if (last.get(owner) === settled) last.delete(owner);
    });
  last.set(owner, settled);
  return result;
}
