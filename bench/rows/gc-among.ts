/** `gc` of the same number of accounts among 50 times as many accounts. */
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import memory from "../../storage-drivers/memory.ts";
import { runGc, seed } from "../accounts.ts";
import { type Bench, interleave, type Measured, median, type Row } from "../measure.ts";
import { bareClient, DATABASE, driverOf } from "../redis.ts";

export async function gcAmongMemory(bench: Bench): Promise<Row[]> {
  const [due, few, many] = sizes(bench);
  const small = memory();
  const big = memory();
  await seed(small, few - due);
  await seed(big, many - due);
  const measured = await measure(bench, due, big, small);
  await Promise.all([small.dispose(), big.dispose()]);
  return [row("memory", measured)];
}

export async function gcAmongRedis(bench: Bench): Promise<Row[]> {
  const [due, few, many] = sizes(bench);
  const small = driverOf(bench.redisUrl, DATABASE.few);
  const big = driverOf(bench.redisUrl, DATABASE.many);
  const admin = bareClient(bench.redisUrl, DATABASE.few, false);
  try {
    await admin.flushall();
    await seed(small, few - due);
    await seed(big, many - due);
    return [row("redis", await measure(bench, due, big, small))];
  } finally {
    await admin.flushall();
    admin.disconnect();
    await Promise.all([small.dispose(), big.dispose()]);
  }
}

function sizes(bench: Bench): [number, number, number] {
  return [bench.accounts(10_000), bench.accounts(20_000), bench.accounts(1_000_000)];
}

async function measure(
  bench: Bench,
  due: number,
  big: AtomicDriver,
  small: AtomicDriver,
): Promise<[Measured, Measured]> {
  const contender = (name: string, storage: AtomicDriver) => ({
    name,
    prepare: () => seed(storage, due, 30),
    run: () => runGc(storage, due),
  });
  // many rounds, because one gc is short
  const measured = await interleave([contender("among many", big), contender("among few", small)], bench.rounds(15), 3);
  return measured as [Measured, Measured];
}

function row(storage: string, [big, small]: [Measured, Measured]): Row {
  return {
    name: `gc of 10,000 among 1,000,000, ${storage}: times as long as among 20,000`,
    ratio: median(big.rates.map((rate, round) => small.rates[round]! / rate)),
    better: "lower",
    floor: 1.3,
    goal: 1.1,
    ours: `${median(big.rates).toFixed(0)} accounts/s`,
    against: `${median(small.rates).toFixed(0)} accounts/s`,
  };
}
