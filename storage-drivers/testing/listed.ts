/** What a driver lists: its keys, and what is due. */
import type { AtomicDriver, DuePage } from "../../sdk/storage/port.ts";
import { check, collect } from "./assert.ts";

/** All keys that begin with `prefix`, sorted. */
export async function keysOf(driver: AtomicDriver, prefix = ""): Promise<string[]> {
  return (await collect(driver.keys(prefix))).sort();
}

/** The pages of what is due, each checked for its size. */
export async function* pagesAt(
  driver: AtomicDriver,
  before: number,
  limit: number,
  from: string | null = null,
): AsyncGenerator<DuePage> {
  let cursor = from;
  do {
    const page: DuePage = await driver.due(before, { limit, cursor });
    check(page.entries.length <= limit, `a page of at most ${limit} has ${page.entries.length} entries`);
    check(page.cursor === null || page.entries.length > 0, "a page is empty and still has a cursor");
    yield page;
    cursor = page.cursor;
  } while (cursor !== null);
}

/** What is due, as `key at time`, in the queue's order. */
export async function dueAt(driver: AtomicDriver, before: number, limit = 1_000): Promise<string[]> {
  const found: string[] = [];
  for await (const { entries } of pagesAt(driver, before, limit)) {
    for (const { key, due } of entries) found.push(`${key} at ${due}`);
  }
  return found;
}
