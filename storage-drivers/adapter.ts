/**
 * The atomic methods over any unstorage driver or `Storage`, from plain get, set and remove.
 *
 * A lock in this process makes swaps exclude each other here; nothing excludes another process on the same storage. The due
 * queue is kept in this process too: the first call that needs it scans the storage. `keys` holds all that the driver's
 * `getKeys` returns, which is every key at once. A driver that forgets (a cache with a limit, one with a ttl) loses accounts.
 */
import type { AnyStorage, AtomicDriver } from "../sdk/storage/port.ts";
import { DriverError } from "./shared/driver-error.ts";
import { checkDue, checkPage } from "./shared/due-page.ts";
import { decodeKey, decodeValue, type Envelope, encodeKey, encodeValue } from "./shared/envelope.ts";
import { KeyLock } from "./shared/key-lock.ts";
import { Schedule } from "./shared/schedule.ts";
import { openSource, type Source } from "./shared/source.ts";

/** How many values the scan reads at a time. */
const SCAN_WIDTH = 32;

/** One adapter per source, so that all adapters of one source share its locks. */
const adapters = new WeakMap<object, AtomicDriver>();

/**
 * An {@link AtomicDriver} over `source`; one that already is an atomic driver comes back as it is. Guarantee: `process`.
 * Keys are segments of `[a-z0-9_-]` joined by `:`, 200 characters at most, and values well-formed Unicode; others are
 * refused with `invalid_key` and `invalid_value`. Disposing of it disposes of a driver, and leaves a `Storage` open.
 *
 * @example
 * ```ts
 * import { adapt } from "anon-accounts/drivers";
 * import { createStorage } from "unstorage";
 *
 * const storage = adapt(createStorage());
 * console.assert(await storage.swap("greeting", null, "hello"));
 * console.assert(storage.guarantee === "process");
 * ```
 */
export function adapt(source: AnyStorage): AtomicDriver {
  if ("swap" in source && typeof source.swap === "function") return source;
  let adapter = adapters.get(source);
  if (!adapter) {
    adapter = createAdapter(openSource(source), () => adapters.delete(source));
    adapters.set(source, adapter);
  }
  return adapter;
}

function createAdapter(source: Source, forget: () => void): AtomicDriver {
  const lock = new KeyLock();
  let closed = false;
  let proven = false;
  /** The queue, which gets every write from the moment that its filling begins. */
  let scan: { schedule: Schedule; filled: Promise<void> } | null = null;

  function check(): void {
    if (closed) throw new DriverError("closed", `Cannot use the ${source.name} driver: it was disposed of`);
  }

  async function load(key: string): Promise<Envelope | null> {
    const stored = await source.get(encodeKey(key));
    if (stored === null) return null;
    const envelope = decodeValue(stored);
    if (envelope) return envelope;
    throw new DriverError("corrupt", `Cannot read "${key}": what the ${source.name} driver holds was not written here`);
  }

  /** Some drivers write in place (fs-lite): a read beside a write would see half of it, so it waits its turn too. */
  async function read(key: string): Promise<string | null> {
    check();
    return (await lock.run(key, () => load(key)))?.value ?? null;
  }

  /** Writes or deletes under the key's lock, and keeps the queue in step. */
  async function store(key: string, value: string | null, due: number | null): Promise<void> {
    const name = encodeKey(key);
    const stored = value === null ? null : encodeValue(value, due);
    try {
      if (stored === null) await source.remove(name);
      else await source.set(name, stored);
      if (stored !== null && !proven) await prove(name, stored);
    } catch (error) {
      // Whether it was written is unknown, so the queue is read anew when it is next asked for.
      scan = null;
      throw error;
    }
    scan?.schedule.set(key, stored === null ? null : due);
  }

  /** Some drivers drop writes silently (fs-lite `readOnly`, null): the first one is read back. */
  async function prove(name: string, stored: string): Promise<void> {
    if ((await source.get(name)) !== stored) {
      throw new DriverError(
        "invalid_option",
        `Cannot use the ${source.name} driver: what it was given did not come back`,
      );
    }
    proven = true;
  }

  async function list(prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for (const name of await source.list()) {
      const key = decodeKey(name);
      if (key?.startsWith(prefix)) keys.push(key);
    }
    return keys;
  }

  async function fill(filling: Schedule): Promise<void> {
    const keys = await list("");
    for (let from = 0; from < keys.length; from += SCAN_WIDTH) {
      // Each under its lock: a write beside the scan comes wholly before or wholly after.
      const some = keys.slice(from, from + SCAN_WIDTH);
      const scanOne = async (key: string): Promise<void> => {
        // A value that is unreadable has no time; reading or listing the key reports it.
        const envelope = decodeValue(await source.get(encodeKey(key)));
        filling.set(key, envelope?.due ?? null);
      };
      await Promise.all(some.map((key) => lock.run(key, () => scanOne(key))));
    }
  }

  async function scanned(): Promise<Schedule> {
    if (!scan) {
      const schedule = new Schedule();
      const started = { schedule, filled: fill(schedule) };
      scan = started;
      started.filled.catch(() => {
        if (scan === started) scan = null;
      });
    }
    const { schedule, filled } = scan;
    await filled;
    return schedule;
  }

  async function write(key: string, value: string | null): Promise<void> {
    check();
    await lock.run(key, () => store(key, value, null));
  }

  return {
    name: source.name,
    guarantee: "process",

    read,

    async swap(key, expected, next, due) {
      check();
      encodeKey(key);
      const at = due ?? null;
      if (at !== null) checkDue(at);
      return lock.run(key, async () => {
        const now = (await load(key))?.value ?? null;
        if (now !== expected) return false;
        if (now !== null || next !== null) await store(key, next, at);
        return true;
      });
    },

    async due(before, { limit, cursor }) {
      check();
      checkPage(before, limit);
      return (await scanned()).queue.page(before, limit, cursor);
    },

    async readEntries(keys) {
      check();
      return Promise.all(keys.map((key) => lock.run(key, () => load(key))));
    },

    async dueTimes(keys) {
      check();
      const filled = await scanned();
      // each under its lock: a write beside this comes wholly before or wholly after
      return Promise.all(keys.map((key) => lock.run(key, async () => filled.dueOf(key))));
    },

    async *keys(prefix) {
      check();
      for (const key of await list(prefix)) {
        check();
        yield key;
      }
    },

    async hasItem(key) {
      check();
      return !isMeta(key) && (await read(key)) !== null;
    },

    async getItem(key) {
      check();
      return isMeta(key) ? null : read(key);
    },

    /** Writes whatever is there, and takes the key out of the due queue as a `swap` without `due` does. */
    setItem: (key, value) => write(key, value),

    removeItem: (key) => (isMeta(key) ? undefined : write(key, null)),

    async getKeys(base = "") {
      check();
      return list(base);
    },

    async clear(base = "") {
      check();
      for (const key of await list(base)) await write(key, null);
    },

    async dispose() {
      if (closed) return;
      closed = true;
      forget();
      await lock.idle();
      await source.close();
    },
  };
}

/** unstorage keeps metadata under the key followed by `$`; the adapter keeps none. */
function isMeta(key: string): boolean {
  return key.endsWith("$");
}
