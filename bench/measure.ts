/** Interleaved rounds and their medians: what two things cost beside each other, on a machine that is never quiet. */
import { performance } from "node:perf_hooks";

/** One line of the table. `ratio` is what the name says; lower and upper limits are `null` for mere comparisons. */
export interface Row {
  name: string;
  ratio: number;
  better: "higher" | "lower";
  floor: number | null;
  goal: number | null;
  /** Medians behind the ratio, for people. */
  ours: string;
  against: string;
}

/** What every row is given. */
export interface Bench {
  quick: boolean;
  /** So many accounts, or a tenth of them with `--quick`. */
  accounts(count: number): number;
  /** So many rounds, or about half with `--quick`. */
  rounds(count: number): number;
  /** A Redis of the benchmark's own, without a database number; empty when there is none. */
  redisUrl: string;
  /** Node for the built command. */
  node: string;
}

/** One way to do it: does `prepare`, which is not measured, then answers how many operations a `run` did. */
export interface Contender {
  name: string;
  prepare?(): Promise<unknown> | unknown;
  run(): Promise<number> | number;
}

export interface Measured {
  name: string;
  /** Operations per second of every round, in order. */
  rates: number[];
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Garbage of one contender must not be collected in the time of the next. */
function collectGarbage(): void {
  globalThis.Bun.gc(true);
}

/** Runs every contender once per round, in turns, after warm-up rounds that do not count. */
export async function interleave(contenders: Contender[], rounds: number, warmUps = 1): Promise<Measured[]> {
  const measured = contenders.map(({ name }) => ({ name, rates: [] as number[] }));
  for (let round = -warmUps; round < rounds; round++) {
    // Whoever comes first may find caches colder or the processor cooler: everybody does in turn.
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (turn + round + warmUps) % contenders.length;
      const contender = contenders[index]!;
      await contender.prepare?.();
      collectGarbage();
      const started = performance.now();
      const operations = await contender.run();
      const seconds = (performance.now() - started) / 1_000;
      if (round >= 0) measured[index]!.rates.push(operations / seconds);
    }
  }
  return measured;
}

/** The first against the best of the others: the median of the rounds' ratios, each of two runs side by side. */
export function against(measured: Measured[]): { ratio: number; ours: string; against: string } {
  const [ours, ...others] = measured;
  const best = others.reduce((one, other) => (median(other.rates) > median(one.rates) ? other : one));
  return {
    ratio: median(ours!.rates.map((rate, round) => rate / best.rates[round]!)),
    ours: `${formatRate(median(ours!.rates))}/s`,
    against: `${formatRate(median(best.rates))}/s (${best.name})`,
  };
}

function formatRate(rate: number): string {
  return rate >= 10_000 ? `${(rate / 1_000).toFixed(0)}k` : rate.toFixed(0);
}

/** Calls `task` `count` times, `width` of them at a time. */
export async function concurrently(count: number, width: number, task: (index: number) => unknown): Promise<number> {
  let next = 0;
  const worker = async () => {
    while (next < count) await task(next++);
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
  return count;
}
