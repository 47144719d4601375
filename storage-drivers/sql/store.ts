/** The calls of the port as statements. */
import type { DueDeleted, DueDeletion, DuePage, StoredEntry } from "../../sdk/storage/port.ts";
import { formatCursor, parseCursor } from "../shared/due-page.ts";
import type { Database, Row, Value } from "./database.ts";
import type { Names } from "./names.ts";
import type { Statements } from "./statements.ts";
import { type SwapOne, swapByArrays, swapOneByOne, swapTogether } from "./swaps.ts";
import { arrayLiteral, endOf } from "./text.ts";
import { TickBatch } from "./tick-batch.ts";

/** Keys that one statement lists. */
const PAGE = 1_000;

/**
 * Entries of the due queue that one step of a deletion examines, at most. Fewer make a `gc` slower (rows "gc of 100,000 of
 * 1,000,000"), because each step writes its part of the index of keys again. A SQLite in this process blocks the event
 * loop meanwhile, and locks out other writers.
 */
const STEP = { sqlite: 4_000, postgres: 10_000 } as const;

/** So many keys share a statement. */
const READS = 500;

/** Before every entry of the queue. */
const BEGINNING: { due: number; key: string } = { due: Number.MIN_SAFE_INTEGER - 1, key: "" };

export class Store {
  readonly swap: SwapOne;
  /** Only for SQLite. */
  readonly swapAll: ReturnType<typeof swapTogether>;
  readonly #database: Database;
  readonly #statements: Statements;
  readonly #reads: TickBatch<string, string | null>;

  constructor(database: Database, names: Names, statements: Statements) {
    this.#database = database;
    this.#statements = statements;
    this.swap = database.dialect === "postgres" ? swapByArrays(database, names) : swapOneByOne(database, statements);
    this.swapAll = swapTogether(database, names);
    this.#reads = new TickBatch((keys) => this.readMany(keys), {
      atOnce: 8,
      size: READS,
      timeout: database.timeout,
    });
  }

  // not an async function: it is called so often that its promise would be felt
  read(key: string): Promise<string | null> {
    return this.#database.readNow ? this.#read("read", [key]).then(firstValue) : this.#reads.add(key);
  }

  /** `undefined` where only the promise of `read` can tell. */
  readNow(key: string): string | null | undefined {
    const rows = this.#database.readNow?.({ sql: this.#statements.read, values: [key] });
    return rows && firstValue(rows);
  }

  async readMany(keys: readonly string[]): Promise<(string | null)[]> {
    if (keys.length === 1) return [firstValue(await this.#read("read", [keys[0] as string]))];
    const found = await this.#ofKeys("readMany", keys);
    return keys.map((key) => (found.get(key)?.value as string | undefined) ?? null);
  }

  async readEntries(keys: readonly string[]): Promise<(StoredEntry | null)[]> {
    const found = await this.#ofKeys("readEntries", keys);
    return keys.map((key) => {
      const row = found.get(key);
      return row ? { value: row.value as string, due: numberOf(row.due) } : null;
    });
  }

  async dueTimes(keys: readonly string[]): Promise<(number | null)[]> {
    const found = await this.#ofKeys("dueTimes", keys);
    return keys.map((key) => numberOf(found.get(key)?.due));
  }

  async *keyPages(prefix: string): AsyncGenerator<string[]> {
    let rows = await this.#read("keys", [prefix, PAGE]);
    for (;;) {
      // they come in the order of bytes, so those of the prefix are together
      const keys = rows.map(({ key }) => key as string).filter((key) => key.startsWith(prefix));
      if (keys.length > 0) yield keys;
      if (keys.length < PAGE) return;
      rows = await this.#read("keysAfter", [keys.at(-1) as string, PAGE]);
    }
  }

  async due(before: number, limit: number, cursor: string | null | undefined): Promise<DuePage> {
    const { due, key } = parseCursor(cursor) ?? BEGINNING;
    // one more than the page shows whether another one follows
    const rows = await this.#read("due", [clamp(before), due, key, limit + 1]);
    const all = rows.map(({ key, time }) => ({ key: key as string, due: Number(time) }));
    const entries = all.slice(0, limit);
    return {
      entries,
      cursor: all.length > limit ? formatCursor(entries[limit - 1] as { key: string; due: number }) : null,
    };
  }

  /** Each step judges a page of the queue. A key is judged and deleted by one statement, so no page need be locked. */
  async deleteDue(before: number, { limit, keys, beginning, cursor }: DueDeletion): Promise<DueDeleted> {
    const from = parseCursor(cursor) ?? BEGINNING;
    const size = Math.min(limit, STEP[this.#database.dialect]);
    const [end] = await this.#read("dueEnd", [clamp(before), from.due, from.key, size]);
    if (!end) return { deleted: 0, cursor: null };
    const last = { due: Number(end.time), key: end.key as string };
    // not `before`: SQLite takes only one bound of the range from the row values, and would examine the rest of the queue
    const page = [last.due, from.due, from.key, last.due, last.key];
    const results = await Promise.all(
      keys.map((prefix) =>
        this.#database.write({
          sql: this.#statements.deleteDue,
          values: [...page, prefix, endOf(prefix), beginning, endOf(beginning)],
        }),
      ),
    );
    const deleted = results.reduce((sum, { changes }) => sum + changes, 0);
    return { deleted, cursor: Number(end.size) < size ? null : formatCursor(last) };
  }

  /** Writes whatever is there; `null` deletes it. */
  async force(key: string, value: string | null): Promise<void> {
    const [sql, values] =
      value === null ? [this.#statements.forceRemove, [key]] : [this.#statements.force, [key, value]];
    await this.#database.write({ sql, values });
  }

  async #ofKeys(
    statement: "readMany" | "readEntries" | "dueTimes",
    keys: readonly string[],
  ): Promise<Map<string, Row>> {
    const found = new Map<string, Row>();
    for (let from = 0; from < keys.length; from += READS) {
      const rows = await this.#read(statement, [this.#list(keys.slice(from, from + READS))]);
      for (const row of rows) found.set(row.key as string, row);
    }
    return found;
  }

  #read(statement: keyof Statements, values: Value[]): Promise<Row[]> {
    return this.#database.read({ sql: this.#statements[statement], values });
  }

  /** A list of texts as one value. */
  #list(texts: readonly string[]): string {
    return this.#database.dialect === "postgres" ? arrayLiteral(texts) : JSON.stringify(texts);
  }
}

function firstValue([row]: readonly Row[]): string | null {
  return (row?.value as string | undefined) ?? null;
}

function numberOf(value: unknown): number | null {
  return value === undefined || value === null ? null : Number(value);
}

/** An integer of 64 bits has no infinity. */
function clamp(before: number): number {
  return Math.floor(Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, before)));
}
