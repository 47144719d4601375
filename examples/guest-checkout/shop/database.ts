/** The shop's own data, which is not the accounts': files in `.shop`, under the ids of the accounts they belong to. */
import { fileURLToPath } from "node:url";
import { createStorage, type Storage } from "unstorage";
import fsLite from "unstorage/drivers/fs-lite";

const base = process.env.SHOP_DIR || fileURLToPath(new URL("../.shop", import.meta.url));

export const database: Storage = createStorage({ driver: fsLite({ base }) });

const last = new Map<string, Promise<unknown>>();

/** One after another of the same owner, so that nobody changes what another one has just read. A database has transactions. */
export function inTurn<T>(owner: string, action: () => Promise<T>): Promise<T> {
  const mine = (last.get(owner) ?? Promise.resolve()).then(action);
  const settled = mine
    .catch(() => undefined)
    .then(() => {
      if (last.get(owner) === settled) last.delete(owner);
    });
  last.set(owner, settled);
  return mine;
}
