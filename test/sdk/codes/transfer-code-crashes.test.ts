/** A process dies at every one of its calls to storage while a transfer code is made or used. */
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

/** The guest is as before, with so many sessions, and gc leaves nothing of its codes behind. */
async function checkAfter(world: World, token: string, id: string, sessions: readonly number[]): Promise<void> {
  await checkAlways(world);
  const [account, ...others] = await accountsOf(world);
  assert.deepEqual([account?.id, others.length], [id, 0]);
  assert(sessions.includes(account?.sessions.length ?? 0), `${account?.sessions.length} sessions`);
  assert.equal((await authenticate(world.process(), token))?.record.id, id, "whoever made it stays signed in");
  world.now += 20 * MINUTE;
  // a code was over ten minutes ago, and the guest was active
  await gc(world.process(), { olderThan: 5 * MINUTE });
  assert.equal(await codesOf(world.driver), 0);
  await checkHealed(world, []);
}

/** What a code is good for in a process that did not die; how many sessions it made. */
async function useOnceMore(world: World, code: string): Promise<number> {
  const outcome = await signInWithTransferCode(world.process(), code).catch((error) => error);
  if (outcome instanceof AnonError) assert.equal(outcome.code, "invalid_transfer_code");
  else assert.equal(typeof outcome.token, "string", String(outcome));
  return outcome instanceof AnonError ? 0 : 1;
}

describe("a process that dies with a transfer code", () => {
  for (const when of ["before", "after"] as const) {
    it(`does not let it be used twice, ${when} each call`, async () => {
      const left: number[] = [];
      for (let at = 0, died = true; died; at++) {
        const world = createWorld();
        const { token, record, code } = await createScene(world);
        const process = crashing(world.driver, at, when);
        const using = signInWithTransferCode(world.process(process.driver), code);
        died = (await Promise.race([using, process.died])) === "died";
        const sessions = (await accountsOf(world))[0]?.sessions.length ?? 0;
        const more = await useOnceMore(world, code);
        assert(sessions - 1 + more <= 1, "one session at most comes of a code");
        assert.equal(await useOnceMore(world, code), 0);
        if (died) left.push(sessions - 1 + more);
        await checkAfter(world, token, record.id, [sessions + more]);
      }
      // read twice, used, read again, begun: died in between, the code is lost
      assert.deepEqual(left, when === "before" ? [1, 1, 1, 0, 0] : [1, 1, 0, 0, 1]);
    });

    it(`costs nobody an account by making one, ${when} each call`, async () => {
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
      // read, activity, the code
      assert.equal(calls - 1, 3);
    });
  }

  it("nor when a call fails and it lives on", async () => {
    for (const when of ["before", "after"] as const) {
      for (let at = 0, failed = true; failed; at++) {
        const world = createWorld();
        const { token, record, code } = await createScene(world);
        const process = failing(world.driver, at, when);
        const outcome = await signInWithTransferCode(world.process(process.driver), code).catch((error) => error);
        failed = process.failed();
        if (failed) assert.equal(outcome.code, "storage_unavailable");
        const before = (await accountsOf(world))[0]?.sessions.length ?? 0;
        assert(before - 1 + (await useOnceMore(world, code)) <= 1);
        await checkAfter(world, token, record.id, [1, 2]);
      }
    }
  });

  it("ends with whoever signs out while it is used", async () => {
    const world = createWorld();
    const { token, record, code } = await createScene(world);
    const inner = world.driver;
    let out = false;
    const engine = world.process({
      ...inner,
      async swap(...args) {
        const done = await inner.swap(...args);
        // the code is used up and the session not begun yet
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
