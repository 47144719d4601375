/**
 * A transfer code is used while other processes use it too, or end the session or account that made it. Hundreds of
 * orders of their storage calls are tried, with a clock that jumps past the code's end and processes that die in between.
 * `ANON_INTERLEAVINGS` sets the number of orders and `ANON_SEED` the seed, which a failure prints.
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

interface Scene {
  id: string;
  token: string;
  code: string;
}

type Action = (engine: Engine, scene: Scene) => Promise<unknown>;

const use: Action = (engine, { code }) => signInWithTransferCode(engine, code);
const makerSignsOut: Action = (engine, { token }) => signOut(engine, token);
const makerConverts: Action = (engine, { id }) =>
  convert(engine, { id }, { email: "ada@example.com", password: PASSWORD });
const makerChangesPassword: Action = (engine, { token }) =>
  changePassword(engine, token, { oldPassword: PASSWORD, password: NEW_PASSWORD });

interface Case {
  name: string;
  /** What runs beside one use of the code. */
  others: Action[];
  deaths: number;
  registered?: boolean;
  /** How many sessions the account may have if the first of `others` succeeded; none if it is deleted. */
  sessions: readonly number[];
}

const cases: Case[] = [
  { name: "beside two other uses", others: [use, use], deaths: 0, sessions: [1, 2] },
  { name: "beside another use, while a process dies", others: [use], deaths: 1, sessions: [1, 2] },
  { name: "while its maker signs out", others: [makerSignsOut, use], deaths: 1, sessions: [0, 1] },
  // the session of the conversion: it ends all earlier ones
  { name: "while its maker converts", others: [makerConverts], deaths: 0, sessions: [1] },
  {
    name: "while its maker changes the password",
    others: [makerChangesPassword],
    deaths: 0,
    registered: true,
    sessions: [1],
  },
  {
    name: "while its account is deleted",
    others: [(engine, { id }) => deleteByRef(engine, id)],
    deaths: 1,
    sessions: [],
  },
  { name: "while gc runs", others: [(engine) => gc(engine, { olderThan: 0 })], deaths: 1, sessions: [1, 2] },
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
  const scene: Scene = { id, token, code };
  return {
    driver: world.driver,
    actors: [use, ...others].map((action) => (driver: AtomicDriver) => action(world.process(driver), scene)),
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
      assert(uses.filter(({ state }) => state === "done").length <= 1, "at most one use succeeds");
      const [account] = await accountsOf(world);
      if (account) assert(account.sessions.length <= 2, "a process that died began no extra session");
      if (outcomes[1]?.state !== "done") return;
      assert.equal(account === undefined, sessions.length === 0);
      if (account) assert(sessions.includes(account.sessions.length), `${account.sessions.length} sessions`);
    },
  };
}

describe(`a transfer code begins one session at most (ANON_SEED=${SEED})`, () => {
  for (const test of cases) {
    it(test.name, async () => {
      const options = { switches: 3, limit: Math.ceil(LIMIT / 2), random: Math.ceil(LIMIT / 2), seed: SEED };
      const runs = await interleave(() => create(test), options);
      assert(runs > 50, `only ${runs} orders were tried`);
    });
  }
});
