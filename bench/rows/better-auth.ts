/** Better Auth's anonymous sign-in compared with `signInAnonymously`, without limits. */
import pg from "pg";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import memory from "../../storage-drivers/memory.ts";
import { anonOver, sampleOf } from "../accounts.ts";
import { against, type Bench, concurrently, interleave, type Measured, type Row } from "../measure.ts";
import { driverOf as postgresDriverOf } from "../postgres.ts";
import { bareClient, DATABASE, driverOf } from "../redis.ts";
import { bareHandle, inScratch, driverOf as sqliteDriverOf } from "../sqlite.ts";

interface SecondaryStorage {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttl?: number): Promise<void>;
  delete(key: string): Promise<void>;
}

interface BetterAuth {
  api: { signInAnonymous(input: object): Promise<{ token: string } | null> };
}

/** Imports without types, because the package is installed only for this benchmark. */
const load = async <T>(name: string): Promise<T> => (await import(name)) as T;

async function optionsOf(database: unknown): Promise<object> {
  const { anonymous } = await load<{ anonymous(): unknown }>("better-auth/plugins");
  return {
    baseURL: "http://127.0.0.1:3000",
    secret: "a secret of the benchmarks, 32 or more",
    database,
    plugins: [anonymous()],
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
  };
}

async function createBetterAuth(options: object): Promise<BetterAuth> {
  const { betterAuth } = await load<{ betterAuth(options: object): BetterAuth }>("better-auth");
  return betterAuth(options);
}

async function createInMemory(secondaryStorage?: SecondaryStorage): Promise<BetterAuth> {
  const { memoryAdapter } = await load<{ memoryAdapter(tables: object): unknown }>("better-auth/adapters/memory");
  const options = await optionsOf(memoryAdapter({ user: [], session: [], account: [], verification: [] }));
  return createBetterAuth({ ...options, ...(secondaryStorage && { secondaryStorage }) });
}

/** Over a client of a SQL database, in which its migrations make its tables. */
async function createInSql(client: unknown): Promise<BetterAuth> {
  const { getMigrations } = await load<{
    getMigrations(options: object): Promise<{ runMigrations(): Promise<void> }>;
  }>("better-auth/db/migration");
  const options = await optionsOf(client);
  await (await getMigrations(options)).runMigrations();
  return createBetterAuth(options);
}

async function signIn(auth: BetterAuth): Promise<void> {
  const session = await auth.api.signInAnonymous({ headers: new Headers() });
  if (!session?.token) throw new Error("Better Auth did not sign in");
}

export async function betterAuthMemory(bench: Bench): Promise<Row[]> {
  const count = bench.accounts(20_000);
  let auth: BetterAuth;
  const measured = await interleave(
    [
      {
        name: "Better Auth",
        prepare: async () => {
          auth = await createInMemory();
        },
        run: () => concurrently(count, 1, () => signIn(auth)),
      },
      {
        name: "signInAnonymously",
        async run() {
          const anon = anonOver(memory());
          return concurrently(count, 1, () => anon.signInAnonymously());
        },
      },
    ],
    bench.rounds(5),
  );
  return [compared("memory adapter", measured)];
}

export async function betterAuthRedis(bench: Bench): Promise<Row[]> {
  const count = bench.accounts(20_000);
  const storage = driverOf(bench.redisUrl, DATABASE.speed);
  const client = bareClient(bench.redisUrl, DATABASE.secondary, true);
  const secondary: SecondaryStorage = {
    get: (key) => client.get(key),
    async set(key, value, ttl) {
      if (ttl) await client.set(key, value, "EX", ttl);
      else await client.set(key, value);
    },
    async delete(key) {
      await client.del(key);
    },
  };
  let auth: BetterAuth;
  const anon = anonOver(storage);
  try {
    const measured = await interleave(
      [
        {
          name: "Better Auth",
          async prepare() {
            await client.flushdb();
            auth = await createInMemory(secondary);
          },
          run: () => concurrently(count, 64, () => signIn(auth)),
        },
        { name: "signInAnonymously", run: () => concurrently(count, 64, () => anon.signInAnonymously()) },
      ],
      bench.rounds(5),
    );
    return [compared("memory adapter and Redis as secondary storage, 64 concurrent", measured)];
  } finally {
    await client.flushall();
    client.disconnect();
    await storage.dispose();
  }
}

export async function betterAuthSqlite(bench: Bench): Promise<Row[]> {
  return inScratch(async (fileOf) => {
    const storage = sqliteDriverOf(fileOf("accounts"));
    await sampleOf(storage);
    const client = bareHandle(fileOf("accounts"), false);
    const measured = await besides(await createInSql(client), storage, bench);
    client.close();
    await storage.dispose();
    return [compared("the same SQLite file, 64 concurrent", measured)];
  });
}

export async function betterAuthPostgres(bench: Bench): Promise<Row[]> {
  const storage = postgresDriverOf(bench.postgresUrl);
  const pool = new pg.Pool({ connectionString: bench.postgresUrl });
  try {
    const measured = await besides(await createInSql(pool), storage, bench);
    return [compared("the same PostgreSQL, 64 concurrent", measured)];
  } finally {
    await storage.dispose();
    await pool.end();
  }
}

function besides(auth: BetterAuth, storage: AtomicDriver, bench: Bench): Promise<Measured[]> {
  const anon = anonOver(storage);
  const few = bench.accounts(2_000);
  const many = bench.accounts(20_000);
  return interleave(
    [
      { name: "Better Auth", run: () => concurrently(few, 64, () => signIn(auth)) },
      { name: "signInAnonymously", run: () => concurrently(many, 64, () => anon.signInAnonymously()) },
    ],
    bench.rounds(5),
  );
}

function compared(how: string, measured: Measured[]): Row {
  return {
    name: `Better Auth's anonymous sign-in, ${how}: times ours`,
    better: "higher",
    floor: null,
    goal: null,
    ...against(measured),
  };
}
