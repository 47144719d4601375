// npm run bench [-- --quick] [-- part of a step's name …]: starts what the benchmarks need, runs them, and stops it.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { findPrograms } from "./postgres/find-postgres.mjs";
import { startPostgres } from "./postgres/servers.mjs";
import { findServer } from "./redis/find-redis.mjs";
import { startRedis } from "./redis/servers.mjs";
import { run } from "./run/process.mjs";
import { findBun, findNode } from "./run/runtimes.mjs";
import { root } from "./run/tree.mjs";

const HOUR = 3_600_000;

function runOrExit(what, command, args) {
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32" && command === "npm",
  });
  if (done.status === 0) return;
  console.error(`Cannot run the benchmarks: ${what} failed (${done.error?.message ?? `exit code ${done.status}`})`);
  process.exit(1);
}

const bun = findBun();
if (bun === null) {
  console.error("Cannot run the benchmarks: Bun cannot be found, run npm ci without --ignore-scripts");
  process.exit(1);
}
// Always build, so that the current sources are measured.
runOrExit("the build", process.execPath, [join(root, "scripts", "build.mjs")]);
if (!existsSync(join(root, "bench", "node_modules", "better-auth"))) {
  runOrExit("npm ci in bench/", "npm", ["ci", "--prefix", "bench", "--include", "dev", "--ignore-scripts"]);
}

const env = { ...process.env, ANON_BENCH_NODE: findNode() ?? process.execPath };
delete env.ANON_BENCH_REDIS;
delete env.ANON_BENCH_POSTGRES;
// The benchmarks fill and flush databases, so they never use the servers of REDIS_URL and POSTGRES_URL.
const redisServer = findServer();
const programs = findPrograms();
const servers = [];
try {
  if (redisServer === null)
    console.error("!!! NO REDIS: neither redis-server nor valkey-server is installed; its rows are LEFT OUT !!!");
  else {
    const server = await startRedis({ redisServer });
    servers.push(server);
    env.ANON_BENCH_REDIS = server.url;
  }
  if (programs === null) console.error("!!! NO POSTGRESQL: it is not installed; its rows are LEFT OUT !!!");
  else {
    // Unlike the tests' server, one that survives a power loss: what a commit costs is part of the rows.
    const server = await startPostgres({ programs, args: ["-c", "fsync=on", "-c", "full_page_writes=on"] });
    servers.push(server);
    env.ANON_BENCH_POSTGRES = server.url;
  }
  const args = [join(root, "bench", "main.ts"), ...process.argv.slice(2)];
  const done = await run(bun, args, { cwd: root, env, show: true, timeoutMs: HOUR });
  process.exitCode ??= done.code ?? 1;
} finally {
  await Promise.all(servers.map((server) => server.stop()));
}
