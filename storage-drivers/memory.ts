/**
 * Accounts in the memory of one process: for tests, and for data that need not be kept.
 *
 * @module
 */

import type { AtomicDriver } from "../sdk/storage/port.ts";
import { DriverError } from "./shared/driver-error.ts";
import { DueIndex, type DueItem } from "./shared/due-index.ts";
import { checkDue } from "./shared/due-page.ts";
import { checkJointSwaps } from "./shared/joint-swaps.ts";

/** The value of a key and its place in the due queue, in one object so that a write allocates one. */
interface Entry extends DueItem {
  value: string;
  /** Whether the entry is in the due queue; `due` means nothing otherwise. */
  readonly queued: boolean;
}

/**
 * The text in one piece: each part that it was put together of would be an object of its own as long as it is kept, and
 * two thirds of the memory. An engine joins what is looked at, if something comes of that.
 */
function joined(text: string): string {
  return text.charCodeAt(0) < 0 ? "" : text;
}

// Settled promises can be handed out any number of times, and a new one per write would be felt.
const DONE: Promise<boolean> = Promise.resolve(true);
const REFUSED: Promise<boolean> = Promise.resolve(false);

/**
 * A driver that keeps everything in a `Map`. Guarantee: `process`. Nothing survives the process. Every string is a key
 * and every string is kept exactly, lone surrogates too.
 *
 * @example
 * ```ts
 * import memory from "anon-accounts/drivers/memory";
 *
 * const storage = memory();
 * await storage.swap("greeting", null, "hello");
 * console.assert((await storage.read("greeting")) === "hello");
 * ```
 */
export default function memory(): AtomicDriver {
  const entries = new Map<string, Entry>();
  let queue = new DueIndex<Entry>();
  let closed = false;

  function open(): Map<string, Entry> {
    if (closed) throw new DriverError("closed", "Cannot use this memory driver: it was disposed of");
    return entries;
  }

  function put(key: string, old: Entry | undefined, text: string, due: number | null | undefined): void {
    const queued = due !== null && due !== undefined;
    if (queued) checkDue(due);
    const value = joined(text);
    if (old && old.queued === queued && (!queued || old.due === due)) {
      old.value = value;
      return;
    }
    const entry: Entry = { key, value, due: queued ? due : 0, queued, stale: false };
    // Over the old one, not after deleting it: the key keeps its place, so an iteration under way meets it once.
    entries.set(key, entry);
    if (old?.queued) unqueue(old);
    if (queued) queue.add(entry);
  }

  function drop(key: string, old: Entry): void {
    entries.delete(key);
    if (old.queued) unqueue(old);
  }

  function unqueue(old: Entry): void {
    // The queue keeps stale items for a while; it need not keep their values.
    old.value = "";
    queue.remove(old);
  }

  function read(key: string): Promise<string | null> {
    try {
      return Promise.resolve(open().get(key)?.value ?? null);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  // a promise that is rejected tells that this driver was disposed of
  read.now = function now(this: unknown, key: string): string | null | undefined {
    return closed || this !== read ? undefined : (entries.get(key)?.value ?? null);
  };

  return {
    name: "memory",
    guarantee: "process",

    read,

    swap(key, expected, next, due) {
      try {
        const old = open().get(key);
        if (expected === null ? old !== undefined : old === undefined || old.value !== expected) return REFUSED;
        if (next !== null) put(key, old, next, due);
        else if (old) drop(key, old);
        return DONE;
      } catch (error) {
        return Promise.reject(error);
      }
    },

    async swapAll(swaps) {
      const stored = open();
      checkJointSwaps(swaps);
      if (swaps.some(({ key, expected }) => (stored.get(key)?.value ?? null) !== expected)) return false;
      for (const { key, next, due } of swaps) put(key, stored.get(key), next, due);
      return true;
    },

    async due(before, { limit, cursor }) {
      open();
      return queue.page(before, limit, cursor);
    },

    async readEntries(keys) {
      const stored = open();
      return keys.map((key) => {
        const entry = stored.get(key);
        return entry ? { value: entry.value, due: entry.queued ? entry.due : null } : null;
      });
    },

    async dueTimes(keys) {
      open();
      return keys.map((key) => {
        const entry = entries.get(key);
        return entry?.queued ? entry.due : null;
      });
    },

    async *keys(prefix) {
      for (const key of open().keys()) {
        if (!key.startsWith(prefix)) continue;
        yield key;
        open();
      }
    },

    async hasItem(key) {
      return open().has(key);
    },

    getItem: read,

    /** Writes whatever is there, and takes the key out of the due queue as a `swap` without `due` does. */
    async setItem(key, value) {
      put(key, open().get(key), value, null);
    },

    async removeItem(key) {
      const old = open().get(key);
      if (old) drop(key, old);
    },

    async getKeys(base = "") {
      return Array.from(open().keys()).filter((key) => key.startsWith(base));
    },

    async clear(base = "") {
      for (const [key, entry] of open()) if (key.startsWith(base)) drop(key, entry);
    },

    async getMeta(key) {
      const entry = open().get(key);
      return entry ? { size: new TextEncoder().encode(entry.value).length } : null;
    },

    async dispose() {
      closed = true;
      entries.clear();
      queue = new DueIndex();
    },
  };
}
