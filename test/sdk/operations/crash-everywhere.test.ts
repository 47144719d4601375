/**
 * A process dies at each of its calls to storage in the operations that `crash-points` leaves out: external identities, the
 * HTTP API, and retention. Then other processes continue, and gc runs.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AnonError } from "../../../sdk/errors.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import memory from "../../../storage-drivers/memory.ts";
import sql from "../../../storage-drivers/sql/index.ts";
import { ACCOUNT_CASES, type Case } from "../../support/crash/account-cases.ts";
import { RETENTION_CASES } from "../../support/crash/retention-cases.ts";
import { checkAccounts, checkCollected, checkFree, checkHealed, createScene } from "../../support/crash/scene.ts";
import { crashing, failing, oneByOne } from "../../support/crashing-driver.ts";
import { hashPassword } from "../../support/fast-hash.ts";
import { bySize } from "../../support/size.ts";
import { createWorld, type World } from "../../support/world.ts";

const SETTINGS = { sessionTtl: "60d", activityResolution: "1h" } as const;

/** A process that stops at a call, and whether it reached that call. */
type Stop = (run: (driver: World["driver"]) => Promise<unknown>, world: World) => Promise<{ ended: boolean }>;

/** SQLite, by the calls that every driver has: those are the crash points. */
function sqlite(): AtomicDriver {
  return oneByOne({
    ...sql({ url: "sqlite::memory:" }),
    readMany: undefined,
    deleteDue: undefined,
    keyPages: undefined,
  });
}

const STORAGES: readonly (readonly [name: string, open: () => AtomicDriver])[] = bySize({
  full: [
    ["memory", () => oneByOne(memory())],
    ["memory, accounts and locks at once", memory],
    ["sqlite", sqlite],
  ],
  short: [
    ["memory", () => oneByOne(memory())],
    ["memory, accounts and locks at once", memory],
  ],
});

/** Runs a case in its own world, where a process stops, and checks what other processes see afterwards. */
async function stopIn(driver: AtomicDriver, test: Case, stop: Stop): Promise<boolean> {
  const world = createWorld({ driver, settings: { ...SETTINGS, ...test.settings }, hashPassword });
  const scene = await createScene(world);
  const prepared = (await test.prepare?.(world, scene)) as string;
  const { ended } = await stop((driver) => test.run(world.process(driver), scene, prepared), world);
  await test.check?.(world, scene, ended, prepared);
  await checkAccounts(world, scene, test.mayBeGone ?? []);
  await checkHealed(world);
  await checkFree(world);
  await checkCollected(world);
  await driver.dispose();
  return ended;
}

for (const [name, open] of STORAGES) {
  describe(`a process that dies during other operations on ${name}`, () => {
    for (const test of [...ACCOUNT_CASES, ...RETENTION_CASES]) {
      for (const when of ["before", "after"] as const) {
        it(`${test.name}, ${when} each call`, async () => {
          let at = 0;
          let calls = 0;
          let isAtOnce = false;
          const stop: Stop = async (run, world) => {
            isAtOnce = world.driver.swapAll !== undefined;
            const process = crashing(world.driver, at, when);
            const outcome = await Promise.race([run(process.driver), process.died]);
            if (outcome instanceof Response) assert(outcome.ok, `${outcome.status} ${await outcome.text()}`);
            calls = process.calls();
            return { ended: outcome !== "died" };
          };
          while (!(await stopIn(open(), test, stop))) at++;
          assert.equal(calls, at, "every call of the complete run was a crash point");
          if (!isAtOnce) assert(at >= test.calls, `it makes at least ${test.calls} calls, not ${at}`);
        });
      }

      it(`${test.name}, when a call fails and the process continues`, async () => {
        for (const when of ["before", "after"] as const) {
          let at = 0;
          const stop: Stop = async (run, world) => {
            const process = failing(world.driver, at, when);
            const outcome = await run(process.driver).catch((error) => error);
            const failed = process.failed();
            if (outcome instanceof Response)
              assert(outcome.ok || (failed && outcome.status === 503), `${outcome.status}`);
            if (outcome instanceof Error) {
              assert(failed && outcome instanceof AnonError, outcome.stack);
              assert.equal(outcome.code, "storage_unavailable");
            }
            return { ended: !failed };
          };
          while (!(await stopIn(open(), test, stop))) at++;
        }
      });
    }
  });
}
