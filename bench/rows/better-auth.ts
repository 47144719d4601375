/** Better Auth's anonymous sign-in compared with `signInAnonymously`, without limits. */
import memory from "../../storage-drivers/memory.ts";
import { anonOver } from "../accounts.ts";
import { against, type Bench, concurrently, interleave, type Measured, type Row } from "../measure.ts";
import { bareClient, DATABASE, driverOf } from "../redis.ts";

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

async function createBetterAuth(secondaryStorage?: SecondaryStorage): Promise<BetterAuth> {
  const { betterAuth } = await load<{ betterAuth(options: object): BetterAuth }>("better-auth");
  const { memoryAdapter } = await load<{ memoryAdapter(tables: object): unknown }>("better-auth/adapters/memory");
  const { anonymous } = await load<{ anonymous(): unknown }>("better-auth/plugins");
  return betterAuth({
    baseURL: "http://127.0.0.1:3000",
    secret: "a secret of the benchmarks, 32 or more",
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    plugins: [anonymous()],
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
    ...(secondaryStorage && { secondaryStorage }),
  });
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
          auth = await createBetterAuth();
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
            auth = await createBetterAuth(secondary);
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

function compared(how: string, measured: Measured[]): Row {
  return {
    name: `Better Auth's anonymous sign-in, ${how}: times ours`,
    better: "higher",
    floor: null,
    goal: null,
    ...against(measured),
  };
}
