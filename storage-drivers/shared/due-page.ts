/** What the `due` of every driver accepts and returns: the checks, the order and the cursor. */
import type { DueDeletion, DueEntry } from "../../sdk/storage/port.ts";
import { DriverError } from "./driver-error.ts";

/** Refuses a time that not every driver could keep exactly: it must be an integer of milliseconds. */
export function checkDue(due: number): void {
  if (!Number.isSafeInteger(due)) {
    throw new DriverError("invalid_option", `Cannot schedule at ${due}: use an integer of milliseconds`);
  }
}

/** Refuses bounds that make no page. */
export function checkPage(before: number, limit: number): void {
  if (Number.isNaN(before)) throw new DriverError("invalid_option", "Cannot list what is due before NaN: use a number");
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new DriverError("invalid_option", `Cannot list ${limit} entries: use an integer of at least 1`);
  }
}

/** Refuses bounds of `deleteDue` that make no page, or that say nothing about the values. */
export function checkDeletion(before: number, { limit, beginning }: DueDeletion): void {
  checkPage(before, limit);
  if (beginning === "") throw new DriverError("invalid_option", "Cannot delete values of any beginning: give one");
}

/** Orders the queue: by time, ties by key in UTF-16 code units. */
export function compareDue(a: DueEntry, b: DueEntry): number {
  return a.due - b.due || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0);
}

/** The index of the first of these sorted items that comes after `position`, by halving. */
export function firstAfter(items: readonly DueEntry[], position: DueEntry): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareDue(items[middle] as DueEntry, position) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The cursor that continues after `entry`. */
export function formatCursor(entry: DueEntry): string {
  return `${entry.due}:${entry.key}`;
}

/** The entry that a cursor continues after; `null` for the beginning. */
export function parseCursor(cursor: string | null | undefined): DueEntry | null {
  if (cursor === null || cursor === undefined) return null;
  const colon = cursor.indexOf(":");
  const due = colon < 1 ? Number.NaN : Number(cursor.slice(0, colon));
  if (!Number.isSafeInteger(due)) {
    throw new DriverError("invalid_option", "Cannot continue from this cursor: use one that due() returned");
  }
  return { due, key: cursor.slice(colon + 1) };
}
