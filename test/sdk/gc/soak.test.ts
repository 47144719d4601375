/** Visitors in one process and garbage collection in others run for some seconds. Then every account is checked. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import type { TestOptions } from "../../support/needs.ts";
import { needsPostgres, stopServers as stopPostgres, uniqueSchemaUrl } from "../../support/postgres.ts";
import { commandOf, startWorker } from "../../support/processes.ts";
import { needsRedis, standaloneUrl, stopServers, uniqueCollection } from "../../support/redis.ts";
import { bySize } from "../../support/size.ts";
import type { CollectorInput, Run } from "../../support/workers/collector.ts";
import type { Activity, VisitorsInput } from "../../support/workers/visitors.ts";

const SECRET = "a secret of at least 32 characters, for tests only";
const VISITORS = new URL("../../support/workers/visitors.ts", import.meta.url);
const COLLECTOR = new URL("../../support/workers/collector.ts", import.meta.url);
const CLI = fileURLToPath(new URL("../../../cli/anon.ts", import.meta.url));
const DURATION = bySize({ full: 10_000, short: 4_000 });
const OLDER_THAN = 1_200;
const RESOLUTION = 300;
// around the collection time, so that many visitors come back while they are collected
const AWAY = 2 * (OLDER_THAN + RESOLUTION);
const COMMANDS = 3;
/** Milliseconds; far more than a busy machine needs. */
const MAXIMUM = 120_000;
const TIMEOUT = { timeout: 300_000 };

interface Soaked {
  url: string;
  collection: string;
  activities: Activity[];
  runs: Run[];
  /** How many accounts each run of the CLI deleted; it prints no ids. */
  commands: number[];
}

const directories: string[] = [];

async function lines<T>(file: string): Promise<T[]> {
  const text = existsSync(file) ? await readFile(file, "utf8") : "";
  // a line that is being written can be read in part, so only what a line break ends counts
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as T);
}

async function soak(url: string, directory: string): Promise<Soaked> {
  // the server may be shared with other tests, so only this collection is collected
  const collection = uniqueCollection();
  const common = { url, secret: SECRET, collection, activityResolution: RESOLUTION };
  const visited = join(directory, "visitors.jsonl");
  const collected = join(directory, "collector.jsonl");
  const collectorInput: CollectorInput = { ...common, olderThan: OLDER_THAN, journal: collected };
  const visitorsInput: VisitorsInput = { ...common, away: AWAY, journal: visited };
  const collector = startWorker(COLLECTOR, collectorInput);
  const visitors = startWorker(VISITORS, visitorsInput);
  const commands: number[] = [];
  try {
    assert.equal(await collector.next(), "ready");
    // afterwards the CLI, which starts more slowly, runs alone
    const half = setTimeout(DURATION / 2).then(() => collector.send("stop"));
    const started = performance.now();
    let died = false;
    const ended = visitors.next();
    // awaited below, after the last run of the CLI
    ended.catch(() => {
      died = true;
    });
    // the CLI refuses a directory or a file that does not exist, and the first account creates it
    while (!died && (await lines(visited)).length === 0) await setTimeout(10);
    // also until everything that the checks need has happened
    const isEnough = async () =>
      performance.now() - started >= DURATION &&
      missingOf(commands, await lines<Activity>(visited), await lines<Run>(collected)).length === 0;
    while (!died && !(await isEnough()) && performance.now() - started < MAXIMUM)
      commands.push(await collectByCommand(url, collection, directory));
    visitors.send("stop");
    await ended;
    await half;
    assert.equal(await collector.next(), "done");
    assert.deepEqual([await visitors.ended, await collector.ended], [0, 0]);
  } finally {
    await Promise.all([visitors.kill(), collector.kill()]);
  }
  return { url, collection, commands, activities: await lines<Activity>(visited), runs: await lines<Run>(collected) };
}

/** What has not happened often enough for the checks to be meaningful. */
function missingOf(commands: number[], activities: Activity[], runs: Run[]): string[] {
  const byCommand = commands.reduce((sum, deleted) => sum + deleted, 0);
  const byCollector = runs.reduce((sum, { deleted }) => sum + deleted, 0);
  const registered = activities.filter(({ what }) => what === "converted").length;
  const least: [what: string, times: number, least: number][] = [
    ["deleted", byCommand + byCollector, 10],
    ["deleted by the CLI", byCommand, 1],
    ["deleted beside it", byCollector, 1],
    ["runs of the CLI", commands.length, COMMANDS],
    ["registered", registered, 1],
  ];
  return least.filter(([, times, least]) => times < least).map(([what, times]) => `${what}: ${times}`);
}

/** What an operator runs manually or from cron. Returns how many it deleted. */
async function collectByCommand(url: string, collection: string, cwd: string): Promise<number> {
  const [command, args] = commandOf(CLI);
  const options = ["gc", "--older-than", `${OLDER_THAN}ms`, "--collection", collection, "--storage", url, "--json"];
  const { stdout } = await promisify(execFile)(command, [...args, ...options], {
    cwd,
    env: { ...process.env, ANON_SECRET: SECRET },
  });
  const report = JSON.parse(stdout) as { deleted: number; failed: number };
  assert.equal(report.failed, 0);
  return report.deleted;
}

async function check({ url, collection, activities, runs, commands }: Soaked): Promise<void> {
  assert.deepEqual(
    activities.filter(({ what }) => what === "unexpected"),
    [],
  );
  const last = new Map<string, Activity>();
  // when each account was first found deleted
  const gone = new Map<string, number>();
  for (const activity of activities) {
    const { id, what, at } = activity;
    if (what === "gone" || what === "missing") gone.set(id, Math.min(at, gone.get(id) ?? at));
    else last.set(id, activity);
  }
  const anon = createAnon({ storage: await open(url), secret: SECRET, activityResolution: RESOLUTION });
  try {
    let missing = 0;
    let registered = 0;
    for (const [id, { what, at, token, email }] of last) {
      const record = await anon.admin.get({ collection, id });
      if (gone.has(id)) assert.equal(record, null, `${id} was deleted and came back`);
      if (!record) {
        missing++;
        assert.notEqual(what, "converted", `${id} was registered and was deleted`);
        const unused = (gone.get(id) ?? Date.now()) - at;
        assert(unused >= OLDER_THAN, `${id} was deleted at most ${unused} ms after it was active`);
        continue;
      }
      assert.equal(record.anonymous, what !== "converted");
      const authenticated = await anon.authenticate(token as string);
      assert.equal(authenticated?.record.id, id, `${id} exists and is usable`);
      if (!email) continue;
      registered++;
      assert.equal((await anon.admin.findByEmail(email, { collection }))?.id, id);
      assert.equal((await anon.signInWithPassword(email, "correct horse", { collection })).record.id, id);
    }
    const found = new Set<string>();
    for await (const { id } of anon.admin.list({ collection })) found.add(id);
    for (const id of found) assert(last.has(id), `${id} is in the journal`);
    const byCollector = runs.reduce((sum, { deleted }) => sum + deleted, 0);
    const byCommand = commands.reduce((sum, deleted) => sum + deleted, 0);
    console.log(
      `${url.split(":")[0]}: ${last.size} accounts, ${activities.length} acknowledged activities, ${registered} registered, ` +
        `${missing} deleted: ${byCommand} in ${commands.length} runs of the CLI, ${byCollector} in ${runs.length} beside it`,
    );
    assert.equal(byCollector + byCommand, missing, "every deletion is in one report");
    assert.deepEqual(missingOf(commands, activities, runs), []);
    assert.equal(runs.filter(({ failed }) => failed > 0).length, 0);
  } finally {
    await anon.dispose();
  }
}

/** Storages by kind: a URL, given an empty directory. */
const STORAGES: readonly (readonly [
  name: string,
  url: (directory: string) => Promise<string>,
  options: TestOptions,
])[] = [
  ["fs", async (directory) => `fs:${join(directory, "data")}`, TIMEOUT],
  ["sqlite", async (directory) => `sqlite:${join(directory, "accounts.db")}`, TIMEOUT],
  ["redis", standaloneUrl, needsRedis("standalone", TIMEOUT)],
  ["postgres", () => uniqueSchemaUrl(), needsPostgres("shared", TIMEOUT)],
];

/** How many run at the same time, which takes less time than one after another: half of it is waiting. */
const AT_ONCE = bySize({ full: 2, short: STORAGES.length });

describe("gc beside a server that is in use", () => {
  const runs = new Map<string, Promise<Soaked>>();

  /** Starts the run of a storage, and those that go with it. */
  function start(name: string): Promise<Soaked> {
    const index = STORAGES.findIndex(([one]) => one === name);
    const from = index - (index % AT_ONCE);
    for (const [one, urlOf, { skip }] of STORAGES.slice(from, from + AT_ONCE)) {
      if (skip || runs.has(one)) continue;
      const run = newDirectory().then(async (directory) => soak(await urlOf(directory), directory));
      // the test that awaits the run reports its failure
      run.catch(() => undefined);
      runs.set(one, run);
    }
    return runs.get(name) as Promise<Soaked>;
  }

  async function newDirectory(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), "anon-soak-"));
    directories.push(directory);
    await writeFile(join(directory, "anon.config.json"), JSON.stringify({ activityResolution: RESOLUTION }));
    return directory;
  }

  after(async () => {
    await Promise.all([stopServers(), stopPostgres()]);
    for (const directory of directories) await rm(directory, { recursive: true, force: true });
  });

  for (const [name, , options] of STORAGES) {
    it(`deletes only inactive anonymous accounts (${name})`, options, async () => {
      await check(await start(name));
    });
  }
});
