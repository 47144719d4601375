/**
 * Two or three concurrent operations on the same accounts and locks, in thousands of orders of their calls to storage, with
 * clocks that jump past the lease and processes that die. `ANON_INTERLEAVINGS` sets the number of orders, and `ANON_SEED`
 * the seed. A failure prints the seed.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Engine } from "../../../sdk/engine.ts";
import { AnonError } from "../../../sdk/errors.ts";
import { authenticate } from "../../../sdk/operations/authenticate.ts";
import { convert } from "../../../sdk/operations/convert.ts";
import { deleteByRef } from "../../../sdk/operations/delete.ts";
import { gc } from "../../../sdk/operations/gc.ts";
import { signInAnonymously } from "../../../sdk/operations/sign-in-anonymously.ts";
import { update } from "../../../sdk/operations/update.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { crashing, oneByOne } from "../../support/crashing-driver.ts";
import { interleave, type Outcome, WAYS } from "../../support/interleaving.ts";
import { bySize } from "../../support/size.ts";
import {
  accountsOf,
  checkAlways,
  checkHealed,
  createWorld,
  heal,
  LEASE,
  PASSWORD,
  type World,
} from "../../support/world.ts";

const LIMIT = Number(process.env.ANON_INTERLEAVINGS ?? bySize({ full: 400, short: 120 }));
const SEED = Number(process.env.ANON_SEED ?? Math.floor(Math.random() * 1e9));
const E = "ada@example.com";
const F = "eve@example.com";

type Guest = { id: string; token: string };

interface Step {
  /** What must hold once the step was acknowledged. */
  acknowledged?: { converts?: [Guest, string]; deletes?: Guest; updates?: Guest };
  run(engine: Engine): Promise<unknown>;
}

interface Setting {
  world: World;
  a: Guest;
  b: Guest;
  /** A guest whose process died while it converted to `E`. */
  dead: Guest;
}

interface Case {
  name: string;
  jumps: number;
  deaths: number;
  steps(setting: Setting): Step[];
  prepare?(setting: Setting): Promise<unknown>;
}

const to = (guest: Guest, email: string, username?: string): Step => ({
  acknowledged: { converts: [guest, email] },
  run: (engine) => convert(engine, { id: guest.id }, { email, username, password: PASSWORD }),
});
const remove = (guest: Guest): Step => ({
  acknowledged: { deletes: guest },
  run: (engine) => deleteByRef(engine, guest.id),
});
const touch = (guest: Guest): Step => ({
  acknowledged: { updates: guest },
  run: (engine) => update(engine, { id: guest.id }, { touched: true }),
});
const healing: Step = { run: (engine) => heal(engine) };
const collecting: Step = { run: (engine) => gc(engine, { olderThan: 0 }) };
const register = ({ world, a }: Setting): Promise<unknown> =>
  convert(world.process(), { id: a.id }, { email: E, username: "ada", password: PASSWORD });

const cases: Case[] = [
  { name: "A to E, B to E", jumps: 2, deaths: 1, steps: ({ a, b }) => [to(a, E), to(b, E)] },
  { name: "A to E twice", jumps: 1, deaths: 1, steps: ({ a }) => [to(a, E), to(a, E)] },
  { name: "A to E, A to F", jumps: 2, deaths: 1, steps: ({ a }) => [to(a, E), to(a, F)] },
  { name: "A to E, A to F, B to E", jumps: 2, deaths: 0, steps: ({ a, b }) => [to(a, E), to(a, F), to(b, E)] },
  {
    name: "A to E and B to F as ada, A to F",
    jumps: 2,
    deaths: 1,
    steps: ({ a, b }) => [to(a, E, "ada"), to(b, F, "ada"), to(a, F)],
  },
  { name: "A to E, delete of A", jumps: 2, deaths: 1, steps: ({ a }) => [to(a, E), remove(a)] },
  { name: "A to E, delete of A, B to E", jumps: 2, deaths: 0, steps: ({ a, b }) => [to(a, E), remove(a), to(b, E)] },
  { name: "A to E, gc of A", jumps: 2, deaths: 1, prepare: pass(2), steps: ({ a }) => [to(a, E), collecting] },
  { name: "A to E, healing, B to E", jumps: 3, deaths: 1, steps: ({ a, b }) => [to(a, E), healing, to(b, E)] },
  {
    name: "A to E and B to E, after a process died that had locked E",
    jumps: 2,
    deaths: 1,
    prepare: dieLocking,
    steps: ({ a, b }) => [to(a, E), to(b, E)],
  },
  {
    name: "a retry by the guest whose process died, A to E, healing",
    jumps: 2,
    deaths: 0,
    prepare: dieLocking,
    steps: ({ a, dead }) => [to(dead, E), to(a, E), healing],
  },
  {
    name: "delete of a registered A twice, B to E",
    jumps: 2,
    deaths: 1,
    prepare: register,
    steps: ({ a, b }) => [remove(a), remove(a), to(b, E)],
  },
  {
    name: "delete of a registered A, healing",
    jumps: 3,
    deaths: 1,
    prepare: register,
    steps: ({ a }) => [remove(a), healing],
  },
  {
    name: "A to E with a username that is taken, A to E",
    jumps: 1,
    deaths: 1,
    prepare: ({ world, dead }) => to(dead, F, "ada").run(world.process()),
    steps: ({ a }) => [to(a, E, "ada"), to(a, E)],
  },
  { name: "A to E twice, delete of A", jumps: 1, deaths: 1, steps: ({ a }) => [to(a, E), to(a, E), remove(a)] },
  {
    name: "A to E, update of A, authenticate of A",
    jumps: 1,
    deaths: 0,
    prepare: pass(2),
    steps: ({ a }) => [to(a, E), touch(a), { run: async (engine) => authenticate(engine, a.token) }],
  },
];

function pass(hours: number): (setting: Setting) => Promise<void> {
  return async ({ world }) => {
    world.now += hours * 3_600_000;
  };
}

async function dieLocking({ world, dead }: Setting): Promise<void> {
  const process = crashing(oneByOne(world.driver), 2, "after");
  const conversion = to(dead, E).run(world.process(process.driver));
  assert.equal(await Promise.race([conversion, process.died]), "died");
}

const EXPECTED = ["email_taken", "username_taken", "already_registered", "not_found"];

async function check({ world }: Setting, steps: Step[], outcomes: Outcome[]): Promise<void> {
  await checkAlways(world);
  const accounts = new Map((await accountsOf(world)).map((account) => [account.id, account]));
  const done = steps.filter((_, index) => outcomes[index]!.state === "done");
  // an operation that died may have deleted the account without reporting it
  const maybeDeleted = steps
    .filter((_, index) => outcomes[index]!.state !== "failed")
    .flatMap(({ acknowledged }) => acknowledged?.deletes?.id ?? []);
  for (const outcome of outcomes) {
    if (outcome.state !== "failed") continue;
    const { error } = outcome;
    assert(
      error instanceof AnonError && EXPECTED.includes(error.code),
      `an expected refusal: ${(error as Error)?.stack}`,
    );
  }
  for (const { acknowledged } of done) {
    const { converts, deletes, updates } = acknowledged ?? {};
    if (deletes) assert.equal(accounts.get(deletes.id), undefined, "a deleted account stays deleted");
    if (updates && !maybeDeleted.includes(updates.id)) assert.equal(accounts.get(updates.id)?.data.touched, true);
    if (!converts || maybeDeleted.includes(converts[0].id)) continue;
    const account = accounts.get(converts[0].id);
    assert(account && !account.anonymous && account.email === converts[1], "an acknowledged conversion stays");
  }
  await checkHealed(world, [E, F]);
}

describe(`concurrent operations (ANON_SEED=${SEED})`, () => {
  for (const [test, way] of cases.flatMap((test) => WAYS.map((way) => [test, way] as const))) {
    it(`${test.name}, ${way.name}`, async () => {
      const runs = await interleave(
        async () => {
          const world = createWorld();
          const engine = world.process();
          const guests: Guest[] = [];
          for (let count = 0; count < 3; count++) {
            const { record, token } = await signInAnonymously(engine);
            guests.push({ id: record.id, token });
          }
          const [a, b, dead] = guests as [Guest, Guest, Guest];
          const setting = { world, a, b, dead };
          await test.prepare?.(setting);
          const steps = test.steps(setting);
          return {
            driver: world.driver,
            actors: steps.map(
              ({ run }, number) =>
                (driver: AtomicDriver) =>
                  run(world.process(way.through(driver, number))),
            ),
            jumps: test.jumps,
            jump: () => {
              world.now += LEASE;
            },
            deaths: test.deaths,
            check: (outcomes) => check(setting, steps, outcomes),
          };
        },
        { switches: 3, limit: Math.ceil(LIMIT / 2), random: Math.ceil(LIMIT / 2), seed: SEED },
      );
      assert(runs > 50, `many orders were tried, not ${runs}`);
    });
  }
});
