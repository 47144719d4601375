import type { Account } from "../account/account.ts";
import { dueOf } from "../account/activity.ts";
import { liveSession } from "../account/sessions.ts";
import { stateOf } from "../account/state.ts";
import { purposeOfCode } from "../codes/code.ts";
import type { AgeCounts, CollectionStats, Stats, StatsOptions, StatsProgress } from "../contract/stats.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import type { Settings } from "../settings/collections.ts";
import { parseDuration } from "../settings/duration.ts";
import { isWhole } from "../settings/options.ts";
import { accountPrefix, parseKey } from "../storage/keys.ts";
import { decodeAroundDamage, readAroundDamage } from "../storage/read-around-damage.ts";

const PAGE = 1_000;
const DEFAULT_MAXIMUM = 1_000_000;
const DAY = 86_400_000;

/** The ages below which accounts are counted, in days; see {@link AgeCounts}. */
const AGES: readonly (readonly [days: number, name: keyof AgeCounts])[] = [
  [1, "1d"],
  [7, "7d"],
  [30, "30d"],
  [90, "90d"],
];

/** One collection while it is counted. Times are in milliseconds since the epoch. */
interface Counted {
  settings: Settings;
  /** A gc now examines what was due by then; `null` if no inactivity period is known. */
  cutoff: number | null;
  stats: CollectionStats;
}

interface Work {
  engine: Engine;
  now: number;
  only: string | null;
  signal: AbortSignal | undefined;
  /** `null`: the collection is not among those that are counted. */
  of(collection: string): Counted | null;
  stats: Stats;
  progress: StatsProgress;
  report(): void;
}

/** Reads the due queue and, if asked for, every account, page by page. */
export async function stats(engine: Engine, options: StatsOptions = {}): Promise<Stats> {
  const started = performance.now();
  const work = workOf(engine, options);
  const { exact } = work.stats;
  const maximum = exact ? Number.POSITIVE_INFINITY : (options.maximum ?? DEFAULT_MAXIMUM);
  work.stats.complete = (await readQueue(work, maximum)) && (!exact || (await readAccounts(work)));
  work.stats.durationMs = Math.round(performance.now() - started);
  return work.stats;
}

/** @throws {AnonError} `invalid_options`, `invalid_duration`, `unknown_collection`, `invalid_collection` */
function workOf(engine: Engine, options: StatsOptions): Work {
  const { collection, exact = false, olderThan, maximum = DEFAULT_MAXIMUM, signal, onProgress } = options;
  if (!isWhole(maximum, 1))
    throw new AnonError("invalid_options", "Cannot use this `maximum`: use a whole number from 1");
  const inactive = olderThan === undefined ? null : parseDuration(olderThan);
  const now = engine.now();
  const counted = new Map<string, Counted>();
  const only = collection === undefined ? null : engine.settings.get(collection).name;
  const result: Stats = {
    exact,
    complete: false,
    at: new Date(now).toISOString(),
    collections: {},
    unconfigured: 0,
    durationMs: 0,
  };
  const add = (settings: Settings): Counted => {
    const period = inactive ?? settings.retention;
    const stats = newStats(exact, period !== null);
    const added = { settings, cutoff: period === null ? null : now - period, stats };
    counted.set(settings.name, added);
    result.collections[settings.name] = stats;
    return added;
  };
  // also those without accounts
  for (const settings of only === null ? (engine.settings.configured ?? []) : [engine.settings.get(only)])
    add(settings);
  const progress: StatsProgress = { entries: 0, accounts: 0 };
  return {
    engine,
    now,
    only,
    signal,
    of(name) {
      const found = counted.get(name);
      if (found || only !== null) return found ?? null;
      const settings = engine.settings.find(name);
      return settings && add(settings);
    },
    stats: result,
    progress,
    report: () => onProgress?.({ ...progress }),
  };
}

function newStats(exact: boolean, hasPeriod: boolean): CollectionStats {
  const both = () => ({ anonymous: newAges(), registered: newAges() });
  const zero = exact ? 0 : null;
  return {
    accounts: exact ? { anonymous: 0, registered: 0, quarantined: 0, merged: 0 } : null,
    held: zero,
    created: exact ? both() : null,
    lastActive: exact ? both() : null,
    sessions: zero,
    merges: zero,
    conversions: zero,
    damaged: zero,
    queue: {
      accounts: 0,
      expected: zero,
      first: 0,
      due: hasPeriod ? { now: 0, day: 0, week: 0 } : null,
      oldest: null,
      codes: 0,
      idempotencyKeys: 0,
      expired: 0,
      locks: 0,
    },
  };
}

function newAges(): AgeCounts {
  return { "1d": 0, "7d": 0, "30d": 0, "90d": 0, older: 0 };
}

/** Returns whether all was read. */
async function readQueue(work: Work, maximum: number): Promise<boolean> {
  const { engine, progress, signal } = work;
  let cursor: string | null = null;
  do {
    if (signal?.aborted || progress.entries >= maximum) return false;
    const page = await engine.store.due(Number.MAX_SAFE_INTEGER, Math.min(PAGE, maximum - progress.entries), cursor);
    cursor = page.cursor;
    const codes: { key: string; counted: Counted }[] = [];
    for (const { key, due } of page.entries) {
      const counted = countEntry(work, key, due);
      if (counted) codes.push({ key, counted });
    }
    if (work.stats.exact) await countConversions(engine, codes);
    progress.entries += page.entries.length;
    work.report();
  } while (cursor !== null);
  return true;
}

/** Returns the collection of a code that is valid. */
function countEntry(work: Work, key: string, due: number): Counted | null {
  const parsed = parseKey(key);
  const counted = parsed && work.of(parsed.collection);
  if (!parsed || !counted) {
    if (parsed?.type === "account" && work.only === null && !work.stats.exact) work.stats.unconfigured++;
    return null;
  }
  const { queue } = counted.stats;
  if (parsed.type === "account") {
    countDue(counted, due);
  } else if (parsed.type === "lock") {
    queue.locks++;
  } else if (due <= work.now) {
    queue.expired++;
  } else {
    queue[parsed.type === "code" ? "codes" : "idempotencyKeys"]++;
    return parsed.type === "code" ? counted : null;
  }
  return null;
}

function countDue({ cutoff, stats: { queue } }: Counted, due: number): void {
  queue.accounts++;
  if (due === 0) {
    queue.first++;
    return;
  }
  // the queue is read from the oldest on
  queue.oldest ??= new Date(due).toISOString();
  if (!queue.due || cutoff === null) return;
  if (due <= cutoff) queue.due.now++;
  if (due <= cutoff + DAY) queue.due.day++;
  if (due <= cutoff + 7 * DAY) queue.due.week++;
}

async function countConversions(engine: Engine, codes: { key: string; counted: Counted }[]): Promise<void> {
  const texts = await readAroundDamage(
    engine.store,
    codes.map(({ key }) => key),
  );
  for (const [index, { counted }] of codes.entries()) {
    const text = texts[index];
    if (typeof text !== "string" || purposeOfCode(text) !== "conversion") continue;
    counted.stats.conversions = (counted.stats.conversions ?? 0) + 1;
  }
}

/** Returns whether all was read. */
async function readAccounts(work: Work): Promise<boolean> {
  const { engine, progress, signal } = work;
  for await (const keys of engine.store.keyPages(accountPrefix(work.only))) {
    if (signal?.aborted) return false;
    const found: { key: string; counted: Counted }[] = [];
    for (const key of keys) {
      const parsed = parseKey(key);
      if (parsed?.type !== "account") continue;
      const counted = work.of(parsed.collection);
      if (counted) found.push({ key, counted });
      else work.stats.unconfigured++;
    }
    const texts = await readAroundDamage(
      engine.store,
      found.map(({ key }) => key),
    );
    for (const [index, { key, counted }] of found.entries()) {
      const text = texts[index] ?? null;
      if (text === null) continue;
      const account = text instanceof AnonError ? text : decodeAroundDamage(counted.settings.name, key, text);
      if (account instanceof AnonError) counted.stats.damaged = (counted.stats.damaged ?? 0) + 1;
      else countAccount(counted, account, work.now);
      progress.accounts++;
    }
    work.report();
  }
  return true;
}

function countAccount({ settings, stats }: Counted, account: Account, now: number): void {
  const state = stateOf(account);
  if (stats.accounts) stats.accounts[state]++;
  const isMerging = account.merging !== undefined || account.merged?.pending === true;
  stats.held = (stats.held ?? 0) + (account.hold ? 1 : 0);
  stats.merges = (stats.merges ?? 0) + (isMerging ? 1 : 0);
  stats.queue.expected = (stats.queue.expected ?? 0) + (dueOf(account, settings) === null ? 0 : 1);
  if (state !== "anonymous" && state !== "registered") return;
  if (stats.created) countAge(stats.created[state], now - account.created);
  if (stats.lastActive) countAge(stats.lastActive[state], now - account.lastActive);
  const living = account.sessions.filter(({ id }) => liveSession(account, id, settings, now));
  stats.sessions = (stats.sessions ?? 0) + living.length;
}

function countAge(counts: AgeCounts, age: number): void {
  const [, name = "older"] = AGES.find(([days]) => age < days * DAY) ?? [];
  counts[name]++;
}
