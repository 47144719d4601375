/** Runs every row, prints the table and writes results.json. `--quick`: a tenth of the accounts, fewer rounds. */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Bench, Row } from "./measure.ts";
import { authenticateRedis } from "./rows/authenticate-redis.ts";
import { betterAuthMemory, betterAuthRedis } from "./rows/better-auth.ts";
import { gcAmongMemory, gcAmongRedis } from "./rows/gc-among.ts";
import { gcRedis } from "./rows/gc-redis.ts";
import { help } from "./rows/help.ts";
import { http } from "./rows/http.ts";
import { residentMemory } from "./rows/resident-memory.ts";
import { signInFs } from "./rows/sign-in-fs.ts";
import { signInMemory } from "./rows/sign-in-memory.ts";
import { signInRedis } from "./rows/sign-in-redis.ts";
import { verifyTokenRow } from "./rows/verify-token.ts";
import { formatTable } from "./table.ts";

const RESULTS = fileURLToPath(new URL("results.json", import.meta.url));

const STEPS: { name: string; needsRedis?: boolean; rows(bench: Bench): Promise<Row[]> }[] = [
  { name: "help", rows: help },
  { name: "sign-in-memory", rows: signInMemory },
  { name: "verify-token", rows: verifyTokenRow },
  { name: "sign-in-fs", rows: signInFs },
  { name: "sign-in-redis", needsRedis: true, rows: signInRedis },
  { name: "authenticate-redis", needsRedis: true, rows: authenticateRedis },
  { name: "http", rows: http },
  { name: "better-auth-memory", rows: betterAuthMemory },
  { name: "better-auth-redis", needsRedis: true, rows: betterAuthRedis },
  { name: "gc-among-memory", rows: gcAmongMemory },
  { name: "gc-redis", needsRedis: true, rows: gcRedis },
  { name: "gc-among-redis", needsRedis: true, rows: gcAmongRedis },
  { name: "resident-memory", needsRedis: true, rows: residentMemory },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false } },
});
const { quick } = values;
const bench: Bench = {
  quick,
  accounts: (count) => (quick ? Math.ceil(count / 10) : count),
  rounds: (count) => (quick ? Math.ceil(count / 2) : count),
  redisUrl: process.env.ANON_BENCH_REDIS ?? "",
  node: process.env.ANON_BENCH_NODE ?? "node",
};

const rows: Row[] = [];
for (const step of STEPS) {
  if (positionals.length > 0 && !positionals.some((part) => step.name.includes(part))) continue;
  if (step.needsRedis && bench.redisUrl === "") {
    console.error(`${step.name}: LEFT OUT, there is no Redis`);
    continue;
  }
  const started = Date.now();
  rows.push(...(await step.rows(bench)));
  console.error(`${step.name}: ${((Date.now() - started) / 1_000).toFixed(0)} s`);
}
console.log(formatTable(rows));
if (positionals.length === 0) writeFileSync(RESULTS, `${JSON.stringify({ quick, rows }, null, 2)}\n`);
// handles that a compared library leaves open must not keep the process running
process.exit(0);
