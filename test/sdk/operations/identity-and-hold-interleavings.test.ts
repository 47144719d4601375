/**
 * Concurrent changes of identities, holds and quarantines, in many orders of the calls to storage, with clocks that jump
 * past the lease and processes that die. `ANON_INTERLEAVINGS` sets the number of orders, and `ANON_SEED` the seed.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { describe, it } from "node:test";
import type { AnonOptions } from "../../../sdk/contract/options.ts";
import type { Engine } from "../../../sdk/engine.ts";
import { AnonError } from "../../../sdk/errors.ts";
import { authenticate } from "../../../sdk/operations/authenticate.ts";
import { convert } from "../../../sdk/operations/convert.ts";
import { deleteByRef } from "../../../sdk/operations/delete.ts";
import { deleteAccount } from "../../../sdk/operations/delete-account.ts";
import { gc } from "../../../sdk/operations/gc.ts";
import { hold } from "../../../sdk/operations/hold.ts";
import { link } from "../../../sdk/operations/link.ts";
import { restore } from "../../../sdk/operations/restore.ts";
import { signInWithIdentity } from "../../../sdk/operations/sign-in-with-identity.ts";
import { unlink } from "../../../sdk/operations/unlink.ts";
import { update } from "../../../sdk/operations/update.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import {
  checkAccounts,
  checkCollected,
  checkFree,
  checkHealed,
  createScene,
  GITHUB,
  GOOGLE,
  PASSKEY,
  type Scene,
} from "../../support/crash/scene.ts";
import { hashPassword } from "../../support/fast-hash.ts";
import { interleave, type Outcome, WAYS } from "../../support/interleaving.ts";
import { bySize } from "../../support/size.ts";
import { accountsOf, createWorld, HOUR, heal, LEASE, type World } from "../../support/world.ts";

const LIMIT = Number(process.env.ANON_INTERLEAVINGS ?? bySize({ full: 150, short: 60 }));
const SEED = Number(process.env.ANON_SEED ?? Math.floor(Math.random() * 1e9));
const REFUSALS = ["identity_taken", "last_way_in", "invalid_token", "not_found", "account_held", "already_registered"];
const DAY = 24 * HOUR;
const OTHER = { provider: "passkey", subject: "2" };
const SETTINGS = { sessionTtl: "60d", activityResolution: "1h", quarantine: "7d" } as const;

type Step = (engine: Engine, scene: Scene) => Promise<unknown>;

interface Case {
  name: string;
  steps: readonly Step[];
  jumps?: number;
  deaths?: number;
  settings?: Partial<AnonOptions>;
  prepare?(world: World, scene: Scene): Promise<unknown>;
  mayBeGone?: readonly (keyof Scene)[];
  /** Checks the outcomes of the steps. */
  check?(outcomes: Outcome[], world: World, scene: Scene): Promise<unknown>;
}

const healing: Step = (engine) => heal(engine);
const collecting: Step = (engine) => gc(engine, { olderThan: 2 * DAY });
const linking: Step = (engine, { ada }) => link(engine, ada.token, PASSKEY);
const converting: Step = (engine, { guest }) =>
  convert(engine, guest.token, {}, undefined, { vouched: { identity: PASSKEY } });
const unlinkingGoogle: Step = (engine, { eve }) => unlink(engine, { id: eve.id }, GOOGLE);
const unlinkingGithub: Step = (engine, { eve }) => unlink(engine, { id: eve.id }, GITHUB);
const linkingGithub: Step = (engine, { ada }) => link(engine, ada.token, GITHUB);
const restoring: Step = (engine, { guest }) => restore(engine, guest.id);
const holding: Step = (engine, { guest }) => hold(engine, guest.id);
const deleting: Step = (engine, { guest }) => deleteByRef(engine, guest.id);
const returning: Step = async (engine, { guest }) => authenticate(engine, guest.token);

async function idle(world: World): Promise<void> {
  world.now += 3 * DAY;
}
async function quarantined(world: World): Promise<void> {
  await idle(world);
  assert.equal((await gc(world.process(), { olderThan: 2 * DAY })).quarantined, 1);
}
async function purgeable(world: World): Promise<void> {
  await quarantined(world);
  world.now += 7 * DAY;
}
/** After an acknowledged hold, the account exists and is on hold. */
async function staysHeld(outcomes: Outcome[], world: World, { guest }: Scene): Promise<void> {
  if (outcomes[0]?.state !== "done") return;
  const account = (await accountsOf(world)).find(({ id }) => id === guest.id);
  assert(account?.hold, "an account on hold is kept, and stays on hold");
}
async function restoredOrGone(outcomes: Outcome[], world: World, { guest }: Scene): Promise<void> {
  const account = (await accountsOf(world)).find(({ id }) => id === guest.id);
  if (outcomes[0]?.state === "done")
    assert.equal(account?.quarantine, undefined, "a restored account is not in quarantine");
  if (outcomes[0]?.state === "done") assert(account, "a restored account exists");
  if (outcomes[0]?.state === "failed") assert.equal(account, undefined);
}

const cases: readonly Case[] = [
  { name: "link and conversion with the same identity", steps: [linking, converting] },
  { name: "link, conversion and healing", steps: [linking, converting, healing], jumps: 3, deaths: 0 },
  { name: "link of an identity twice", steps: [linking, linking] },
  {
    name: "unlink of the last two identities of an account with a verified email",
    steps: [unlinkingGoogle, unlinkingGithub],
  },
  { name: "unlink, and a link to another account", steps: [unlinkingGithub, linkingGithub] },
  {
    name: "unlink, a link to another account, healing",
    steps: [unlinkingGithub, linkingGithub, healing],
    jumps: 3,
    deaths: 0,
  },
  { name: "unlink of an identity twice", steps: [unlinkingGithub, unlinkingGithub] },
  {
    name: "unlink and link of the same identity",
    steps: [unlinkingGithub, (engine, { eve }) => link(engine, { id: eve.id }, GITHUB), healing],
  },
  {
    name: "unlink, and a sign-in with the identity",
    steps: [unlinkingGithub, (engine) => signInWithIdentity(engine, GITHUB)],
    async check([unlinked, entered], world, { eve }) {
      if (unlinked?.state !== "done" || entered?.state === "died") return;
      const account = (await accountsOf(world)).find(({ id }) => id === eve.id);
      assert.deepEqual(account?.sessions, [], "no session of the unlinked identity is left");
    },
  },
  {
    name: "delete, and a link of its identity to another account",
    steps: [(engine, { eve }) => deleteAccount(engine, eve.token), linkingGithub, healing],
    mayBeGone: ["eve"],
  },
  {
    name: "delete, unlink",
    steps: [(engine, { eve }) => deleteByRef(engine, eve.id), unlinkingGithub, healing],
    mayBeGone: ["eve"],
  },
  {
    name: "restore, purge",
    prepare: purgeable,
    steps: [restoring, collecting],
    mayBeGone: ["guest"],
    check: restoredOrGone,
  },
  {
    name: "restore twice, purge",
    prepare: purgeable,
    steps: [restoring, restoring, collecting],
    mayBeGone: ["guest"],
    check: restoredOrGone,
  },
  {
    name: "restore, delete by a token",
    prepare: quarantined,
    steps: [restoring, (engine, { guest }) => deleteAccount(engine, guest.token)],
    mayBeGone: ["guest"],
  },
  { name: "hold, delete", steps: [holding, deleting], mayBeGone: ["guest"], check: staysHeld },
  { name: "hold, quarantine", prepare: idle, steps: [holding, collecting], check: staysHeld },
  {
    name: "hold, purge, delete",
    prepare: purgeable,
    steps: [holding, collecting, deleting],
    mayBeGone: ["guest"],
    check: staysHeld,
  },
  {
    name: "hold, update, authenticate",
    prepare: idle,
    steps: [holding, (engine, { guest }) => update(engine, { id: guest.id }, { plan: "paid" }), returning],
    check: staysHeld,
  },
  { name: "quarantine, conversion, healing", prepare: idle, steps: [collecting, converting, healing] },
  {
    name: "conversion, quarantine, restore",
    prepare: idle,
    steps: [converting, collecting, restoring, linking],
    jumps: 2,
  },
  {
    // gc with the earliest cutoff, and everything within one millisecond
    name: "conversion, quarantine, restore, link of the same identity to another account",
    settings: { activityResolution: 0 },
    jumps: 0,
    deaths: 0,
    steps: [converting, (engine) => gc(engine, { olderThan: 0 }), restoring, linking],
  },
  {
    name: "unlink of the last two identities of an account with no other way in",
    async prepare(world, { guest }) {
      await convert(world.process(), guest.token, {}, undefined, { vouched: { identity: PASSKEY } });
      await link(world.process(), { id: guest.id }, OTHER);
    },
    steps: [PASSKEY, OTHER].map(
      (one) =>
        (engine, { guest }) =>
          unlink(engine, { id: guest.id }, one),
    ),
  },
  { name: "two runs of gc, hold", prepare: idle, steps: [holding, collecting, collecting], check: staysHeld },
];

async function create(
  { steps, settings, jumps = 2, deaths = 1, prepare, mayBeGone = [], check }: Case,
  through: (typeof WAYS)[number]["through"],
) {
  const world = createWorld({ settings: { ...SETTINGS, ...settings }, hashPassword });
  const scene = await createScene(world);
  await prepare?.(world, scene);
  return {
    driver: world.driver,
    actors: steps.map((step, number) => (driver: AtomicDriver) => step(world.process(through(driver, number)), scene)),
    jumps,
    jump: () => {
      world.now += LEASE;
    },
    deaths,
    check: async (outcomes: Outcome[]) => {
      for (const outcome of outcomes) {
        if (outcome.state !== "failed") continue;
        const { error } = outcome;
        assert(error instanceof AnonError && REFUSALS.includes(error.code), `${(error as Error)?.stack}`);
      }
      await check?.(outcomes, world, scene);
      await checkAccounts(world, scene, mayBeGone);
      await checkHealed(world);
      await checkFree(world);
      await checkCollected(world);
    },
  };
}

describe(`concurrent changes of identities, holds and quarantines (ANON_SEED=${SEED})`, () => {
  for (const [test, way] of cases.flatMap((test) => WAYS.map((way) => [test, way] as const))) {
    it(`${test.name}, ${way.name}`, async () => {
      const options = { switches: 3, limit: Math.ceil(LIMIT / 2), random: Math.ceil(LIMIT / 2), seed: SEED };
      const runs = await interleave(() => create(test, way.through), options);
      assert(runs > 50, `many orders were tried, not ${runs}`);
    });
  }
});
