/** Deletes one value after another, each under the lock of its key and in one synchronous step. */
import { close, closeSync, linkSync, renameSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { stopwatch } from "./clock.ts";
import { codeOf, type Files, headOf, openNow } from "./files.ts";
import { giveUp, YOUNG_MS } from "./lock.ts";
import { dataPath, lockPath, withdrawnPath, writePath } from "./names.ts";
import { formatOwner, newOwner } from "./owner.ts";

/** What is to be done with a value, by its first bytes; `null`: there is none. */
export type Judge<V> = (head: string | null) => V | "delete";

/** An owner of locks, of one after another. */
export interface DeletionOwner {
  /**
   * Deletes the value of the key with this file name if `judge`, called under the lock, returns "delete". Returns what that did, or
   * "left" when another owner has the lock, the value cannot be read, or this owner failed.
   */
  remove<V>(name: string, bytes: number, judge: Judge<V>): V | "delete" | "left";
  /** Waits while many deleted files are still open. */
  room(): Promise<unknown> | undefined;
  /** It failed: no call will delete more. */
  hasFailed(): boolean;
  /** It failed, or is so old that another one should continue. */
  isSpent(): boolean;
  /** Removes what it needed. */
  close(): Promise<void>;
}

/** As many as other operations have, see files.ts. */
const OPEN = 64;

/** Windows moves nothing over a file that is open. */
const STAYS_OPEN = process.platform !== "win32";

/** Long before others may think it dead. */
const RENEW_MS = YOUNG_MS / 10;

/*
 * The protocol is that of lock.ts with one token for many keys, of which it locks each once and one at a time. That makes
 * no difference to its argument: a token occurs once in the chain of a key, and a contender that presumes the owner dead
 * makes all of its later renames fail, whatever their key. The owner's age counts from before its first lock.
 *
 * The lock is a hard link to a file that names the owner, as a lock is a file where there are no symbolic links. A
 * symbolic link would be an inode for each lock, and after thousands of deletions a file system looks for one for longer than all
 * the rest takes: ext4 gives out none that was freed within seconds, and passes over each of them. The row `gc-fs` of
 * the bench shows it.
 *
 * The file of a value stays open until its lock is released. So what waits for the disk, to give its blocks back, is the closing,
 * of many files at a time and beside the event loop.
 */

/** Begins as an owner. Rejects as a write does. */
export async function ownDeletions(base: string, files: Files): Promise<DeletionOwner> {
  const elapsed = stopwatch();
  const owner = await newOwner(true);
  const { token } = owner;
  const identity = await files.temporary(formatOwner(owner), false, token);
  const own = join(base, writePath(token));
  const gone = join(base, withdrawnPath(token));
  const seen = new Set<string>();
  const closing = new Set<Promise<void>>();
  /** The key whose lock it could not release. */
  let failedAt: string | null = null;
  let failed = false;

  /** By a name that a contender can block, as every change: see 4 in lock.ts. */
  function withdraw(path: string): void {
    if (elapsed() > YOUNG_MS) throw new Error(`an owner of over ${YOUNG_MS} ms may be presumed dead`);
    renameSync(path, gone);
  }

  function lock(root: string): boolean {
    try {
      linkSync(own, root);
      return true;
    } catch (error) {
      // no room in the directory, for instance: a swap knows what to do
      if (codeOf(error) !== "EEXIST") failed = true;
      return false;
    }
  }

  /** Before the next value: a link is not moved over another one to the same file. */
  function removeLink(): void {
    try {
      unlinkSync(gone);
    } catch (error) {
      // the sweep of another process came first
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }

  /** The bytes and the open file; `undefined` when it cannot be read. */
  function look(path: string, bytes: number): { head: string | null; descriptor: number | null } | undefined {
    let descriptor: number | null = null;
    try {
      descriptor = openNow(path);
      const head = descriptor === null ? null : headOf(descriptor, bytes);
      if (descriptor === null || STAYS_OPEN) return { head, descriptor };
      closeSync(descriptor);
      return { head, descriptor: null };
    } catch {
      if (descriptor !== null) closeSync(descriptor);
      return undefined;
    }
  }

  function closeLater(descriptor: number): void {
    const closed = new Promise<void>((resolve) => close(descriptor, () => resolve())).then(() => {
      closing.delete(closed);
    });
    closing.add(closed);
  }

  return {
    remove(name, bytes, judge) {
      const root = join(base, lockPath(name));
      if (failed || seen.has(name) || !lock(root)) return "left";
      seen.add(name);
      const path = join(base, dataPath(name));
      const found = look(path, bytes);
      let done: ReturnType<typeof judge> | "left" = "left";
      try {
        const verdict = found === undefined ? "left" : judge(found.head);
        if (verdict === "delete") withdraw(path);
        done = verdict;
        withdraw(root);
        removeLink();
      } catch {
        failed = true;
        failedAt = name;
      } finally {
        if (typeof found?.descriptor === "number") closeLater(found.descriptor);
      }
      return done;
    },
    room: () => (closing.size < OPEN ? undefined : Promise.race(closing)),
    hasFailed: () => failed,
    isSpent: () => failed || elapsed() > RENEW_MS,
    async close() {
      await Promise.all(closing);
      if (failedAt !== null) {
        await giveUp(files, failedAt, token);
        await files.discard(withdrawnPath(token));
      }
      await files.discard(identity);
    },
  };
}
