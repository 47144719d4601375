/** The writes: creation without a lock, everything else under the key's lock, each with one step that makes it so. */
import type { DriverError } from "../shared/driver-error.ts";
import { KeyLock } from "../shared/key-lock.ts";
import { type Stopwatch, stopwatch } from "./clock.ts";
import type { DueLog, Ticket } from "./due-log.ts";
import type { Files } from "./files.ts";
import { acquire, type Lock } from "./lock.ts";
import { dataPath, withdrawnPath } from "./names.ts";
import { formatRecord, parseValue } from "./record.ts";
import { giveUpReserve } from "./reserve.ts";

/** Names are file names of keys. */
export interface Store {
  /** The `swap` of the port. */
  swap(
    key: string,
    name: string,
    expected: string | null,
    next: string | null,
    due: number | null,
    durable: boolean,
  ): Promise<boolean>;
  /** Writes or removes whatever is there. */
  change(name: string, next: string | null, due: number | null, durable: boolean): Promise<void>;
}

function isFull(error: unknown): boolean {
  return (error as DriverError | null)?.code === "full";
}

interface Prepared {
  temporary: string;
  ticket: Ticket | null;
}

/** Opens the writing side of a directory. */
export function openStore(files: Files, log: DueLog, lockTimeout: number): Store {
  // Calls for one key go one after another: a process should not have to wait for a lock of its own.
  const turns = new KeyLock();
  const stalls = new Map<string, Stopwatch>();
  const alone = new KeyLock();

  /**
   * On a full disk many locks at once would need another block for their directory, where one fits: a deletion that found
   * no room is tried again with no other beside it. Where no inode is left one lock does not fit either, and gets that of
   * the reserve.
   */
  async function lockedToDelete<T>(name: string, task: (lock: Lock) => Promise<T>): Promise<T> {
    try {
      return await locked(name, true, task);
    } catch (error) {
      if (!isFull(error)) throw error;
      return alone.run("", async () => {
        try {
          return await locked(name, true, task);
        } catch (again) {
          if (!isFull(again) || !(await giveUpReserve(files))) throw again;
          return locked(name, true, task);
        }
      });
    }
  }

  async function locked<T>(name: string, deletes: boolean, task: (lock: Lock) => Promise<T>): Promise<T> {
    const called = stopwatch();
    const work = async (): Promise<T> => {
      // What counts is how long no call for this key has got the lock: to wait for calls that get it is not to wait for
      // another process, and calls that did not get it have waited for that process already.
      const stalled = stalls.get(name) ?? stopwatch();
      stalls.set(name, stalled);
      const lock = await acquire(files, name, lockTimeout, {
        deletes,
        waited: () => Math.min(called(), stalled()),
      });
      stalls.delete(name);
      try {
        return await task(lock);
      } finally {
        await lock.release();
      }
    };
    try {
      return await turns.run(name, work);
    } finally {
      if (!turns.isBusy(name)) stalls.delete(name);
    }
  }

  /** The new content under a temporary name, and the line in the queue: two files, written side by side. */
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

  /** After a write took too long its line may have been judged while the file was not there yet. */
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
    // the release of the lock puts its root in the place of what was withdrawn
    if ((await files.withdraw(path, withdrawnPath(lock.token))) && durable) await files.flush(path);
  }

  return {
    async swap(key, name, expected, next, due, durable) {
      const path = dataPath(name);
      if (expected === null) {
        return next === null ? (await files.stat(path)) === null : create(name, next, due, durable);
      }
      const isExpected = async (): Promise<boolean> => {
        const text = await files.read(path);
        return text !== null && parseValue(text, key, path) === expected;
      };
      // A refusal needs no lock: it was true at the moment of the reading.
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
        // What takes less room than before ends a session, say: it may use what is kept for that, and activity may not.
        if (!isFull(error) || next.length >= expected.length) throw error;
        await giveUpReserve(files);
        return locked(name, false, task);
      }
    },
    change(name, next, due, durable) {
      if (next === null) return lockedToDelete(name, (lock) => drop(lock, name, durable));
      return locked(name, false, (lock) => put(lock, name, next, due, durable));
    },
  };
}
