/**
 * Imports beside other imports, conversions and gc, in hundreds of orders of their calls to storage, with clocks that jump past
 * the lease and processes that die. `ANON_INTERLEAVINGS` sets the number of orders, and `ANON_SEED` the seed.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ImportedAccount, ImportResult } from "../../../sdk/contract/import.ts";
import type { Engine } from "../../../sdk/engine.ts";
import { AnonError } from "../../../sdk/errors.ts";
import { convert } from "../../../sdk/operations/convert.ts";
import { gc } from "../../../sdk/operations/gc.ts";
import { importAccount } from "../../../sdk/operations/import-account.ts";
import { signInAnonymously } from "../../../sdk/operations/sign-in-anonymously.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { interleave, type Outcome, WAYS } from "../../support/interleaving.ts";
import { bySize } from "../../support/size.ts";
import {
  accountsOf,
  BCRYPT_HASH,
  checkAlways,
  checkHealed,
  createWorld,
  heal,
  LEASE,
  PASSWORD,
} from "../../support/world.ts";

const LIMIT = Number(process.env.ANON_INTERLEAVINGS ?? bySize({ full: 400, short: 120 }));
const SEED = Number(process.env.ANON_SEED ?? Math.floor(Math.random() * 1e9));
const E = "ada@example.com";
const F = "eve@example.com";

type Step = (engine: Engine, guest: string) => Promise<unknown>;

const X: ImportedAccount = { id: "X_1", email: E, verified: true, passwordHash: BCRYPT_HASH };
const Y: ImportedAccount = { ...X, id: "y" };
const importing =
  (account: ImportedAccount): Step =>
  (engine) =>
    importAccount(engine, account);
const converting =
  (email: string, username?: string): Step =>
  (engine, id) =>
    convert(engine, { id }, { email, username, password: PASSWORD });
const collecting: Step = (engine) => gc(engine, { olderThan: 0 });

const CASES: readonly (readonly [name: string, deaths: number, steps: readonly Step[]])[] = [
  ["the same account twice", 1, [importing(X), importing(X)]],
  ["one email for two accounts", 1, [importing(X), importing(Y)]],
  ["two emails for one account", 1, [importing(X), importing({ ...X, email: F })]],
  ["an account, and a guest that converts to its email", 1, [importing(X), converting(E)]],
  ["an account, healing, and a guest that converts to its email", 1, [importing(X), heal, converting(E)]],
  ["an account, and gc", 1, [importing(X), collecting]],
  [
    "a username that a guest converts to, and the account without it",
    1,
    [importing({ ...X, username: "ada" }), converting(F, "ada"), importing(X)],
  ],
];

const EXPECTED = ["email_taken", "username_taken", "not_found"];

async function check(world: ReturnType<typeof createWorld>, outcomes: Outcome[]): Promise<void> {
  await checkAlways(world);
  const accounts = new Map((await accountsOf(world)).map((account) => [account.id, account]));
  const created: ImportResult[] = [];
  for (const outcome of outcomes) {
    if (outcome.state === "failed") {
      const { error } = outcome;
      assert(error instanceof AnonError && EXPECTED.includes(error.code), `${(error as Error)?.stack}`);
    }
    const result = outcome.state === "done" ? (outcome.value as Partial<ImportResult> | null) : null;
    if (result?.outcome === undefined) continue;
    const { id, email } = (result as ImportResult).record;
    const account = accounts.get(id);
    assert(account && !account.anonymous && account.email === email, "an acknowledged import stays");
    assert(account.password === BCRYPT_HASH);
    if (result.outcome === "created") created.push(result as ImportResult);
  }
  assert.equal(new Set(created.map(({ record }) => record.id)).size, created.length, "no account is created twice");
  await checkHealed(world, [E, F]);
}

describe(`imports in any order (ANON_SEED=${SEED})`, () => {
  for (const [[name, deaths, steps], way] of CASES.flatMap((test) => WAYS.map((way) => [test, way] as const))) {
    it(`${name}, ${way.name}`, async () => {
      const runs = await interleave(
        async () => {
          const world = createWorld();
          const { record } = await signInAnonymously(world.process());
          return {
            driver: world.driver,
            actors: steps.map(
              (step, number) => (driver: AtomicDriver) => step(world.process(way.through(driver, number)), record.id),
            ),
            jumps: 2,
            jump: () => {
              world.now += LEASE;
            },
            deaths,
            check: (outcomes) => check(world, outcomes),
          };
        },
        { switches: 3, limit: Math.ceil(LIMIT / 2), random: Math.ceil(LIMIT / 2), seed: SEED },
      );
      assert(runs > 50, `many orders were tried, not ${runs}`);
    });
  }
});
