/** Peak resident memory of `list`, `copy`, `dump`, `gc` and an import over many accounts against few, each in a process of its own. */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { seed } from "../accounts.ts";
import { type Bench, median, type Row } from "../measure.ts";
import { bareClient, DATABASE, driverOf, urlOf } from "../redis.ts";

const CHILD = fileURLToPath(new URL("../resident-child.ts", import.meta.url));

/** In this order: `gc` deletes the accounts. */
const JOBS = [
  { job: "list", floor: 1.2 },
  { job: "copy", floor: 1.3 },
  { job: "dump", floor: 1.3 },
  { job: "gc", floor: 1.2 },
] as const;

export async function residentMemory(bench: Bench): Promise<Row[]> {
  const sizes = [
    { count: bench.accounts(1_000_000), database: DATABASE.many },
    // not a tenth with --quick: 1,000 accounts are done before the runtime's heap reaches its working size
    { count: 10_000, database: DATABASE.few },
  ] as const;
  const admin = bareClient(bench.redisUrl, DATABASE.many, false);
  const storages = sizes.map(({ database }) => driverOf(bench.redisUrl, database));
  const rows: Row[] = [];
  try {
    await admin.flushall();
    for (const [i, { count }] of sizes.entries()) await seed(storages[i]!, count);
    for (const { job, floor } of JOBS) {
      const peaks: [number[], number[]] = [[], []];
      for (let round = 0; round < bench.rounds(3); round++) {
        for (const [i, { count, database }] of sizes.entries()) {
          if (job === "gc" && round > 0) await seed(storages[i]!, count);
          if (job === "copy") await admin.select(DATABASE.secondary).then(() => admin.flushdb());
          peaks[i]!.push(
            peakOf(job, count, urlOf(bench.redisUrl, database), urlOf(bench.redisUrl, DATABASE.secondary)),
          );
        }
      }
      const [many, few] = peaks.map(median) as [number, number];
      rows.push({
        name: `resident memory of ${job} over 1,000,000 accounts, redis: times as much as over 10,000`,
        ratio: many / few,
        better: "lower",
        floor,
        goal: 1.1,
        ours: `${many.toFixed(0)} MB peak`,
        against: `${few.toFixed(0)} MB peak`,
      });
    }
    await admin.flushall();
    const [many, few] = sizes.map(({ count, database }) =>
      peakOf("import", count, urlOf(bench.redisUrl, database), String(count)),
    );
    rows.push({
      name: "resident memory of an import of 1,000,000 accounts, redis: times as much as of 10,000",
      ratio: (many as number) / (few as number),
      better: "lower",
      floor: 1.3,
      goal: 1.1,
      ours: `${many?.toFixed(0)} MB peak`,
      against: `${few?.toFixed(0)} MB peak`,
    });
  } finally {
    await admin.flushall();
    admin.disconnect();
    await Promise.all(storages.map((storage) => storage.dispose()));
  }
  return rows;
}

/** The child's peak in MB; it must have seen every account. */
function peakOf(job: string, count: number, ...args: string[]): number {
  const child = spawnSync(process.execPath, [CHILD, job, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.status !== 0) throw new Error(`${job} ended with ${child.signal ?? `exit code ${child.status}`}`);
  const { seen, megabytes } = JSON.parse(child.stdout) as { seen: number; megabytes: number };
  if (seen !== count) throw new Error(`${job} saw ${seen} of ${count} accounts`);
  return megabytes;
}
