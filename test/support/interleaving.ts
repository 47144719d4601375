/** Runs operations call by call in an order that a policy chooses: systematically with few switches, or randomly. */
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { gated, oneByOne } from "./crashing-driver.ts";

/** What one run does. Each run gets a new scenario. */
export interface Scenario {
  /** The concurrent operations, each with its own driver. */
  actors: ((driver: AtomicDriver) => Promise<unknown>)[];
  driver: AtomicDriver;
  /** How many times the clock jumps, at instants that the policy chooses. */
  jumps: number;
  jump(): void;
  /** How many operations may die, at instants that the policy chooses. */
  deaths: number;
  /** Checks the final state; `outcomes` has one entry for each operation. */
  check(outcomes: Outcome[]): Promise<void>;
}

/** How an operation ended. */
export type Outcome = { state: "done"; value: unknown } | { state: "failed"; error: unknown } | { state: "died" };

/** How processes write an account and its locks: `through` returns the driver of the process with this number. */
export const WAYS: readonly { name: string; through(driver: AtomicDriver, number: number): AtomicDriver }[] = [
  { name: "one by one", through: oneByOne },
  { name: "all at once", through: (driver) => driver },
  { name: "the first at once", through: (driver, number) => (number === 0 ? driver : oneByOne(driver)) },
  { name: "the others at once", through: (driver, number) => (number === 0 ? oneByOne(driver) : driver) },
];

/** One instant: the index of the chosen option, and the cost of each option. */
interface Trace {
  chosen: number;
  costs: number[];
}

type Policy = (instant: number, costs: number[]) => number;

// far more than two or three operations need, so that a livelock fails instead of running forever
const MAXIMUM_PAUSES = 200;
const PAUSE_MS = 5;
const MAXIMUM_INSTANTS = 600;

/**
 * Runs every interleaving with at most `switches` switches away from an operation that could have continued (jumps of the
 * clock and deaths count too), up to `limit` of them, and then `random` random ones.
 *
 * @returns the number of runs
 * @throws the error of the check, with the order that caused it
 */
export async function interleave(
  create: () => Promise<Scenario>,
  { switches, limit, random, seed }: { switches: number; limit: number; random: number; seed: number },
): Promise<number> {
  const attempt = async (policy: Policy, how: () => string): Promise<Trace[]> => {
    const trace: Trace[] = [];
    const log: string[] = [];
    try {
      await run(await create(), policy, trace, log);
    } catch (error) {
      throw new Error(`${(error as Error)?.stack ?? error}\n${how()}\n${log.join("\n")}`, { cause: error });
    }
    return trace;
  };
  let runs = 0;
  const prefixes: number[][] = [[]];
  const next = generator(seed);
  while (prefixes.length > 0 && runs < limit) {
    // chosen at random, so that a limit cuts the tree evenly instead of omitting whole branches
    const at = Math.floor(next() * prefixes.length);
    const prefix = prefixes[at]!;
    prefixes[at] = prefixes.at(-1)!;
    prefixes.pop();
    // ids are random, and the order of some calls with them, so a previous choice may not exist in this run
    const policy: Policy = (instant, costs) => Math.min(prefix[instant] ?? 0, costs.length - 1);
    const trace = await attempt(policy, () => `choices [${prefix}]`);
    runs++;
    let spent = 0;
    for (const [instant, { chosen, costs }] of trace.entries()) {
      if (instant >= prefix.length) {
        for (let other = 1; other < costs.length; other++) {
          if (spent + costs[other]! > switches) continue;
          prefixes.push([...trace.slice(0, instant).map((step) => step.chosen), other]);
        }
      }
      spent += costs[chosen]!;
    }
  }
  for (let number = 0; number < random; number++, runs++) {
    const own = generator(seed + number);
    await attempt(
      (_, costs) => Math.floor(own() * costs.length),
      () => `random with seed ${seed + number}`,
    );
  }
  return runs;
}

async function run(scenario: Scenario, policy: Policy, trace: Trace[], log: string[]): Promise<void> {
  const { actors, driver } = scenario;
  // an operation may wait for several calls at once
  let waiting: { actor: number; release: () => void; what: string }[] = [];
  const outcomes: (Outcome | undefined)[] = actors.map(() => undefined);
  for (const [actor, operation] of actors.entries()) {
    const own = gated(driver, {
      before: (call) =>
        new Promise((release) => {
          waiting.push({ actor, release, what: `${call.method} ${call.key.slice(0, 24)}` });
        }),
    });
    operation(own).then(
      (value) => {
        outcomes[actor] ??= { state: "done", value };
      },
      (error) => {
        outcomes[actor] ??= { state: "failed", error };
      },
    );
  }
  let { jumps, deaths } = scenario;
  let current = 0;
  for (let instant = 0; ; instant++) {
    await settled();
    // after several attempts an operation pauses before the next one: see sdk/storage/back-off.ts
    for (let pauses = 0; pauses < MAXIMUM_PAUSES && waiting.length === 0 && outcomes.includes(undefined); pauses++) {
      await new Promise((resume) => setTimeout(resume, PAUSE_MS));
      await settled();
    }
    if (waiting.length === 0) break;
    if (instant > MAXIMUM_INSTANTS) throw new Error("The operations keep each other busy forever");
    // continuing the current operation is free; a switch costs one unless the current operation cannot continue
    const canContinue = waiting.some(({ actor }) => actor === current);
    const ordered = [...waiting].sort((one, other) => rank(one.actor, current) - rank(other.actor, current));
    const choices: { cost: number; what: string; act: () => void }[] = ordered.map((call, index) => ({
      cost: canContinue && index > 0 ? 1 : 0,
      what: `${call.actor}: ${call.what}`,
      act: () => {
        current = call.actor;
        waiting = waiting.filter((other) => other !== call);
        call.release();
      },
    }));
    if (jumps > 0) {
      const act = (): void => {
        jumps--;
        scenario.jump();
      };
      choices.push({ cost: 1, what: "the clock jumps", act });
    }
    if (deaths > 0) {
      for (const actor of new Set(waiting.map((call) => call.actor))) {
        const act = (): void => {
          deaths--;
          waiting = waiting.filter((call) => call.actor !== actor);
          outcomes[actor] = { state: "died" };
        };
        choices.push({ cost: 1, what: `${actor} dies`, act });
      }
    }
    const costs = choices.map(({ cost }) => cost);
    const chosen = policy(instant, costs);
    trace.push({ chosen, costs });
    const choice = choices[chosen]!;
    log.push(choice.what);
    choice.act();
  }
  const ended = outcomes.map((outcome) => {
    if (!outcome) throw new Error("An operation neither ended nor waits for storage");
    return outcome;
  });
  await scenario.check(ended);
}

function rank(actor: number, current: number): number {
  return actor === current ? -1 : actor;
}

/** Resolves once every operation waits for storage: a macrotask runs only after all pending microtasks. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Seeded numbers from 0 to 1 (a linear congruential generator is random enough for orders). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  const step = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state;
  };
  // otherwise neighbouring seeds would begin with similar numbers
  for (let round = 0; round < 8; round++) state ^= step() >>> 13;
  return () => step() / 4_294_967_296;
}
