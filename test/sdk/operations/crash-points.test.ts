/** A process dies at each of its calls to storage, before and after the call is executed, in every operation. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Engine } from "../../../sdk/engine.ts";
import { AnonError } from "../../../sdk/errors.ts";
import { authenticate } from "../../../sdk/operations/authenticate.ts";
import { convert } from "../../../sdk/operations/convert.ts";
import { deleteByRef } from "../../../sdk/operations/delete.ts";
import { gc } from "../../../sdk/operations/gc.ts";
import { get } from "../../../sdk/operations/get.ts";
import { refresh } from "../../../sdk/operations/refresh.ts";
import { signInAnonymously } from "../../../sdk/operations/sign-in-anonymously.ts";
import { signInWithPassword } from "../../../sdk/operations/sign-in-with-password.ts";
import { signOut } from "../../../sdk/operations/sign-out.ts";
import { update } from "../../../sdk/operations/update.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import memory from "../../../storage-drivers/memory.ts";
import { crashing, failing, oneByOne } from "../../support/crashing-driver.ts";
import {
  accountsOf,
  checkAlways,
  checkHealed,
  createWorld,
  HOUR,
  heal,
  LEASE,
  PASSWORD,
  type World,
} from "../../support/world.ts";

const EMAIL = "ada@example.com";
const OTHER = "bob@example.com";

interface Scene {
  /** The accounts that exist before the crash. Their acknowledged states must survive. */
  guest: { id: string; token: string };
  registered: { id: string; token: string };
}

interface Case {
  name: string;
  /** What the dying process does. */
  run(engine: Engine, scene: Scene, world: World): Promise<unknown>;
  /** Runs before the process that dies. */
  prepare?(engine: Engine, scene: Scene, world: World): Promise<unknown>;
  /** The account that may be gone afterwards. */
  mayDelete?: "guest" | "registered";
  /** The fewest calls that the operation needs: a case without calls would prove nothing. */
  calls: number;
}

const cases: Case[] = [
  { name: "signInAnonymously", calls: 1, run: (engine) => signInAnonymously(engine) },
  {
    name: "convert with a username",
    calls: 6,
    run: (engine, { guest }) => convert(engine, guest.token, { email: EMAIL, username: "ada", password: PASSWORD }),
  },
  {
    name: "convert to an email that a dead process locked",
    calls: 8,
    prepare: (_, _scene, world) => crashWhileConverting(world, EMAIL),
    run: (engine, { guest }) => convert(engine, guest.token, { email: EMAIL, password: PASSWORD }),
  },
  {
    name: "convert that is refused because of its username",
    calls: 7,
    run: (engine, { guest }) =>
      convert(engine, guest.token, { email: EMAIL, username: "robert", password: PASSWORD }).catch(() => null),
  },
  {
    name: "delete of a registered account",
    calls: 6,
    mayDelete: "registered",
    run: (engine, { registered }) => deleteByRef(engine, registered.id),
  },
  {
    name: "delete of a guest",
    calls: 2,
    mayDelete: "guest",
    run: (engine, { guest }) => deleteByRef(engine, guest.id),
  },
  { name: "update", calls: 2, run: (engine, { guest }) => update(engine, { id: guest.id }, { cart: [1, 2, 3] }) },
  {
    name: "authenticate with activity and renewal",
    calls: 2,
    prepare: async (_, _scene, world) => {
      world.now += 20 * 24 * HOUR;
    },
    run: async (engine, { guest }) => authenticate(engine, guest.token),
  },
  { name: "refresh", calls: 2, run: (engine, { guest }) => refresh(engine, guest.token) },
  { name: "signInWithPassword", calls: 4, run: (engine) => signInWithPassword(engine, OTHER, PASSWORD) },
  { name: "signOut", calls: 2, run: (engine, { guest }) => signOut(engine, guest.token) },
  {
    name: "gc of accounts and locks",
    calls: 6,
    mayDelete: "guest",
    prepare: async (_, _scene, world) => {
      await crashWhileConverting(world, EMAIL);
      world.now += 2 * HOUR;
    },
    run: (engine) => gc(engine, { olderThan: "30m", batch: 1 }),
  },
];

/** Leaves a lock whose lease is over. */
async function crashWhileConverting(world: World, email: string): Promise<void> {
  const { token } = await signInAnonymously(world.process());
  const process = crashing(oneByOne(world.driver), 2, "after");
  const conversion = convert(world.process(process.driver), token, { email, password: PASSWORD });
  assert.equal(await Promise.race([conversion, process.died]), "died");
  world.now += LEASE;
}

async function createScene(world: World): Promise<Scene> {
  const engine = world.process();
  const guest = await signInAnonymously(engine);
  const other = await signInAnonymously(engine);
  const registered = await convert(engine, other.token, { email: OTHER, username: "robert", password: PASSWORD });
  return {
    guest: { id: guest.record.id, token: guest.token },
    registered: { id: registered.record.id, token: registered.token },
  };
}

/** Runs a case in its own world and dies at call `at`. Returns whether it died, and how many calls it made. */
async function die(
  test: Case,
  at: number,
  when: "before" | "after",
  driver: AtomicDriver,
): Promise<{ died: boolean; calls: number }> {
  const world = createWorld({ driver });
  const scene = await createScene(world);
  await test.prepare?.(world.process(), scene, world);
  const process = crashing(world.driver, at, when);
  const outcome = await Promise.race([test.run(world.process(process.driver), scene, world), process.died]);
  await checkAlways(world);

  const engine = world.process();
  const accounts = await accountsOf(world);
  for (const who of ["guest", "registered"] as const) {
    const account = accounts.find(({ id }) => id === scene[who].id);
    if (!account) assert.equal(test.mayDelete, who, `the ${who} account was not lost`);
    else assert.equal((await get(engine, account.id))?.id, account.id);
  }
  await checkHealed(world, [OTHER, EMAIL]);
  return { died: outcome === "died", calls: process.calls() };
}

/** How an account and its locks are written. */
const WAYS: readonly (readonly [way: string, open: () => AtomicDriver])[] = [
  ["one by one", () => oneByOne(memory())],
  ["all at once", memory],
];

describe("a process that dies at any call", () => {
  for (const [way, open] of WAYS)
    for (const test of cases) {
      for (const when of ["before", "after"] as const) {
        it(`${test.name}, ${when} each call, ${way}`, async () => {
          let at = 0;
          let last = await die(test, at, when, open());
          while (last.died) last = await die(test, ++at, when, open());
          assert.equal(last.calls, at, "every call of the complete run was a crash point");
          if (way === "one by one")
            assert(at >= test.calls, `${test.name} makes at least ${test.calls} calls, it made ${at}`);
        });
      }
    }

  for (const [way, open] of WAYS)
    it(`leaves a conversion either complete or undone, and the guest usable, ${way}`, async () => {
      for (const when of ["before", "after"] as const) {
        for (let at = 0, died = true; died; at++) {
          const world = createWorld({ driver: open() });
          const { token, record } = await signInAnonymously(world.process());
          const process = crashing(world.driver, at, when);
          const conversion = convert(world.process(process.driver), token, { email: EMAIL, password: PASSWORD });
          died = (await Promise.race([conversion, process.died])) === "died";
          const engine = world.process();
          const now = await get(engine, record.id);
          const session = await authenticate(engine, token);
          if (now?.anonymous) {
            assert.equal(session?.record.id, record.id);
            // the same visitor can try again at once
            await convert(engine, token, { email: EMAIL, password: PASSWORD });
          } else {
            assert.equal(session, null, "the same write ended the earlier sessions");
          }
          assert.equal((await signInWithPassword(engine, EMAIL, PASSWORD)).record.id, record.id);
          await heal(engine);
          await checkHealed(world, [EMAIL]);
        }
      }
    });

  for (const [way, open] of WAYS)
    for (const test of cases) {
      it(`${test.name}, when a call fails and the process continues, ${way}`, async () => {
        for (const when of ["before", "after"] as const) {
          for (let at = 0, failed = true; failed; at++) {
            const world = createWorld({ driver: open() });
            const scene = await createScene(world);
            await test.prepare?.(world.process(), scene, world);
            const process = failing(world.driver, at, when);
            await test.run(world.process(process.driver), scene, world).catch((error) => {
              assert(error instanceof AnonError, `an AnonError, not ${error}`);
              assert.equal(error.code, "storage_unavailable");
            });
            failed = process.failed();
            await checkAlways(world);
            const ids = (await accountsOf(world)).map(({ id }) => id);
            for (const who of ["guest", "registered"] as const) {
              assert(ids.includes(scene[who].id) || test.mayDelete === who, `the ${who} account was not lost`);
            }
            await checkHealed(world, [OTHER, EMAIL]);
          }
        }
      });
    }
});
