/** A process dies at each storage call while it makes or uses a transfer code. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AnonError } from "../../../sdk/errors.ts";
import { authenticate } from "../../../sdk/operations/authenticate.ts";
import { createTransferCode } from "../../../sdk/operations/create-transfer-code.ts";
import { gc } from "../../../sdk/operations/gc.ts";
import { signInAnonymously } from "../../../sdk/operations/sign-in-anonymously.ts";
import { signInWithTransferCode } from "../../../sdk/operations/sign-in-with-transfer-code.ts";
import { signOut } from "../../../sdk/operations/sign-out.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { crashing, failing } from "../../support/crashing-driver.ts";
import { accountsOf, checkAlways, checkHealed, createWorld, HOUR, type World } from "../../support/world.ts";

const MINUTE = HOUR / 60;

/** A guest, and a code that it made. */
async function createScene(world: World) {
  const engine = world.process();
  const guest = await signInAnonymously(engine);
  const { code } = await createTransferCode(engine, guest.token);
  return { ...guest, code };
}

async function codesOf(driver: AtomicDriver): Promise<number> {
  let count = 0;
  for await (const _ of driver.keys("cod:")) count++;
  return count;
}

/** The guest is unchanged, with one of these numbers of sessions, and gc removes all its codes. */
async function checkAfter(world: World, token: string, id: string, sessions: readonly number[]): Promise<void> {
  await checkAlways(world);
  const [account, ...others] = await accountsOf(world);
  assert.deepEqual([account?.id, others.length], [id, 0]);
  assert(sessions.includes(account?.sessions.length ?? 0), `${account?.sessions.length} sessions`);
  assert.equal(
    (await authenticate(world.process(), token))?.record.id,
    id,
    "the session that made the code stays valid",
  );
  world.now += 20 * MINUTE;
  // the code expired ten minutes ago, and the guest was active since
  await gc(world.process(), { olderThan: 5 * MINUTE });
  assert.equal(await codesOf(world.driver), 0);
  await checkHealed(world, []);
}

/** Uses the code in another process. Returns how many sessions that began: 0 or 1. */
async function useAgain(world: World, code: string): Promise<number> {
  const outcome = await signInWithTransferCode(world.process(), code).catch((error) => error);
  if (outcome instanceof AnonError) assert.equal(outcome.code, "invalid_transfer_code");
  else assert.equal(typeof outcome.token, "string", String(outcome));
  return outcome instanceof AnonError ? 0 : 1;
}

describe("a transfer code", () => {
  for (const when of ["before", "after"] as const) {
    it(`is used at most once if a process dies ${when} any storage call`, async () => {
      const left: number[] = [];
      for (let at = 0, died = true; died; at++) {
        const world = createWorld();
        const { token, record, code } = await createScene(world);
        const process = crashing(world.driver, at, when);
        const using = signInWithTransferCode(world.process(process.driver), code);
        died = (await Promise.race([using, process.died])) === "died";
        const sessions = (await accountsOf(world))[0]?.sessions.length ?? 0;
        const more = await useAgain(world, code);
        assert(sessions - 1 + more <= 1, "a code begins at most one session");
        assert.equal(await useAgain(world, code), 0);
        if (died) left.push(sessions - 1 + more);
        await checkAfter(world, token, record.id, [sessions + more]);
      }
      // two reads, the code deleted, a read, the session begun: a death in between loses the code
      assert.deepEqual(left, when === "before" ? [1, 1, 1, 0, 0] : [1, 1, 0, 0, 1]);
    });

    it(`is made without loss of the account if the process dies ${when} any storage call`, async () => {
      let calls = 0;
      for (let at = 0, died = true; died; at++, calls++) {
        const world = createWorld();
        const { token, record } = await signInAnonymously(world.process());
        world.now += 2 * HOUR;
        const process = crashing(world.driver, at, when);
        const making = createTransferCode(world.process(process.driver), token);
        died = (await Promise.race([making, process.died])) === "died";
        await checkAfter(world, token, record.id, [1]);
      }
      // a read, the activity, the code
      assert.equal(calls - 1, 3);
    });
  }

  it("is used at most once if any storage call fails", async () => {
    for (const when of ["before", "after"] as const) {
      for (let at = 0, failed = true; failed; at++) {
        const world = createWorld();
        const { token, record, code } = await createScene(world);
        const process = failing(world.driver, at, when);
        const outcome = await signInWithTransferCode(world.process(process.driver), code).catch((error) => error);
        failed = process.failed();
        if (failed) assert.equal(outcome.code, "storage_unavailable");
        const before = (await accountsOf(world))[0]?.sessions.length ?? 0;
        assert(before - 1 + (await useAgain(world, code)) <= 1);
        await checkAfter(world, token, record.id, [1, 2]);
      }
    }
  });

  it("begins no session if its maker signs out meanwhile", async () => {
    const world = createWorld();
    const { token, record, code } = await createScene(world);
    const inner = world.driver;
    let out = false;
    const engine = world.process({
      ...inner,
      async swap(...args) {
        const done = await inner.swap(...args);
        // the code is deleted and the session has not begun
        if (!out && args[0].startsWith("cod:")) {
          out = true;
          await signOut(world.process(), token);
        }
        return done;
      },
    });
    await assert.rejects(signInWithTransferCode(engine, code), { code: "invalid_transfer_code" });
    assert.deepEqual([out, (await accountsOf(world))[0]?.sessions], [true, []]);
    assert.equal((await accountsOf(world))[0]?.id, record.id);
  });
});
