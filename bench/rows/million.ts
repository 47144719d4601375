/** What an account of a million occupies in SQL, and what the others cost a sign-in and an authentication. */
import { statSync } from "node:fs";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import sql from "../../storage-drivers/sql/index.ts";
import { anonOver, seed } from "../accounts.ts";
import { type Bench, concurrently, interleave, type Measured, median, type Row } from "../measure.ts";
import { adminOf, fill as fillPostgres } from "../postgres.ts";
import { bareHandle, driverOf, fill as fillSqlite, inScratch, TABLE } from "../sqlite.ts";
import { type StoredAccount, storedAccount } from "../stored.ts";

const WIDTH = 64;
const FEW = 1_000;
/** As many visitors sign in among the million, at equal distances. */
const VISITORS = 10_000;
const STEPS = 10;
/** So few that a table of a thousand stays a small one. */
const SIGN_INS = 2_000;

/** A storage, and the statements beside it that are not measured. */
interface Side {
  storage: AtomicDriver;
  fill(count: number, account: StoredAccount): unknown;
  empty(): unknown;
}

export async function millionSqlite(bench: Bench): Promise<Row[]> {
  return inScratch(async (fileOf) => {
    const sides = ["many", "few"].map((name) => {
      const storage = driverOf(fileOf(name));
      let opened: ReturnType<typeof bareHandle> | undefined;
      // the first sign-in makes the file
      const handle = () => {
        opened ??= bareHandle(fileOf(name), false);
        return opened;
      };
      return {
        storage,
        handle,
        fill: (count: number, account: StoredAccount) => fillSqlite(handle(), count, account),
        empty: () => handle().run(`DELETE FROM ${TABLE}`),
      };
    });
    const [many, few] = sides as [(typeof sides)[0], (typeof sides)[0]];
    const rows = await compareSizes(bench, "sqlite", many, few, async () => {
      many.handle().run("PRAGMA wal_checkpoint(TRUNCATE)");
      return statSync(fileOf("many")).size;
    });
    for (const { handle, storage } of sides) {
      handle().close();
      await storage.dispose();
    }
    return rows;
  });
}

export async function millionPostgres(bench: Bench): Promise<Row[]> {
  const admin = await adminOf(bench.postgresUrl);
  const sides = ["many_accounts", "few_accounts"].map((table) => ({
    storage: sql({ url: bench.postgresUrl, table, timeout: 60_000 }),
    fill: (count: number, account: StoredAccount) => fillPostgres(admin, table, count, account),
    empty: () => admin.query(`TRUNCATE ${table}`),
  }));
  const [many, few] = sides as [Side, Side];
  try {
    return await compareSizes(bench, "postgres", many, few, async () => {
      const { rows } = await admin.query("SELECT pg_total_relation_size('many_accounts') AS bytes");
      return Number(rows[0].bytes);
    });
  } finally {
    for (const side of sides) {
      await side.empty();
      await side.storage.dispose();
    }
    await admin.end();
  }
}

async function compareSizes(
  bench: Bench,
  database: string,
  many: Side,
  few: Side,
  bytesOfMany: () => Promise<number>,
): Promise<Row[]> {
  const account = await storedAccount(many.storage);
  const accounts = bench.accounts(1_000_000);
  const visitors = bench.accounts(VISITORS);
  const tokens: string[] = [];
  for (let step = 0; step < STEPS; step++) {
    await many.fill((accounts - visitors) / STEPS, account);
    tokens.push(...(await signIn(many.storage, visitors / STEPS)));
  }
  const bytes = (await bytesOfMany()) / (accounts + 1);
  const tokensOfFew = await signIn(few.storage, FEW);
  const authenticated = await interleave(
    [
      { name: "among many", run: () => authenticate(many.storage, tokens, bench) },
      { name: "among few", run: () => authenticate(few.storage, tokensOfFew, bench) },
    ],
    bench.rounds(15),
    2,
  );
  const signedIn = await interleave(
    [
      { name: "among many", run: async () => (await signIn(many.storage, SIGN_INS)).length },
      {
        name: "among few",
        async prepare() {
          await few.empty();
          await seed(few.storage, FEW);
        },
        run: async () => (await signIn(few.storage, SIGN_INS)).length,
      },
    ],
    bench.rounds(15),
    2,
  );
  const stored = account.value.length + `acc:users:${account.id}`.length;
  return [
    slowdown(`sign-in among 1,000,000 accounts, ${database}`, signedIn),
    slowdown(`authenticate among 1,000,000 accounts, ${database}`, authenticated),
    {
      name: `an account of 1,000,000, ${database}: times the bytes of its key and value`,
      ratio: bytes / stored,
      better: "lower",
      floor: null,
      goal: null,
      ours: `${bytes.toFixed(0)} bytes`,
      against: `${stored} bytes`,
    },
  ];
}

async function signIn(storage: AtomicDriver, count: number): Promise<string[]> {
  const anon = anonOver(storage);
  const tokens: string[] = [];
  await concurrently(count, WIDTH, async () => tokens.push((await anon.signInAnonymously()).token));
  return tokens;
}

function authenticate(storage: AtomicDriver, tokens: readonly string[], bench: Bench): Promise<number> {
  const anon = anonOver(storage);
  return concurrently(bench.accounts(50_000), WIDTH, async (index) => {
    // a step that has no divisor in common with the number of tokens
    if (!(await anon.authenticate(tokens[(index * 7_919) % tokens.length]!)))
      throw new Error("A token was not accepted");
  });
}

function slowdown(what: string, measured: Measured[]): Row {
  const [many, few] = measured as [Measured, Measured];
  return {
    name: `${what}: times as long as among 1,000`,
    ratio: median(many.rates.map((rate, round) => few.rates[round]! / rate)),
    better: "lower",
    floor: 1.3,
    goal: 1.1,
    ours: `${median(many.rates).toFixed(0)}/s`,
    against: `${median(few.rates).toFixed(0)}/s`,
  };
}
