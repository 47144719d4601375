/**
 * Random sequences of calls, compared with a model of their documentation: the same results, the same refusals, and in the
 * end the same accounts. `ANON_TEST_SEED` sets the seed. A failure prints the seed.
 */
import process from "node:process";
import { describe, it } from "node:test";
import fc from "fast-check";
import { untilEnough } from "../support/minimums.ts";
import { ACCOUNT_COMMANDS } from "../support/model/account-commands.ts";
import { checkState } from "../support/model/check.ts";
import { counters } from "../support/model/command.ts";
import { CONVERSION_COMMANDS } from "../support/model/conversion-commands.ts";
import { MERGE_COMMANDS } from "../support/model/merge-commands.ts";
import { createReal } from "../support/model/real.ts";
import { SESSION_COMMANDS } from "../support/model/session-commands.ts";
import type { Rules } from "../support/model/shapes.ts";
import { Model } from "../support/model/state.ts";
import { DAY, HOUR } from "../support/sdk.ts";
import { bySize } from "../support/size.ts";
import { STORES, type TestStore } from "../support/stores.ts";

const SEED = Number(process.env.ANON_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const FOREVER = Number.POSITIVE_INFINITY;
// minimising a failure takes many runs, and listing is slow on a server that other suites fill
const TIMEOUT = { timeout: 1_200_000 };
/** How often each rare event must happen; more sequences run until it has. */
const MINIMUMS: typeof counters = bySize({
  full: {
    commands: 10_000,
    ...{ merged: 50, resumed: 4, exchanged: 9, forwarded: 9, forgotten: 25, confirmed: 35, handedOver: 15 },
  },
  short: {
    commands: 1_000,
    ...{ merged: 1, resumed: 1, exchanged: 1, forwarded: 1, forgotten: 1, confirmed: 1, handedOver: 1 },
  },
});
const LENGTH = 200;
/** The number of sequences per storage. The other storages behave like one of these. */
const SEQUENCES: Record<string, number> = bySize({
  full: { memory: 200, fs: 25, sqlite: 50, redis: 50, postgres: 50 },
  short: { memory: 30, fs: 5, sqlite: 10, redis: 10, postgres: 10 },
});

const RULES: Rules[] = [
  {
    ...{ sessionTtl: 20 * DAY, activityResolution: HOUR, maxSessions: 3 },
    ...{ retention: 10 * DAY, quarantine: 7 * DAY, warning: 0, lifetime: FOREVER },
    ...{ strategy: "keep-account", combines: true, forbids: false, forwarding: 4 * DAY },
  },
  {
    ...{ sessionTtl: 3 * DAY, activityResolution: 0, maxSessions: 2 },
    ...{ retention: DAY, quarantine: 0, warning: 0, lifetime: 5 * DAY },
    ...{ strategy: "keep-anonymous", combines: false, forbids: true, forwarding: 90 * DAY },
  },
  {
    ...{ sessionTtl: 40 * DAY, activityResolution: 2 * HOUR, maxSessions: 2 },
    ...{ retention: 6 * DAY, quarantine: 5 * DAY, warning: 2 * DAY, lifetime: 30 * DAY, keep: 3 },
    ...{ strategy: "combine", combines: true, forbids: true, forwarding: 12 * DAY },
  },
  {
    ...{ sessionTtl: 2 * HOUR, activityResolution: 5_000, maxSessions: 1 },
    ...{ retention: 2 * DAY, quarantine: 0, warning: DAY, lifetime: FOREVER, keep: 3 },
    ...{ strategy: "refuse", combines: false, forbids: false, forwarding: HOUR },
  },
];

const commands = fc.commands([...SESSION_COMMANDS, ...ACCOUNT_COMMANDS, ...CONVERSION_COMMANDS, ...MERGE_COMMANDS], {
  maxCommands: LENGTH,
  size: "max",
});

const memory = STORES.find(({ name }) => name === "memory") as TestStore;

/** A sequence has the same results on a storage and in the model. */
function sameAsModel(open: TestStore["open"]) {
  return fc.asyncProperty(fc.constantFrom(...RULES), commands, async (rules, sequence) => {
    const model = new Model(rules);
    const real = createReal(await open(), model);
    await fc.asyncModelRun(() => ({ model, real }), sequence);
    await checkState(model, real);
  });
}

describe(`the SDK compared with its model (ANON_TEST_SEED=${SEED})`, () => {
  for (const { name, open, cleanup } of STORES.filter((store) => store.name in SEQUENCES)) {
    it(`returns and stores the same on ${name}`, TIMEOUT, async (t) => {
      t.after(cleanup);
      await fc.assert(sameAsModel(open), { seed: SEED, numRuns: SEQUENCES[name] });
    });
  }

  it("reaches each rare event often enough", TIMEOUT, async (t) => {
    t.after(memory.cleanup);
    await untilEnough(counters, MINIMUMS, (number) =>
      fc.assert(sameAsModel(memory.open), { seed: SEED + number, numRuns: 1 }),
    );
  });
});
