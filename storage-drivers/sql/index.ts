/**
 * Accounts in SQLite or PostgreSQL: in the database that the application has, or in one file.
 *
 * @module
 */

import type { AtomicDriver, JointSwap, SwapOptions } from "../../sdk/storage/port.ts";
import { DriverError } from "../shared/driver-error.ts";
import { checkDeletion, checkDue, checkPage } from "../shared/due-page.ts";
import { checkJointSwaps } from "../shared/joint-swaps.ts";
import { openCounter } from "./counter.ts";
import type { Database } from "./database.ts";
import { IN_WORKERS } from "./in-workers.ts";
import { plan, type SqlDriverOptions } from "./options.ts";
import { ensureSchema, printedSchema } from "./schema.ts";
import { statementsFor } from "./statements.ts";
import { Store } from "./store.ts";
import { bytesOf, checkKey, checkValue } from "./text.ts";

export type { SqlClient } from "./handles/connect.ts";
export type { SqlDriverOptions } from "./options.ts";

/**
 * A driver over one table of SQLite or PostgreSQL. Guarantee: `cluster` for PostgreSQL, D1 and a server of libSQL, `host`
 * for a file of SQLite. The first write makes the tables, an index and the view. A call that takes longer than `timeout`
 * rejects; a write whose reply was lost is never sent again, and may have happened. Keys are well-formed Unicode without
 * NUL, up to 512 bytes; values are well-formed Unicode without NUL. Keys of equal due come in the order of their UTF-8
 * bytes.
 *
 * @example
 * ```ts
 * import sql from "anon-accounts/drivers/sql";
 *
 * const storage = sql({ url: "sqlite::memory:" });
 * await storage.swap("greeting", null, "hello");
 * console.assert((await storage.read("greeting")) === "hello");
 * await storage.dispose();
 * ```
 */
export default function sql(options: SqlDriverOptions): AtomicDriver {
  const { dialect, guarantee, names, where, file, isOwn, open } = plan(options);
  const statements = statementsFor(dialect, names);
  let database: Database | null = null;
  let store: Store | undefined;
  let openingForRead: Promise<Store | null> | undefined;
  let openingForWrite: Promise<Store | null> | undefined;
  let closing: Promise<void> | undefined;

  function check(): void {
    if (closing) throw new DriverError("closed", `Cannot use the sql driver of ${where}: it was disposed of`);
  }

  async function connect(forWrite: boolean): Promise<Store | null> {
    check();
    database ??= await open(forWrite);
    if (!database || !(await ensureSchema(database, names, statements, forWrite))) return null;
    store = new Store(database, names, statements);
    return store;
  }

  /** `null` if nothing was ever written. */
  function openForRead(): Promise<Store | null> {
    if (store) return Promise.resolve(store);
    // the opening of another request may never end
    if (IN_WORKERS) return connect(false);
    // two at once would open two clients
    if (openingForWrite) return openingForWrite;
    openingForRead ??= connect(false).finally(() => {
      openingForRead = undefined;
    });
    return openingForRead;
  }

  async function openForWrite(): Promise<Store> {
    check();
    if (store) return store;
    if (IN_WORKERS) return (await connect(true)) as Store;
    openingForWrite ??= (openingForRead ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => store ?? connect(true))
      .finally(() => {
        openingForWrite = undefined;
      });
    return (await openingForWrite) as Store;
  }

  // not an async function, and neither is swap: they are called so often that its promise would be felt
  function read(key: string): Promise<string | null> {
    try {
      check();
      checkKey(key);
      return store ? store.read(key) : openForRead().then((store) => store?.read(key) ?? null);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  read.now = function now(this: unknown, key: string): string | null | undefined {
    try {
      if (!store || closing || this !== read) return undefined;
      checkKey(key);
      return store.readNow(key);
    } catch {
      return undefined;
    }
  };

  async function swapAll(swaps: readonly JointSwap[], write?: SwapOptions): Promise<boolean> {
    check();
    checkJointSwaps(swaps);
    for (const { key, expected, next } of swaps) {
      checkKey(key);
      if (expected !== null) checkValue(expected);
      checkValue(next);
    }
    return (await openForWrite()).swapAll(swaps, write?.durable === true);
  }

  async function* keyPages(prefix: string): AsyncGenerator<string[]> {
    check();
    checkKey(prefix);
    const opened = store ?? (await openForRead());
    if (opened) yield* opened.keyPages(prefix);
  }

  async function* keys(prefix: string): AsyncGenerator<string> {
    for await (const page of keyPages(prefix)) yield* page;
  }

  async function force(key: string, value: string | null): Promise<void> {
    await (await openForWrite()).force(key, value);
  }

  async function close(): Promise<void> {
    await Promise.allSettled([openingForRead, openingForWrite]);
    if (isOwn) await database?.close?.();
    database = null;
  }

  return {
    name: "sql",
    // for messages: nothing that opens it
    options: { dialect, table: names.table, where, file },
    guarantee,

    read,

    swap(key, expected, next, due, write) {
      try {
        check();
        checkKey(key);
        if (expected !== null) checkValue(expected);
        if (next !== null) checkValue(next);
        if (due !== null && due !== undefined) checkDue(due);
        // the queue has no entry without a value
        if (expected === null && next === null) return read(key).then((value) => value === null);
        const swap = { key, expected, next, due: due ?? null, durable: write?.durable === true };
        return store ? store.swap(swap) : openForWrite().then((store) => store.swap(swap));
      } catch (error) {
        return Promise.reject(error);
      }
    },

    ...(dialect === "sqlite" ? { swapAll } : {}),

    async readMany(keys) {
      check();
      keys.forEach(checkKey);
      return (await openForRead())?.readMany(keys) ?? keys.map(() => null);
    },

    async due(before, { limit, cursor }) {
      check();
      checkPage(before, limit);
      return (await openForRead())?.due(before, limit, cursor) ?? { entries: [], cursor: null };
    },

    async deleteDue(before, what) {
      check();
      checkDeletion(before, what);
      return (await openForRead())?.deleteDue(before, what) ?? { deleted: 0, cursor: null };
    },

    async readEntries(keys) {
      check();
      keys.forEach(checkKey);
      return (await openForRead())?.readEntries(keys) ?? keys.map(() => null);
    },

    async dueTimes(keys) {
      check();
      keys.forEach(checkKey);
      return (await openForRead())?.dueTimes(keys) ?? keys.map(() => null);
    },

    keys,
    keyPages,

    async hasItem(key) {
      return (await read(key)) !== null;
    },

    getItem: read,

    /** Writes whatever is there, and takes the key out of the due queue as a `swap` without `due` does. */
    async setItem(key, value, options) {
      check();
      checkKey(key);
      checkValue(value);
      if (options?.ttl) throw new DriverError("invalid_option", "Cannot use a ttl: schedule the key in the due queue");
      await force(key, value);
    },

    async removeItem(key) {
      check();
      checkKey(key);
      await force(key, null);
    },

    async getKeys(base = "") {
      const found: string[] = [];
      for await (const page of keyPages(base)) found.push(...page);
      return found;
    },

    /** Not one step: a failure leaves the keys that were not reached. */
    async clear(base = "") {
      for await (const page of keyPages(base)) await Promise.all(page.map((key) => force(key, null)));
    },

    async getMeta(key) {
      const value = await read(key);
      return value === null ? null : { size: bytesOf(value) };
    },

    counter: (name, limit) =>
      openCounter(
        async () => {
          await openForWrite();
          return { database: database as Database, statements };
        },
        name,
        limit,
      ),

    schema: () => printedSchema(dialect, names),

    dispose() {
      closing ??= close();
      return closing;
    },
  };
}
