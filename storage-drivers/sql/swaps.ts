/** Exchanges of values. */
import type { JointSwap } from "../../sdk/storage/port.ts";
import type { Database, Value } from "./database.ts";
import type { Names } from "./names.ts";
import type { Statements } from "./statements.ts";
import { arrayLiteral } from "./text.ts";
import { TickBatch } from "./tick-batch.ts";

/** One exchange; `next` or `expected` is not `null`. */
export interface Swap {
  key: string;
  expected: string | null;
  next: string | null;
  due: number | null;
  durable: boolean;
}

export type SwapOne = (swap: Swap) => Promise<boolean>;

/** One statement for each swap; those of a tick share a transaction. */
export function swapOneByOne(database: Database, statements: Statements): SwapOne {
  return async ({ key, expected, next, due, durable }) => {
    const [sql, values]: [string, Value[]] =
      expected === null
        ? [statements.create, [key, next, due]]
        : next === null
          ? [statements.remove, [key, expected]]
          : [statements.replace, [next, due, key, expected]];
    return (await database.write({ sql, values }, durable)).changes > 0;
  };
}

/**
 * One statement for several swaps, on SQLite. It has one writer at a time, so what the statement compares is what it replaces.
 * A statement of PostgreSQL may compare what another transaction then changes, and could undo its other rows only by an error.
 */
export function swapTogether(
  database: Database,
  { table }: Names,
): (swaps: readonly JointSwap[], durable: boolean) => Promise<boolean> {
  const part = (place: number) => `json_extract(value, '$[${place}]')`;
  const sql = `WITH n AS (
  SELECT ${part(0)} AS wanted, ${part(1)} AS expected, ${part(2)} AS next, ${part(3)} AS due FROM json_each(?)
)
INSERT INTO ${table} (key, value, due) SELECT wanted, next, due FROM n
WHERE NOT EXISTS (SELECT 1 FROM n LEFT JOIN ${table} AS t ON t.key = n.wanted WHERE t.value IS NOT n.expected)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, due = excluded.due`;
  return async (swaps, durable) => {
    const rows = swaps.map(({ key, expected, next, due }) => [key, expected, next, due ?? null]);
    return (await database.write({ sql, values: [JSON.stringify(rows)] }, durable)).changes > 0;
  };
}

/** More would make one statement large: a value may have 256 KB. */
const MAX_SWAPS = 256;

/**
 * While so many statements are under way, swaps wait and then share the next one. Each statement is a commit, so more of
 * them at once would write less.
 */
const STATEMENTS_AT_ONCE = 4;

/** One statement for all swaps of a tick that create, for those that replace and for those that delete. */
export function swapByArrays(database: Database, { table }: Names): SwapOne {
  const batchOf = (sql: string, columns: (swap: Swap) => Value[], count: number) =>
    new TickBatch<Swap, boolean>(
      async (swaps) => {
        // in one order everywhere, so that two statements do not wait for each other
        const sorted = [...swaps].sort((a, b) => (a.key < b.key ? -1 : 1));
        const rows = sorted.map(columns);
        const arrays = Array.from({ length: count }, (_, at) => arrayLiteral(rows.map((row) => row[at] as Value)));
        const result = await database.write({ sql, values: arrays });
        const changed = new Set(result.rows.map(({ key }) => key));
        return swaps.map(({ key }) => changed.has(key));
      },
      { atOnce: STATEMENTS_AT_ONCE, size: MAX_SWAPS, timeout: database.timeout, idOf: ({ key }) => key },
    );
  const array = (place: number, type: string) => `CAST(CAST($${place} AS text) AS ${type}[])`;
  const creations = batchOf(
    `INSERT INTO ${table} (key, value, due)
SELECT * FROM unnest(${array(1, "text")}, ${array(2, "text")}, ${array(3, "bigint")})
ON CONFLICT (key) DO NOTHING RETURNING key`,
    ({ key, next, due }) => [key, next, due],
    3,
  );
  const replacements = batchOf(
    `UPDATE ${table} AS t SET value = n.next, due = n.due
FROM unnest(${array(1, "text")}, ${array(2, "text")}, ${array(3, "text")}, ${array(4, "bigint")}) AS n (key, expected, next, due)
WHERE t.key = n.key AND t.value = n.expected RETURNING t.key`,
    ({ key, expected, next, due }) => [key, expected, next, due],
    4,
  );
  const deletions = batchOf(
    `DELETE FROM ${table} AS t
USING unnest(${array(1, "text")}, ${array(2, "text")}) AS n (key, expected)
WHERE t.key = n.key AND t.value = n.expected RETURNING t.key`,
    ({ key, expected }) => [key, expected],
    2,
  );
  return (swap) => (swap.expected === null ? creations : swap.next === null ? deletions : replacements).add(swap);
}
