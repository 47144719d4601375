/** The writing side of the due queue: logs of hints, many lines in one append. */
import { KeyLock } from "../shared/key-lock.ts";
import { type Stopwatch, stopwatch } from "./clock.ts";
import type { Files } from "./files.ts";
import { bucketOf } from "./names.ts";

/*
 * A line `<due> <name>` says that a key may be due then; the truth is in the header of the key's own file. A line is
 * appended before the file gets its name, so every scheduled key has one, and a line whose write never came is stale.
 *
 * Why no hint of a scheduled key is ever lost, although logs full of stale lines are removed: a log is opened by one
 * driver alone, and only within ROTATE_MS after that driver began it. A line counts only if file and name were written
 * within WRITE_MS after the log was chosen; otherwise it is appended again, to a younger log, until it was. So
 * ROTATE_MS + WRITE_MS after a log was last written to, every line of it that counts belongs to a write that is
 * finished and visible. Only logs older than that (SETTLED_MS, with room to spare) are judged, and only after they are
 * found to be that old: a line found stale then belongs to a write that is over, and a process that schedules the same key for
 * the same time later appends a line of its own. Both clocks are asked, because the judge goes by the time of day.
 */
const ROTATE_MS = 60_000;
const WRITE_MS = 30_000;

/** Logs without a write for this long may be judged and removed. */
export const SETTLED_MS = 120_000;

/** Returns whether the line still counts; if not, append again. */
export type Ticket = () => boolean;

/** Appends lines. */
export interface DueLog {
  append(due: number, name: string, sync: boolean): Promise<Ticket>;
}

interface Batch {
  text: string;
  sync: boolean;
  done: Promise<Ticket>;
}

interface Generation {
  path: string;
  age: Stopwatch;
}

/** Opens the logs of one driver. */
export function openDueLog(files: Files): DueLog {
  const generations = new Map<number, Generation>();
  const turns = new KeyLock<number>();
  const pending = new Map<number, Batch>();
  let count = 0;

  function current(bucket: number): string {
    const found = generations.get(bucket);
    if (found && found.age() < ROTATE_MS) return found.path;
    for (const [other, { age }] of generations) if (age() >= ROTATE_MS) generations.delete(other);
    const path = `due/${bucket}/${files.instance}-${++count}.log`;
    generations.set(bucket, { path, age: stopwatch() });
    return path;
  }

  async function write(bucket: number): Promise<Ticket> {
    // The lines of one tick, and of all the time that an append is under way, gather and go together in the next.
    await undefined;
    const batch = pending.get(bucket);
    pending.delete(bucket);
    for (;;) {
      const elapsed = stopwatch();
      const path = current(bucket);
      try {
        await files.append(path, batch?.text ?? "", batch?.sync ?? false);
        if (batch?.sync) await files.flush(path);
      } catch (error) {
        // It may have ended in the middle of a line; nothing may follow that. An empty one is used again: on a full disk
        // every failure would leave another.
        const stats = await files.stat(path).catch(() => null);
        if (stats?.size !== 0) generations.delete(bucket);
        throw error;
      }
      if (elapsed() < WRITE_MS) return () => elapsed() < WRITE_MS;
    }
  }

  return {
    append(due, name, sync) {
      const bucket = bucketOf(due);
      const line = `${due} ${name}\n`;
      const batch = pending.get(bucket);
      if (batch) {
        batch.text += line;
        batch.sync ||= sync;
        return batch.done;
      }
      const done = turns.run(bucket, () => write(bucket));
      pending.set(bucket, { text: line, sync, done });
      return done;
    },
  };
}
