/** Runs every row, prints the table and writes results.json. `--quick`: a tenth of the accounts, fewer rounds. */
import { writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Bench, Row } from "./measure.ts";
import { authenticatePostgres } from "./rows/authenticate-postgres.ts";
import { authenticateRedis } from "./rows/authenticate-redis.ts";
import { authenticateSqlite } from "./rows/authenticate-sqlite.ts";
import { betterAuthMemory, betterAuthPostgres, betterAuthRedis, betterAuthSqlite } from "./rows/better-auth.ts";
import { copyRedis } from "./rows/copy-redis.ts";
import { gcAmongMemory, gcAmongRedis } from "./rows/gc-among.ts";
import { gcFs } from "./rows/gc-fs.ts";
import { gcNothing } from "./rows/gc-nothing.ts";
import { gcPostgres } from "./rows/gc-postgres.ts";
import { gcRedis } from "./rows/gc-redis.ts";
import { gcSqlite } from "./rows/gc-sqlite.ts";
import { help } from "./rows/help.ts";
import { httpBun, httpNode } from "./rows/http.ts";
import { importRedis } from "./rows/import-redis.ts";
import { issueServiceTokenRow } from "./rows/issue-service-token.ts";
import { millionPostgres, millionSqlite } from "./rows/million.ts";
import { residentMemory } from "./rows/resident-memory.ts";
import { signInFs } from "./rows/sign-in-fs.ts";
import { signInMemory } from "./rows/sign-in-memory.ts";
import { signInPostgres } from "./rows/sign-in-postgres.ts";
import { signInRedis } from "./rows/sign-in-redis.ts";
import { signInSqlite } from "./rows/sign-in-sqlite.ts";
import { size } from "./rows/size.ts";
import { verifyTokenRow } from "./rows/verify-token.ts";
import { formatTable } from "./table.ts";

const RESULTS = fileURLToPath(new URL("results.json", import.meta.url));

const STEPS: { name: string; needs?: "Redis" | "PostgreSQL"; rows(bench: Bench): Promise<Row[]> }[] = [
  { name: "size", rows: size },
  { name: "help", rows: help },
  { name: "gc-nothing", rows: gcNothing },
  { name: "sign-in-memory", rows: signInMemory },
  { name: "verify-token", rows: verifyTokenRow },
  { name: "issue-service-token", rows: issueServiceTokenRow },
  { name: "sign-in-fs", rows: signInFs },
  { name: "sign-in-redis", needs: "Redis", rows: signInRedis },
  { name: "authenticate-redis", needs: "Redis", rows: authenticateRedis },
  { name: "sign-in-sqlite", rows: signInSqlite },
  { name: "authenticate-sqlite", rows: authenticateSqlite },
  { name: "sign-in-postgres", needs: "PostgreSQL", rows: signInPostgres },
  { name: "authenticate-postgres", needs: "PostgreSQL", rows: authenticatePostgres },
  { name: "http-bun", rows: httpBun },
  { name: "http-node", rows: httpNode },
  { name: "better-auth-memory", rows: betterAuthMemory },
  { name: "better-auth-redis", needs: "Redis", rows: betterAuthRedis },
  { name: "better-auth-sqlite", rows: betterAuthSqlite },
  { name: "better-auth-postgres", needs: "PostgreSQL", rows: betterAuthPostgres },
  { name: "gc-among-memory", rows: gcAmongMemory },
  { name: "gc-fs", rows: gcFs },
  { name: "gc-redis", needs: "Redis", rows: gcRedis },
  { name: "gc-among-redis", needs: "Redis", rows: gcAmongRedis },
  { name: "gc-sqlite", rows: gcSqlite },
  { name: "gc-postgres", needs: "PostgreSQL", rows: gcPostgres },
  { name: "copy-redis", needs: "Redis", rows: copyRedis },
  { name: "million-sqlite", rows: millionSqlite },
  { name: "million-postgres", needs: "PostgreSQL", rows: millionPostgres },
  { name: "import-redis", needs: "Redis", rows: importRedis },
  { name: "resident-memory", needs: "Redis", rows: residentMemory },
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
  postgresUrl: process.env.ANON_BENCH_POSTGRES ?? "",
  node: process.env.ANON_BENCH_NODE ?? "node",
};

const rows: Row[] = [];
for (const step of STEPS) {
  if (positionals.length > 0 && !positionals.some((part) => step.name.includes(part))) continue;
  const isMissing = { Redis: bench.redisUrl === "", PostgreSQL: bench.postgresUrl === "" };
  if (step.needs && isMissing[step.needs]) {
    console.error(`${step.name}: LEFT OUT, there is no ${step.needs}`);
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
