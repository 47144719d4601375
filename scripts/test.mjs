// npm test: runs the whole suite on every runtime, and prints the counts in the last line.
// npm test -- [--runtime bun|deno|node|once|browser|frameworks|node20] [--verbose] [part of a file name …]
// ANON_TEST_SIZE=full runs every test at its full size. A file that is named runs on every runtime: `test/` names all.
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { run } from "./run/process.mjs";
import { provideBrowser, providePostgres, providePython, provideRedis, provideShells } from "./run/provide.mjs";
import { countsOfBun, readReport } from "./run/reports.mjs";
import { versionOf } from "./run/runtimes.mjs";
import { suites } from "./run/suites.mjs";
import { root } from "./run/tree.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runtime: { type: "string", multiple: true }, verbose: { type: "boolean", default: false } },
});
const size = process.env.ANON_TEST_SIZE || "short";
if (size !== "short" && size !== "full") {
  console.error(
    `Cannot run the tests at the size ${size}: set ANON_TEST_SIZE to full, or leave it out for the short size`,
  );
  process.exit(2);
}
const named = suites({ full: size === "full" || positionals.length > 0, everywhere: positionals.length > 0 }).filter(
  ({ runtime }) => !values.runtime || values.runtime.includes(runtime),
);
if (named.length === 0) {
  console.error(`Cannot run on ${values.runtime}: use bun, deno, node, once, browser, frameworks or node20`);
  process.exit(2);
}
const wanted = (file) => positionals.length === 0 || positionals.some((part) => file.includes(part));
const chosen = named
  .map((suite) => ({ ...suite, files: suite.files.filter(wanted) }))
  .filter(({ files }) => files.length > 0 || positionals.length === 0)
  .filter(({ runtime, onlyInFull }) => !onlyInFull || size === "full" || values.runtime?.includes(runtime));
// The suites wait for servers and timers half of the time, so two at once take little longer than one. With more of them,
// tests of time fail on a busy machine.
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

async function runSuite({ runtime, find, files, args, env: own }) {
  const command = find();
  if (command === null) {
    console.log(`\n=== ${runtime}: the runtime cannot be found; run npm ci without --ignore-scripts ===`);
    add(runtime, { passed: 0, failed: 1, skipped: 0 });
    return;
  }
  const label = `${runtime} ${versionOf(command)}`;
  console.log(`${label}: ${files.length} files …`);
  const report = join(scratch, `${runtime}.xml`);
  // With a compile cache the many Node processes that load the same sources start in half the time.
  const env = {
    NODE_COMPILE_CACHE: join(scratch, "compiled"),
    ...process.env,
    ...own,
    NO_COLOR: "1",
    ANON_TEST_RUNTIME: runtime,
  };
  const started = Date.now();
  const done = await run(command, args(report, files), { cwd: root, env, show: values.verbose });
  const seconds = (Date.now() - started) / 1000;
  const result = readReport(runtime, report) ?? { passed: 0, failed: 0, skipped: 0, failures: [], skips: [] };
  if (runtime === "bun") Object.assign(result, countsOfBun(done.output));
  const wrong = [];
  if (done.timedOut) wrong.push("timed out and was killed");
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

/** Builds dist/, because the tests of the package and of the examples use it. */
async function buildFirst() {
  if (!chosen.some(({ usesDist }) => usesDist)) return;
  const built = await run(process.execPath, [join(root, "scripts", "build.mjs")], { cwd: root });
  process.env.ANON_BUILT = "1";
  if (built.code === 0) return;
  console.log(built.output);
  add("build", { passed: 0, failed: 1, skipped: 0 });
}

/** Starts the servers that the chosen suites need. */
async function provide(servers) {
  const needed = (what) => chosen.some(({ needs }) => needs.includes(what));
  if (needed("browser")) provideBrowser();
  if (needed("python")) providePython();
  if (needed("shells")) provideShells();
  for (const [what, start] of [
    ["redis", provideRedis],
    ["postgres", providePostgres],
  ]) {
    if (!needed(what)) continue;
    try {
      await start(servers);
    } catch (error) {
      console.log(`Cannot start ${what} for the tests: ${error.message}`);
      add(what, { passed: 0, failed: 1, skipped: 0 });
    }
  }
}

const servers = [];
try {
  await buildFirst();
  await provide(servers);
  // A browser uses all of a small machine: next to it, tests of drivers timed out.
  const alone = chosen.filter(({ needs }) => needs.includes("browser"));
  const waiting = chosen.filter((suite) => !alone.includes(suite));
  // An interrupt ends the current runners (scripts/run/process.mjs); the servers are still stopped below.
  const work = async () => {
    while (waiting.length > 0 && process.exitCode === undefined) await runSuite(waiting.shift());
  };
  await Promise.all(Array.from({ length: jobs }, work));
  waiting.push(...alone);
  await work();
} finally {
  for (const server of servers) {
    await server
      .stop()
      .catch((error) => console.log(`Cannot stop or clean up a server of the tests: ${error.message}`));
  }
  rmSync(scratch, { recursive: true, force: true });
}
const fullSize = size === "full" ? "the full size ran" : "the short size ran; ANON_TEST_SIZE=full runs everything";
console.log(`\n${summary.join("\n")}\n${fullSize}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(process.exitCode ?? (total.failed > 0 || total.passed === 0 ? 1 : 0));
