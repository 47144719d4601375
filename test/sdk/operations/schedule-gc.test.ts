/** `scheduleGc` in real time: it runs gc repeatedly, one run at a time in its process, until it is stopped. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Anon } from "../../../sdk/contract/anon.ts";
import type { HookFailure } from "../../../sdk/contract/hooks.ts";
import type { AnonOptions } from "../../../sdk/contract/options.ts";
import type { ScheduledGcRun, ScheduleGcOptions } from "../../../sdk/contract/retention.ts";
import { AnonError } from "../../../sdk/errors.ts";
import { currentRequest } from "../../../sdk/http/current-request.ts";
import memory from "../../../storage-drivers/memory.ts";
import { commandOf } from "../../support/processes.ts";
import { collect, intercepting, refusedAtOnce, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

const LONG = { timeout: 120_000 };
/** The shortest schedule, which collects every guest. */
const OFTEN = { every: "1s", olderThan: 0 } as const;
/** Long enough for another run of a schedule that was not stopped. */
const MORE_THAN_EVERY = 1_500;

const IN_REAL_TIME: Partial<AnonOptions> = { now: Date.now, activityResolution: 0 };

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; !(await isSo()); await wait(20)) assert.ok(Date.now() < end, what);
}

async function guests(anon: Anon): Promise<number> {
  return (await collect(anon.admin.list())).length;
}

for (const store of STORES) {
  describe(`scheduleGc on ${store.name}`, () => {
    it("runs gc repeatedly alongside another process's schedule, until it is stopped", LONG, async (t) => {
      t.after(store.cleanup);
      const storage = await store.open();
      const deleted: string[] = [];
      const failures: HookFailure[] = [];
      const options: Partial<AnonOptions> = {
        ...IN_REAL_TIME,
        hooks: { afterDelete: ({ record }) => void deleted.push(record.id) },
        onError: (failure) => void failures.push(failure),
      };
      const [anon, other] = [setUp(storage, options).anon, setUp(storage, options).anon];
      const stops = [anon.admin.scheduleGc(OFTEN), other.admin.scheduleGc(OFTEN)];
      const made: string[] = [];
      for (let round = 1; round <= 3; round++) {
        for (let i = 0; i < 5; i++) made.push((await anon.signInAnonymously()).record.id);
        await until(`round ${round} is collected`, async () => (await guests(anon)) === 0);
      }
      await Promise.all(stops.map((stop) => stop()));
      assert.deepEqual(deleted.toSorted(), made.toSorted(), "each once");
      assert.deepEqual(failures, []);
      await anon.signInAnonymously();
      await wait(MORE_THAN_EVERY);
      assert.equal(await guests(anon), 1);
    });
  });
}

describe("scheduleGc", () => {
  it("begins no run before the previous run of any schedule has ended", LONG, async () => {
    let [running, most, runs] = [0, 0, 0];
    const { anon } = setUp(memory(), {
      ...IN_REAL_TIME,
      keep: async () => {
        most = Math.max(most, ++running);
        // longer than `every`
        await wait(MORE_THAN_EVERY);
        running--;
        runs++;
        return true;
      },
    });
    await anon.signInAnonymously();
    const stops = [anon.admin.scheduleGc(OFTEN), anon.admin.scheduleGc(OFTEN)];
    await until("three runs", () => runs >= 3);
    await Promise.all(stops.map((stop) => stop()));
    assert.equal(most, 1);
    assert.equal(running, 0, "stop waits for the current run");
  });

  for (const by of ["stop", "signal"] as const) {
    it(`ends the current run by ${by}`, LONG, async () => {
      let asked = 0;
      const beforeDelete = async () => {
        asked++;
        await wait(20);
        return true;
      };
      const { anon } = setUp(memory(), IN_REAL_TIME);
      const aborting = new AbortController();
      for (let i = 0; i < 400; i++) await anon.signInAnonymously();
      const stop = anon.admin.scheduleGc({ ...OFTEN, batch: 10, beforeDelete, signal: aborting.signal });
      await until("a run begins", () => asked > 0);
      if (by === "signal") aborting.abort();
      await stop();
      const after = asked;
      assert.ok(after < 400, `${after} asked`);
      const left = await guests(anon);
      assert.ok(left > 0, "the rest is left for another run");
      await stop();
      await wait(MORE_THAN_EVERY);
      assert.equal(asked, after);
      assert.equal(await guests(anon), left);
    });
  }

  it("runs outside the request that scheduled it", LONG, async () => {
    const seen: unknown[] = [];
    const { anon } = setUp(memory(), {
      ...IN_REAL_TIME,
      keep: () => {
        seen.push(currentRequest());
        return true;
      },
    });
    let stop: (() => Promise<void>) | undefined;
    await anon.run(new Request("https://shop.example/"), async ({ signInAnonymously }) => {
      await signInAnonymously();
      stop = anon.admin.scheduleGc(OFTEN);
      return new Response();
    });
    await until("a run", () => seen.length > 0);
    await stop?.();
    assert.equal(seen[0], undefined);
  });

  it("does not begin if its signal is already aborted", LONG, async () => {
    const { anon } = setUp(memory(), IN_REAL_TIME);
    await anon.signInAnonymously();
    const stop = anon.admin.scheduleGc({ ...OFTEN, signal: AbortSignal.abort() });
    await wait(MORE_THAN_EVERY);
    assert.equal(await guests(anon), 1);
    await stop();
  });

  it("stops a waiting schedule without waiting for the run of another schedule", LONG, async () => {
    let asked = 0;
    let end: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      end = resolve;
    });
    const { anon } = setUp(memory(), IN_REAL_TIME);
    await anon.signInAnonymously();
    const slow = async () => {
      asked++;
      await held;
      return false;
    };
    const stopSlow = anon.admin.scheduleGc({ ...OFTEN, beforeDelete: slow });
    await until("the slow run begins", () => asked > 0);
    const stop = anon.admin.scheduleGc(OFTEN);
    await wait(MORE_THAN_EVERY);
    await stop();
    end();
    await stopSlow();
    assert.equal(await guests(anon), 1, "only the slow run would have deleted the guest");
  });

  it("reports failed runs to onError, and continues", LONG, async () => {
    let isDown = true;
    const inner = memory();
    const storage = intercepting(inner, {
      due: async (...args) => {
        if (isDown) throw new Error("the server is away");
        return await inner.due(...args);
      },
      deleteDue: undefined,
    });
    const failures: HookFailure[] = [];
    const { anon } = setUp(storage, {
      ...IN_REAL_TIME,
      onError: (failure) => {
        failures.push(failure);
        throw new Error("thrown by onError, and ignored");
      },
    });
    await anon.signInAnonymously();
    const stop = anon.admin.scheduleGc(OFTEN);
    await until("two runs failed", () => failures.length >= 2);
    isDown = false;
    await until("a run succeeds", async () => (await guests(anon)) === 0);
    await stop();
    for (const { hook, error } of failures) {
      assert.equal(hook, "scheduleGc");
      assert.ok(error instanceof AnonError && error.code === "storage_unavailable", String(error));
    }
  });

  it("begins at once with immediately", LONG, async () => {
    const { anon } = setUp(memory(), IN_REAL_TIME);
    await anon.signInAnonymously();
    const stop = anon.admin.scheduleGc({ ...OFTEN, every: "24d", immediately: true });
    await until("a run", async () => (await guests(anon)) === 0);
    await stop();
  });

  it("counts every from the beginning of a run", LONG, async () => {
    const took = 2_500;
    const { anon } = setUp(memory(), {
      ...IN_REAL_TIME,
      keep: async () => {
        await wait(took);
        return true;
      },
    });
    await anon.signInAnonymously();
    const runs: ScheduledGcRun[] = [];
    const onRun = (run: ScheduledGcRun) => void runs.push(run);
    const stop = anon.admin.scheduleGc({ ...OFTEN, every: "3s", immediately: true, onRun });
    await until("two runs", () => runs.length >= 2);
    await stop();
    const [first = 0, second = 0] = runs.map(({ began }) => Date.parse(began));
    // counted from the end, at least this time and nine tenths of `every` lie between them
    assert.ok(second - first < took + 2_700, `${second - first} ms`);
    assert.deepEqual([runs[0]?.report?.kept.vetoed, runs[0]?.error], [1, undefined]);
    assert.ok(runs[0]!.durationMs > took - 100, `${runs[0]?.durationMs} ms`);
  });

  it("reports each run to onRun, also one that failed midway, and stop waits for it", LONG, async () => {
    const inner = memory();
    let pages = 0;
    let isDown = true;
    const storage = intercepting(inner, {
      due: async (...args) => {
        if (isDown && ++pages > 1) throw new Error("the server is away");
        return await inner.due(...args);
      },
      deleteDue: undefined,
    });
    const failures: HookFailure[] = [];
    const { anon } = setUp(storage, { ...IN_REAL_TIME, onError: (failure) => void failures.push(failure) });
    for (let i = 0; i < 4; i++) await anon.signInAnonymously();
    const runs: ScheduledGcRun[] = [];
    let told = 0;
    const stop = anon.admin.scheduleGc({
      ...OFTEN,
      immediately: true,
      batch: 2,
      onRun: async (run) => {
        runs.push(run);
        await wait(20);
        told++;
        throw new Error("thrown by onRun");
      },
    });
    await until("a run failed", () => runs.length > 0);
    isDown = false;
    await until("a run succeeds", () => runs.length > 1);
    await stop();
    assert.equal(told, runs.length);
    assert.equal(runs[0]?.report?.deleted, 2);
    assert.ok(runs[0]?.error instanceof AnonError && runs[0].error.code === "storage_unavailable");
    assert.deepEqual([runs[1]?.report?.deleted, "error" in runs[1]!], [2, false]);
    assert.deepEqual(
      failures.slice(0, 3).map(({ error }) => (error as Error).message.includes("onRun")),
      [false, true, true],
    );
  });

  it("refuses invalid options at once", () => {
    const { anon } = setUp(memory(), { collections: { users: {}, customers: {} } });
    const schedule = (options: unknown) => () => anon.admin.scheduleGc(options as ScheduleGcOptions<"users">);
    for (const every of [0, 999, "999ms", "25d", "100000000d"]) {
      refusedAtOnce(schedule({ ...OFTEN, every }), "invalid_options");
    }
    for (const every of [undefined, null, "soon", -1, Number.NaN]) {
      refusedAtOnce(schedule({ ...OFTEN, every }), "invalid_duration");
    }
    refusedAtOnce(schedule(undefined), "invalid_duration");
    refusedAtOnce(schedule({ every: "1h" }), "invalid_duration");
    refusedAtOnce(schedule({ every: "1h", olderThan: "soon" }), "invalid_duration");
    refusedAtOnce(schedule({ ...OFTEN, limit: 0 }), "invalid_options");
    refusedAtOnce(schedule({ ...OFTEN, batch: 0 }), "invalid_options");
    refusedAtOnce(schedule({ ...OFTEN, collection: "staff" }), "unknown_collection");
  });

  it("does not keep a process alive", LONG, async () => {
    const [command, args] = commandOf(fileURLToPath(new URL("../../support/workers/scheduled.ts", import.meta.url)));
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    assert.deepEqual([code, text.trim()], [0, "scheduled"]);
  });
});
