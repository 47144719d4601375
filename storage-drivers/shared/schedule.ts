import { DueIndex, type DueItem } from "./due-index.ts";

/** Which key is due when, for drivers whose storage keeps no order. */
export class Schedule {
  readonly queue: DueIndex<DueItem> = new DueIndex();
  private readonly items = new Map<string, DueItem>();

  /** When `key` is due, `null` when it is not. */
  dueOf(key: string): number | null {
    return this.items.get(key)?.due ?? null;
  }

  /** Moves `key` to `due`, or out of the queue when that is `null`. */
  set(key: string, due: number | null): void {
    const old = this.items.get(key);
    if (old?.due === due) return;
    if (old) this.queue.remove(old);
    if (due === null) {
      this.items.delete(key);
    } else {
      const item = { key, due, stale: false };
      this.items.set(key, item);
      this.queue.add(item);
    }
  }
}
