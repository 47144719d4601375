// npm test: the whole suite on every runtime, and one line of counts at the end.
// npm test -- [--runtime bun|deno|node|once|node20] [--verbose] [part of a file name …]
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findRedis, redisServerOnPath } from "./redis/find-redis.mjs";
import { startCluster, startRedis } from "./redis/servers.mjs";
import { tidy } from "./redis/tidy.mjs";
import { run } from "./run/process.mjs";
import { countsOfBun, readReport } from "./run/reports.mjs";
import { versionOf } from "./run/runtimes.mjs";
import { suites } from "./run/suites.mjs";
import { root } from "./run/tree.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runtime: { type: "string", multiple: true }, verbose: { type: "boolean", default: false } },
});
const chosen = suites().filter(({ runtime }) => !values.runtime || values.runtime.includes(runtime));
if (chosen.length === 0) {
  console.error(`Cannot run on ${values.runtime}: use bun, deno, node, once or node20`);
  process.exit(2);
}
// The suites wait for servers and timers half of their time, so two at once take little more than one.
const jobs = values.verbose ? 1 : Math.min(2, availableParallelism());
const scratch = mkdtempSync(join(tmpdir(), "anon-test-"));
const total = { passed: 0, failed: 0, skipped: 0 };
const summary = [];

function add(label, counts, seconds) {
  for (const key of Object.keys(total)) total[key] += counts[key];
  const line = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
  summary.push(`${label.padEnd(16)} ${line}${seconds === undefined ? "" : ` (${seconds.toFixed(1)} s)`}`);
}

process.env.ANON_TEST_RUN = `test${process.pid.toString(36)}x${Date.now().toString(36)}`;

/** Without a server the tests that need it skip themselves, or fail where it is required. */
const becauseOfThat = process.env.ANON_REQUIRE_REDIS === "1" ? "FAIL, as ANON_REQUIRE_REDIS=1 asks" : "are SKIPPED";

/** Starts what the redis tests need. */
async function provideRedis(servers) {
  const found = findRedis();
  if (found === null) {
    const missing = "neither REDIS_URL nor redis-server nor valkey-server";
    console.log(`\n!!! NO REDIS: ${missing}; the redis tests ${becauseOfThat} !!!\n`);
    return;
  }
  try {
    if (found.url) {
      process.env.ANON_TEST_REDIS_URL = found.url;
      servers.push({ stop: () => tidy(found.url, process.env.ANON_TEST_RUN) });
    } else {
      const single = await startRedis(found);
      servers.push(single);
      process.env.ANON_TEST_REDIS_URL = single.url;
    }
    // A given server is no cluster and must not be killed: for that one is started where the program for it is there.
    const redisServer = found.redisServer ?? redisServerOnPath();
    if (redisServer === null) {
      const missing = "REDIS_URL is one server, and no redis-server is on the PATH";
      console.log(`\n!!! NO REDIS CLUSTER: ${missing}; tests of it and of failures ${becauseOfThat} !!!\n`);
      return;
    }
    const cluster = await startCluster({ masters: 3, redisServer });
    servers.push(cluster);
    process.env.ANON_TEST_REDIS_CLUSTER = cluster.url;
  } catch (error) {
    console.log(`Cannot start Redis for the tests: ${error.message}`);
    add("redis", { passed: 0, failed: 1, skipped: 0 });
  }
}

async function runSuite({ runtime, find, files, args }) {
  const selected = files.filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)));
  if (selected.length === 0 && positionals.length > 0) return;
  const command = find();
  if (command === null) {
    console.log(`\n=== ${runtime}: the runtime cannot be found; run npm ci without --ignore-scripts ===`);
    add(runtime, { passed: 0, failed: 1, skipped: 0 });
    return;
  }
  const label = `${runtime} ${versionOf(command)}`;
  console.log(`${label}: ${selected.length} files …`);
  const report = join(scratch, `${runtime}.xml`);
  const env = { ...process.env, NO_COLOR: "1", ANON_TEST_RUNTIME: runtime };
  const started = Date.now();
  const done = await run(command, args(report, selected), { cwd: root, env, show: values.verbose });
  const seconds = (Date.now() - started) / 1000;
  const result = readReport(runtime, report) ?? { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };
  if (runtime === "bun") Object.assign(result, countsOfBun(done.output));
  const wrong = [];
  if (done.timedOut) wrong.push("did not end in time and was killed");
  else if (done.code !== 0 && result.failed === 0) wrong.push(`ended with ${done.signal ?? `exit code ${done.code}`}`);
  if (result.passed + result.failed + result.skipped === 0) wrong.push("ran no test");
  result.failed += wrong.length;
  console.log(`\n=== ${label} ===`);
  if (result.failed > 0) {
    if (!values.verbose) console.log(done.output);
    for (const { name, message } of result.failures) console.log(`\nFAILED on ${runtime}: ${name}\n${message}`);
    for (const why of wrong) console.log(`\nFAILED: the ${runtime} run ${why}`);
  }
  // Bun and Deno report no reasons, so the tests print them
  for (const reason of new Set(done.output.match(/^!!! .* !!!$/gm))) console.log(reason);
  for (const { name, reason } of result.skips) console.log(`skipped on ${runtime}: ${name}${reason && ` (${reason})`}`);
  add(label, result, seconds);
  console.log(summary.at(-1));
}

/** The package tests look at dist/, which must be what the sources say now. */
async function buildFirst() {
  if (!chosen.some(({ runtime }) => runtime === "once" || runtime === "node20")) return;
  const built = await run(process.execPath, [join(root, "scripts", "build.mjs")], { cwd: root });
  if (built.code === 0) return;
  console.log(built.output);
  add("build", { passed: 0, failed: 1, skipped: 0 });
}

const servers = [];
try {
  await buildFirst();
  await provideRedis(servers);
  const waiting = [...chosen];
  // An interrupt ends the runners under way (scripts/run/process.mjs); what was started here is still stopped below.
  const work = async () => {
    while (waiting.length > 0 && process.exitCode === undefined) await runSuite(waiting.shift());
  };
  await Promise.all(Array.from({ length: jobs }, work));
} finally {
  for (const server of servers) {
    await server.stop().catch((error) => console.log(`Cannot stop or tidy a Redis of the tests: ${error.message}`));
  }
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`\n${summary.join("\n")}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(process.exitCode ?? (total.failed > 0 || total.passed === 0 ? 1 : 0));
