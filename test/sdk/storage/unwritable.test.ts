/** Storage that can be read but not written: out of memory, read-only, on a full disk. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { command } from "../../../scripts/redis/resp.mjs";
import type { HookFailure } from "../../../sdk/contract/hooks.ts";
import { AnonError } from "../../../sdk/errors.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import memory from "../../../storage-drivers/memory.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import { DriverError } from "../../../storage-drivers/shared/driver-error.ts";
import { Browser } from "../../support/browser.ts";
import { needsRedis, ownRedis, stopServers } from "../../support/redis.ts";
import { DAY, HOUR, intercepting, refused, setUp } from "../../support/sdk.ts";

const LONG = needsRedis("own", { timeout: 300_000 });

/** An SDK, and the failures that its `onError` received. */
function world(storage: AtomicDriver, options: Parameters<typeof setUp>[1] = {}) {
  const failures: HookFailure[] = [];
  return { ...setUp(storage, { ...options, onError: (failure) => failures.push(failure) }), failures };
}

/** A driver whose writes fail with the error that `with` sets, and succeed after `with(null)`. */
function refusing(inner: AtomicDriver): { driver: AtomicDriver; with: (error: unknown) => void } {
  let refusal: unknown = null;
  const driver = intercepting(inner, {
    swap: (...args) => (refusal === null ? inner.swap(...args) : Promise.reject(refusal)),
  });
  return {
    driver,
    with: (error) => {
      refusal = error;
    },
  };
}

describe("authenticate while activity cannot be written", () => {
  after(stopServers);

  it("succeeds with Redis out of memory, with a guest and with a registered account", LONG, async () => {
    const server = await ownRedis();
    const { anon, clock } = world(redis({ url: server.url }));
    const guest = await anon.signInAnonymously();
    const other = await anon.signInAnonymously();
    const member = await anon.convert(other.token, { email: "ada@example.com", password: "correct horse battery" });
    clock.now += 25 * HOUR;
    await command(server.port, ["CONFIG", "SET", "maxmemory", "1"]);
    for (const { token, record } of [guest, member]) {
      assert.equal((await anon.authenticate(token))?.record.id, record.id);
    }
    await refused(anon.signInAnonymously(), "storage_unavailable");
    await command(server.port, ["CONFIG", "SET", "maxmemory", "0"]);
    for (const { token, record } of [guest, member]) {
      assert.equal((await anon.authenticate(token))?.record.id, record.id);
      assert.equal((await anon.admin.inspect(record.id))?.lastActive, new Date(clock.now).toISOString());
    }
    await anon.dispose();
  });

  it("succeeds with Redis read-only, reports the failure, and writes at a later request", LONG, async () => {
    const server = await ownRedis();
    const { anon, clock, failures } = world(redis({ url: server.url }));
    const { token, record } = await anon.signInAnonymously();
    clock.now += 25 * HOUR;
    await command(server.port, ["REPLICAOF", "127.0.0.1", "1"]);
    for (let times = 1; times <= 3; times++) {
      assert.equal((await anon.authenticate(token))?.record.id, record.id);
      assert.equal(failures.length, times);
    }
    const [{ hook, error } = { hook: "", error: null }] = failures;
    assert.equal(hook, "authenticate");
    assert.ok(error instanceof AnonError && error.code === "storage_unavailable", String(error));
    await command(server.port, ["REPLICAOF", "NO", "ONE"]);
    assert.equal((await anon.authenticate(token))?.record.id, record.id);
    assert.equal(failures.length, 3);
    assert.equal((await anon.admin.inspect(record.id))?.lastActive, new Date(clock.now).toISOString());
    await anon.dispose();
  });

  it("succeeds with a Redis that cannot save to its disk", LONG, async () => {
    const folder = await mkdtemp(join(tmpdir(), "anon-unsaved-"));
    const server = await ownRedis(["--dir", folder]);
    const { anon, clock, failures } = world(redis({ url: server.url }));
    const { token, record } = await anon.signInAnonymously();
    clock.now += 25 * HOUR;
    await rm(folder, { recursive: true });
    await command(server.port, ["CONFIG", "SET", "save", "3600 1"]);
    await command(server.port, ["BGSAVE"]);
    while (!/rdb_last_bgsave_status:err/.test(await command(server.port, ["INFO", "persistence"]))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal((await anon.authenticate(token))?.record.id, record.id);
    assert.match(String(failures[0]?.error), /MISCONF: it cannot save to its disk/);
    await anon.dispose();
  });

  for (const code of ["full", "denied", "unavailable", "locked", "corrupt"] as const) {
    it(`succeeds if a write fails with "${code}", also when the session should be renewed`, async () => {
      const storage = refusing(memory());
      const { anon, clock, failures } = world(storage.driver, { sessionTtl: "10d" });
      const { token, record } = await anon.signInAnonymously();
      storage.with(new DriverError(code, "Cannot write"));
      clock.now += 6 * DAY;
      const unwritten = await anon.authenticate(token);
      assert.equal(unwritten?.record.id, record.id);
      assert.equal(unwritten?.token, token, "the session is not renewed, and neither is its token");
      assert.deepEqual(
        failures.map(({ hook, error }) => [hook, (error as AnonError).code]),
        [["authenticate", code === "corrupt" ? "storage_corrupt" : "storage_unavailable"]],
      );
      storage.with(null);
      const written = await anon.authenticate(token);
      assert.notEqual(written?.token, token);
      clock.now += 6 * DAY;
      assert.equal((await anon.authenticate(written?.token as string))?.record.id, record.id);
      assert.equal(failures.length, 1);
    });
  }

  it("succeeds if the write happened and only its response was lost", async () => {
    const inner = memory();
    let lost = false;
    const driver = intercepting(inner, {
      swap: async (...args) => {
        const swapped = await inner.swap(...args);
        if (lost) throw new DriverError("unavailable", "did not answer within 2000 ms");
        return swapped;
      },
    });
    const { anon, clock } = world(driver, { sessionTtl: "10d" });
    const { token, record } = await anon.signInAnonymously();
    clock.now += 6 * DAY;
    lost = true;
    assert.equal((await anon.authenticate(token))?.token, token);
    lost = false;
    const renewed = await anon.authenticate(token);
    assert.notEqual(renewed?.token, token);
    clock.now += 9 * DAY;
    assert.equal((await anon.authenticate(renewed?.token as string))?.record.id, record.id);
  });

  it("refuses a session that was ended while its activity could not be written", async () => {
    const storage = refusing(memory());
    const { anon, clock } = world(storage.driver);
    const { token } = await anon.signInAnonymously();
    clock.now += 25 * HOUR;
    storage.with(new DriverError("full", "Cannot write"));
    assert.ok(await anon.authenticate(token));
    storage.with(null);
    await anon.signOut(token);
    storage.with(new DriverError("full", "Cannot write"));
    assert.equal(await anon.authenticate(token), null);
  });

  it("fails when the session cannot be read", async () => {
    const inner = memory();
    let down = false;
    const driver = intercepting(inner, {
      read: (key) => (down ? Promise.reject(new DriverError("unavailable", "down")) : inner.read(key)),
    });
    const { anon, failures } = world(driver);
    const { token } = await anon.signInAnonymously();
    down = true;
    await refused(anon.authenticate(token), "storage_unavailable");
    assert.deepEqual(failures, []);
  });

  it("keeps the browser signed in with the same cookie", async () => {
    const storage = refusing(memory());
    const { anon, clock } = world(storage.driver, { sessionTtl: "10d" });
    const browser = new Browser(anon);
    const { answer } = await browser.visit(async (context) => (await context.signInAnonymously()).record.id);
    clock.now += 6 * DAY;
    storage.with(new DriverError("full", "Cannot write"));
    const second = await browser.visit(async (context) => (await context.auth())?.record.id);
    assert.equal(second.answer, answer);
    assert.equal(second.response.headers.get("Set-Cookie"), null);
  });
});
