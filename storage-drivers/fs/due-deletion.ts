/** Deletes what is due, the oldest first, without a read before and without waiting for a lock. */
import { dirname } from "node:path";
import type { DueDeleted, DueDeletion, DueEntry } from "../../sdk/storage/port.ts";
import type { DriverError } from "../shared/driver-error.ts";
import { checkDeletion, formatCursor, parseCursor } from "../shared/due-page.ts";
import { type DeletionOwner, ownDeletions } from "./deletion-owner.ts";
import type { DueScan, Hint } from "./due-scan.ts";
import type { Files } from "./files.ts";
import { dataPath } from "./names.ts";
import { HEADER_BYTES, parseHeader } from "./record.ts";
import type { Pause } from "./slices.ts";

/**
 * What became of a line. "stale": it does not agree with the file. "kept": it does, and the value begins otherwise. "left": the value
 * is locked or cannot be read.
 */
type Outcome = "delete" | "stale" | "kept" | "left";

/** The `deleteDue` of the port. `flushes`: every deletion is to survive a power loss. */
export type DeleteDue = (before: number, what: DueDeletion) => Promise<DueDeleted>;

/** What cannot be locked or deleted in one step is left to swaps, which wait for locks, have a reserve, and say what is wrong. */
export function openDueDeletion(base: string, files: Files, scan: DueScan, pause: Pause, flushes: boolean): DeleteDue {
  return async (before, what) => {
    checkDeletion(before, what);
    const { limit, keys, beginning, cursor } = what;
    // as the bytes are read: one character each
    const wanted = Buffer.from(beginning).toString("latin1");
    const bytes = HEADER_BYTES + wanted.length;
    const flushed = new Map<string, string>();
    let owner: DeletionOwner | undefined;
    let deleted = 0;
    let last: DueEntry | undefined;
    // To lock costs more than to look: what follows a deletion is probably to be deleted too, and is looked at under its lock.
    let looksFirst = true;

    function judge({ due }: DueEntry, head: string | null): Outcome {
      if (head === null || parseHeader(head) !== due) return "stale";
      return head.startsWith(wanted, head.indexOf("\n") + 1) ? "delete" : "kept";
    }

    function look(line: Hint): Outcome {
      try {
        return judge(line, files.head(dataPath(line.name), bytes));
      } catch (error) {
        if ((error as DriverError).code === "corrupt") return "left";
        throw error;
      }
    }

    /** `null` when there is no room for a lock. */
    async function remove(line: Hint): Promise<Outcome | null> {
      if (looksFirst) {
        const outcome = look(line);
        if (outcome !== "delete") return outcome;
      }
      if (owner?.isSpent()) {
        await owner.close();
        owner = undefined;
      }
      owner ??= await ownDeletions(base, files).catch(unlessFull);
      const outcome = owner?.remove(line.name, bytes, (head) => judge(line, head)) ?? null;
      if (outcome === "delete" && flushes) flushed.set(dirname(dataPath(line.name)), dataPath(line.name));
      return outcome;
    }

    try {
      for await (const { lines, compact } of scan.hints(before, parseCursor(cursor))) {
        const counts = { delete: 0, stale: 0, kept: 0, left: 0 };
        for (const line of lines) {
          if (last && deleted === limit) return { deleted, cursor: formatCursor(last) };
          last = line;
          if (!keys.some((prefix) => line.key.startsWith(prefix))) continue;
          const outcome = await remove(line);
          if (outcome !== null) counts[outcome]++;
          if (outcome === "delete") deleted++;
          if (outcome === null || owner?.hasFailed()) return { deleted, cursor: null };
          looksFirst = outcome !== "delete";
          await owner?.room();
          await pause();
        }
        if (counts.delete + counts.stale > counts.kept + counts.left) await compact();
      }
      return { deleted, cursor: null };
    } finally {
      await owner?.close();
      for (const path of flushed.values()) await files.flush(path);
    }
  };
}

function unlessFull(error: unknown): undefined {
  if ((error as DriverError).code !== "full") throw error;
}
