/** The application's own data: a count for each account, in D1 beside the accounts, or in memory. */

/** What the example uses of a D1 database. */
export interface D1 {
  prepare(sql: string): D1Statement;
  batch(statements: D1Statement[]): Promise<unknown[]>;
  exec(sql: string): Promise<unknown>;
}

interface D1Statement {
  bind(...values: unknown[]): D1Statement;
  first(column: string): Promise<unknown>;
  run(): Promise<unknown>;
}

export interface Counts {
  of(account: string): Promise<number>;
  countOne(account: string): Promise<void>;
  /** Deletes the counts whose accounts were deleted. */
  sweep(): Promise<void>;
}

export const TABLE = "CREATE TABLE IF NOT EXISTS counts (account TEXT PRIMARY KEY, count INTEGER NOT NULL)";

export function countsInD1(database: D1): Counts {
  return {
    async of(account) {
      const count = await database.prepare("SELECT count FROM counts WHERE account = ?").bind(account).first("count");
      return Number(count ?? 0);
    },
    async countOne(account) {
      const sql = "INSERT INTO counts VALUES (?, 1) ON CONFLICT (account) DO UPDATE SET count = count + 1";
      await database.prepare(sql).bind(account).run();
    },
    async sweep() {
      // anon_users is the driver's view of the accounts
      await database.prepare("DELETE FROM counts WHERE account NOT IN (SELECT id FROM anon_users)").run();
    },
  };
}

export function countsInMemory(): Counts {
  const counts = new Map<string, number>();
  return {
    of: async (account) => counts.get(account) ?? 0,
    async countOne(account) {
      counts.set(account, (counts.get(account) ?? 0) + 1);
    },
    // they end with their isolate
    sweep: async () => undefined,
  };
}
