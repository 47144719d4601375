/** Writes. A value is created without a lock, and changed or removed under the lock of its key; one system call makes it visible. */
import type { DriverError } from "../shared/driver-error.ts";
import { KeyLock } from "../shared/key-lock.ts";
import { type Stopwatch, stopwatch } from "./clock.ts";
import type { DueLog, Ticket } from "./due-log.ts";
import type { Files } from "./files.ts";
import { acquire, type Lock } from "./lock.ts";
import { dataPath, withdrawnPath } from "./names.ts";
import { formatRecord, parseValue } from "./record.ts";
import { giveUpReserve, makeReserve } from "./reserve.ts";

/** Names are file names of keys. */
export interface Store {
  /** The `swap` of the port. `durable` is what its caller asks for. */
  swap(
    key: string,
    name: string,
    expected: string | null,
    next: string | null,
    due: number | null,
    durable: boolean,
  ): Promise<boolean>;
  /** Writes or removes the value, whatever it is now. */
  change(name: string, next: string | null, due: number | null): Promise<void>;
  /** Makes the reserve, if it is missing and there is room. */
  restoreReserve(): Promise<void>;
}

function isFull(error: unknown): boolean {
  return (error as DriverError | null)?.code === "full";
}

/** Which writes are flushed to disk before they are acknowledged: all, those whose caller asks for it, or none. */
export type Durability = "disk" | "registered" | "os";

interface Prepared {
  temporary: string;
  ticket: Ticket | null;
}

/** Opens the writing side of a directory. */
export function openStore(files: Files, log: DueLog, durability: Durability, lockTimeout: number): Store {
  // calls for one key run one after another, so that a process does not wait for its own lock
  const queue = new KeyLock();
  const waits = new Map<string, Stopwatch>();
  /** Deletions that run beside each other. */
  const deletions = new Set<Promise<unknown>>();
  /** What uses or restores the reserve, one at a time. A deletion that begins in the meantime waits for its end. */
  const alone = new KeyLock();

  /**
   * Repeats what found no room when no deletion runs and the reserve is not being restored: both would take the room that
   * the reserve makes.
   */
  function withReserve<T>(task: () => Promise<T>): Promise<T> {
    return alone.run("", async () => {
      await Promise.allSettled(deletions);
      try {
        return await task();
      } catch (error) {
        if (!isFull(error)) throw error;
        // where there is none, another process may have given it up since
        await giveUpReserve(files);
        return task();
      }
    });
  }

  /** On a full disk there is room for one lock, but not for the block that a directory of many locks needs. */
  async function lockedToDelete<T>(name: string, task: (lock: Lock) => Promise<T>): Promise<T> {
    // not for a turn of its own, or the many deletions of a gc would go on one at a time after a single look at the reserve
    if (alone.isBusy("")) await alone.idle();
    if (!alone.isBusy("")) {
      const deletion = locked(name, true, task);
      deletions.add(deletion);
      try {
        return await deletion;
      } catch (error) {
        if (!isFull(error)) throw error;
      } finally {
        deletions.delete(deletion);
      }
    }
    return withReserve(() => locked(name, true, task));
  }

  async function locked<T>(name: string, deletes: boolean, task: (lock: Lock) => Promise<T>): Promise<T> {
    const called = stopwatch();
    const work = async (): Promise<T> => {
      // The timeout counts from the last call for this key that got the lock: only the time during which another process
      // kept it from all of our calls.
      const waiting = waits.get(name) ?? stopwatch();
      waits.set(name, waiting);
      const lock = await acquire(files, name, lockTimeout, {
        deletes,
        waited: () => Math.min(called(), waiting()),
      });
      waits.delete(name);
      try {
        return await task(lock);
      } finally {
        await lock.release();
      }
    };
    try {
      return await queue.run(name, work);
    } finally {
      if (!queue.isBusy(name)) waits.delete(name);
    }
  }

  /** Writes the value under a temporary name and its line in the due log, both at the same time. */
  async function prepare(
    name: string,
    value: string,
    due: number | null,
    durable: boolean,
    token?: string,
  ): Promise<Prepared> {
    const [written, appended] = await Promise.allSettled([
      files.temporary(formatRecord(value, due), durable, token),
      due === null ? null : log.append(due, name, durable),
    ]);
    if (written.status === "rejected") throw written.reason;
    if (appended.status === "fulfilled") return { temporary: written.value, ticket: appended.value };
    await files.discard(written.value);
    throw appended.reason;
  }

  /** If a write took too long, a reader of the due log may have dropped its line before the file was there. */
  async function renew(ticket: Ticket | null, name: string, due: number | null, durable: boolean): Promise<void> {
    for (let valid = ticket; valid !== null && due !== null && !valid(); ) valid = await log.append(due, name, durable);
  }

  async function create(name: string, value: string, due: number | null, durable: boolean): Promise<boolean> {
    const path = dataPath(name);
    const { temporary, ticket } = await prepare(name, value, due, durable);
    try {
      if (!(await files.link(temporary, path))) return false;
      await renew(ticket, name, due, durable);
      if (durable) await files.flush(path);
      return true;
    } finally {
      await files.discard(temporary);
    }
  }

  async function put(lock: Lock, name: string, value: string, due: number | null, durable: boolean): Promise<void> {
    const path = dataPath(name);
    const { temporary, ticket } = await prepare(name, value, due, durable, lock.token);
    try {
      lock.check();
      await files.replace(temporary, path);
    } catch (error) {
      await files.discard(temporary);
      throw error;
    }
    await renew(ticket, name, due, durable);
    if (durable) await files.flush(path);
  }

  async function drop(lock: Lock, name: string, durable: boolean): Promise<void> {
    const path = dataPath(name);
    lock.check();
    // releasing the lock moves it over the withdrawn file
    if ((await files.withdraw(path, withdrawnPath(lock.token))) && durable) await files.flush(path);
  }

  return {
    async swap(key, name, expected, next, due, asked) {
      const path = dataPath(name);
      const durable = durability === "disk" || (durability === "registered" && asked);
      if (expected === null) {
        return next === null ? (await files.stat(path)) === null : create(name, next, due, durable);
      }
      const isExpected = async (): Promise<boolean> => {
        const text = await files.read(path);
        return text !== null && parseValue(text, key, path) === expected;
      };
      // refusing needs no lock: the value was another one when it was read
      if (!(await isExpected())) return false;
      const task = async (lock: Lock): Promise<boolean> => {
        if (!(await isExpected())) return false;
        if (next === null) await drop(lock, name, durable);
        else await put(lock, name, next, due, durable);
        return true;
      };
      if (next === null) return lockedToDelete(name, task);
      try {
        return await locked(name, false, task);
      } catch (error) {
        // a smaller value may use the reserve, because it may end a session; activity may not
        if (!isFull(error) || next.length >= expected.length) throw error;
        return withReserve(() => locked(name, false, task));
      }
    },
    change(name, next, due) {
      const durable = durability === "disk";
      if (next === null) return lockedToDelete(name, (lock) => drop(lock, name, durable));
      return locked(name, false, (lock) => put(lock, name, next, due, durable));
    },
    // alone: what makes room needs the room that an unfinished reserve has taken, and would not find one to give up
    restoreReserve: () => alone.run("", () => makeReserve(files)),
  };
}
