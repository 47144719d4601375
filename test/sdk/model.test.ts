/**
 * Random sequences of calls, beside a model of what they are documented to do: the same answers, the same refusals, and in
 * the end the same accounts. `ANON_TEST_SEED` sets the seed, which a failure names.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { ACCOUNT_COMMANDS } from "../support/model/account-commands.ts";
import { checkState } from "../support/model/check.ts";
import { ran } from "../support/model/command.ts";
import { CONVERSION_COMMANDS } from "../support/model/conversion-commands.ts";
import { MERGE_COMMANDS } from "../support/model/merge-commands.ts";
import { createReal } from "../support/model/real.ts";
import { SESSION_COMMANDS } from "../support/model/session-commands.ts";
import type { Rules } from "../support/model/shapes.ts";
import { Model } from "../support/model/state.ts";
import { DAY, HOUR } from "../support/sdk.ts";
import { STORES } from "../support/stores.ts";

const SEED = Number(process.env.ANON_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
const FOREVER = Number.POSITIVE_INFINITY;
// minimising a failure takes many runs
const TIMEOUT = { timeout: 300_000 };
/** A quarter of what is usual: of many runs none came near it, and chance fails no run. */
const MINIMUMS: typeof ran = {
  commands: 10_000,
  ...{ merged: 50, resumed: 4, exchanged: 9, forwarded: 9, forgotten: 25, confirmed: 35, handedOver: 15 },
};
const LENGTH = 200;
/** How many sequences; a storage that is not named here is like one that is. */
const SEQUENCES: Record<string, number> = { memory: 200, fs: 25, redis: 50 };

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

describe(`the SDK beside its model (ANON_TEST_SEED=${SEED})`, () => {
  after(() => {
    for (const [what, least] of Object.entries(MINIMUMS)) {
      const times = ran[what as keyof typeof ran];
      assert(times >= least, `${what}: ${times} times, not ${least}`);
    }
  });

  for (const { name, open, cleanup } of STORES.filter((store) => store.name in SEQUENCES)) {
    it(`answers and stores the same on ${name}`, TIMEOUT, async (t) => {
      t.after(cleanup);
      const property = fc.asyncProperty(fc.constantFrom(...RULES), commands, async (rules, sequence) => {
        const model = new Model(rules);
        const real = createReal(await open(), model);
        await fc.asyncModelRun(() => ({ model, real }), sequence);
        await checkState(model, real);
      });
      await fc.assert(property, { seed: SEED, numRuns: SEQUENCES[name] });
    });
  }
});
