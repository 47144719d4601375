/** Counts in a table beside the accounts, for all processes that use it. */
import type { Counter } from "../../sdk/storage/port.ts";
import type { Database, Result } from "./database.ts";
import type { Statements } from "./statements.ts";

/** Counts whose window is over are deleted at most so often. */
const FORGET_EVERY_MS = 60_000;

/** So many are deleted at once: a SQLite in this process blocks meanwhile. */
const FORGET_AT_ONCE = 1_000;

/** A counter whose subjects begin with `name`. `open` is called before each use. */
export function openCounter(
  open: () => Promise<{ database: Database; statements: Statements }>,
  name: string,
  { max, seconds }: { max: number; seconds: number },
): Counter {
  // counts of another limit do not apply to this one
  const subjectOf = (subject: string): string => `${name}:${max}/${seconds}:${subject}`;
  let forgotten = performance.now();

  async function write(statement: keyof Statements, values: (string | number)[]): Promise<Result> {
    const { database, statements } = await open();
    return await database.write({ sql: statements[statement], values });
  }

  return {
    async take(subject) {
      if (performance.now() - forgotten > FORGET_EVERY_MS) {
        forgotten = performance.now();
        // the next call goes on
        const { changes } = await write("forgetCounts", [FORGET_AT_ONCE]);
        if (changes === FORGET_AT_ONCE) forgotten = Number.NEGATIVE_INFINITY;
      }
      // not `changes`: libSQL reports none for a statement on a file that returns rows
      const { rows } = await write("count", [subjectOf(subject), seconds * 1_000, max]);
      if (rows.length > 0) return null;
      const { database, statements } = await open();
      const [row] = await database.read({ sql: statements.remaining, values: [subjectOf(subject)] });
      return Math.max(1, Number(row?.remaining ?? 1));
    },
    async giveBack(subject) {
      await write("giveBack", [subjectOf(subject)]);
    },
    async clear(subject) {
      await write("clearCount", [subjectOf(subject)]);
    },
  };
}
