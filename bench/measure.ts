/** Interleaved rounds and their medians: compares costs on a machine with other load. */
import { performance } from "node:perf_hooks";

/** One line of the table. The name says what `ratio` is; `floor` and `goal` are `null` for comparisons without limits. */
export interface Row {
  name: string;
  ratio: number;
  better: "higher" | "lower";
  floor: number | null;
  goal: number | null;
  /** The medians of the ratio, formatted. */
  ours: string;
  against: string;
}

/** The parameters of every row. */
export interface Bench {
  quick: boolean;
  /** Returns `count`, or a tenth of it with `--quick`. */
  accounts(count: number): number;
  /** Returns `count`, or half of it with `--quick`. */
  rounds(count: number): number;
  /** The URL of the benchmark's own Redis without a database number; empty without Redis. */
  redisUrl: string;
  /** The URL of the benchmark's own PostgreSQL; empty without one. */
  postgresUrl: string;
  /** The Node executable for the built CLI. */
  node: string;
}

/** One of the compared ways. `prepare` is not measured; `run` returns the number of its operations. */
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

/** Frees one contender's garbage before the next one is measured. */
function freeMemory(): void {
  globalThis.Bun.gc(true);
}

/** Runs every contender once per round, after warm-up rounds that are not measured. */
export async function interleave(contenders: Contender[], rounds: number, warmUps = 1): Promise<Measured[]> {
  const measured = contenders.map(({ name }) => ({ name, rates: [] as number[] }));
  for (let round = -warmUps; round < rounds; round++) {
    // the first of a round may find colder caches or a cooler processor, so the order rotates
    for (let turn = 0; turn < contenders.length; turn++) {
      const index = (turn + round + warmUps) % contenders.length;
      const contender = contenders[index]!;
      await contender.prepare?.();
      freeMemory();
      const started = performance.now();
      const operations = await contender.run();
      const seconds = (performance.now() - started) / 1_000;
      if (round >= 0) measured[index]!.rates.push(operations / seconds);
    }
  }
  return measured;
}

/** Compares the first contender with the best of the others: the median of the ratios of all rounds. */
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
