/**
 * A transfer code is used while others use it too, or end what it is bound to, in hundreds of orders of their calls to
 * storage, with a clock that jumps past its end and processes that die in between. `ANON_INTERLEAVINGS` sets how many
 * orders, and `ANON_SEED` the seed, which a failure names.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Engine } from "../../../sdk/engine.ts";
import { AnonError } from "../../../sdk/errors.ts";
import { changePassword } from "../../../sdk/operations/change-password.ts";
import { convert } from "../../../sdk/operations/convert.ts";
import { createTransferCode } from "../../../sdk/operations/create-transfer-code.ts";
import { deleteByRef } from "../../../sdk/operations/delete.ts";
import { gc } from "../../../sdk/operations/gc.ts";
import { signInAnonymously } from "../../../sdk/operations/sign-in-anonymously.ts";
import { signInWithTransferCode } from "../../../sdk/operations/sign-in-with-transfer-code.ts";
import { signOut } from "../../../sdk/operations/sign-out.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { interleave, type Outcome } from "../../support/interleaving.ts";
import { bySize } from "../../support/size.ts";
import { accountsOf, checkAlways, createWorld, HOUR, PASSWORD } from "../../support/world.ts";

const LIMIT = Number(process.env.ANON_INTERLEAVINGS ?? bySize({ full: 400, short: 120 }));
const SEED = Number(process.env.ANON_SEED ?? Math.floor(Math.random() * 1e9));
const MINUTE = HOUR / 60;
const NEW_PASSWORD = `${PASSWORD}!`;

interface Setting {
  id: string;
  token: string;
  code: string;
}

type Action = (engine: Engine, setting: Setting) => Promise<unknown>;

const use: Action = (engine, { code }) => signInWithTransferCode(engine, code);
const out: Action = (engine, { token }) => signOut(engine, token);
const register: Action = (engine, { id }) => convert(engine, { id }, { email: "ada@example.com", password: PASSWORD });
const protect: Action = (engine, { token }) =>
  changePassword(engine, token, { oldPassword: PASSWORD, password: NEW_PASSWORD });

interface Case {
  name: string;
  /** The others beside one who uses the code. */
  others: Action[];
  deaths: number;
  registered?: boolean;
  /** The sessions that the account may have once the first of `others` was done. */
  sessions: readonly number[];
}

const cases: Case[] = [
  { name: "by two more", others: [use, use], deaths: 0, sessions: [1, 2] },
  { name: "by another, one of whom dies", others: [use], deaths: 1, sessions: [1, 2] },
  { name: "and its maker signs out", others: [out, use], deaths: 1, sessions: [0, 1] },
  // that session is the conversion's own: whatever began before it has ended
  { name: "and its maker is registered", others: [register], deaths: 0, sessions: [1] },
  { name: "and its maker chooses another password", others: [protect], deaths: 0, registered: true, sessions: [1] },
  {
    name: "and its account is deleted",
    others: [(engine, { id }) => deleteByRef(engine, id)],
    deaths: 1,
    sessions: [],
  },
  { name: "and gc comes", others: [(engine) => gc(engine, { olderThan: 0 })], deaths: 1, sessions: [1, 2] },
];

async function create({ others, deaths, registered, sessions }: Case) {
  const world = createWorld();
  const engine = world.process();
  const guest = await signInAnonymously(engine);
  const { id } = guest.record;
  const { token } = registered
    ? await convert(engine, guest.token, { email: "ada@example.com", password: PASSWORD })
    : guest;
  const { code } = await createTransferCode(engine, token);
  const setting: Setting = { id, token, code };
  return {
    driver: world.driver,
    actors: [use, ...others].map((action) => (driver: AtomicDriver) => action(world.process(driver), setting)),
    jumps: 2,
    jump: () => {
      world.now += 6 * MINUTE;
    },
    deaths,
    check: async (outcomes: Outcome[]) => {
      await checkAlways(world);
      for (const outcome of outcomes) {
        if (outcome.state !== "failed") continue;
        const { error } = outcome;
        assert(error instanceof AnonError && error.code === "invalid_transfer_code", `${(error as Error)?.stack}`);
      }
      const uses = outcomes.filter((_, index) => index === 0 || others[index - 1] === use);
      assert(uses.filter(({ state }) => state === "done").length <= 1, "one of all who use it");
      const [account] = await accountsOf(world);
      if (account) assert(account.sessions.length <= 2, "nor did one that died begin another session");
      if (outcomes[1]?.state !== "done") return;
      assert.equal(account === undefined, sessions.length === 0);
      if (account) assert(sessions.includes(account.sessions.length), `${account.sessions.length} sessions`);
    },
  };
}

describe(`a transfer code is used at the same time (ANON_SEED=${SEED})`, () => {
  for (const test of cases) {
    it(test.name, async () => {
      const options = { switches: 3, limit: Math.ceil(LIMIT / 2), random: Math.ceil(LIMIT / 2), seed: SEED };
      const runs = await interleave(() => create(test), options);
      assert(runs > 50, `many orders were tried, not ${runs}`);
    });
  }
});
