/** `now` may return any valid time, also with fractions of a millisecond. */
import assert from "node:assert/strict";
import { performance } from "node:perf_hooks";
import { after, describe, it } from "node:test";
import memory from "../../../storage-drivers/memory.ts";
import { PASSWORD, refused, refusedAtOnce, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

describe("the clock `now`", () => {
  for (const store of STORES) {
    describe(store.name, () => {
      after(store.cleanup);

      it("may return a fraction of a millisecond", { timeout: 60_000 }, async () => {
        let ahead = 0.25;
        const { anon } = setUp(await store.open(), {
          now: () => performance.timeOrigin + performance.now() + ahead,
          quarantine: "1h",
        });
        const guest = await anon.signInAnonymously();
        const other = await anon.signInAnonymously({ idempotencyKey: "a-key-of-16-characters" });
        assert.match(guest.record.created, /\.\d{3}Z$/);
        const { code } = await anon.createTransferCode(guest.token);
        await anon.signInWithTransferCode(code);
        const converted = await anon.convert(guest.token, { email: "ada@example.com", password: PASSWORD });
        ahead += 25 * 3_600_000;
        assert.equal((await anon.authenticate(converted.token))?.record.id, guest.record.id);
        assert.equal((await anon.authenticate(other.token))?.record.id, other.record.id);
        await anon.refresh(converted.token);
        assert.deepEqual(pick(await anon.admin.gc({ olderThan: "12h" })), { quarantined: 0, deleted: 0, failed: 0 });
        ahead += 25 * 3_600_000;
        assert.deepEqual(pick(await anon.admin.gc({ olderThan: "12h" })), { quarantined: 1, deleted: 0, failed: 0 });
        ahead += 25 * 3_600_000;
        assert.deepEqual(pick(await anon.admin.gc({ olderThan: "12h" })), { quarantined: 0, deleted: 1, failed: 0 });
      });
    });
  }

  it("is refused if it returns an invalid time, at the start or later", async () => {
    const wrong: unknown[] = [Number.NaN, Infinity, -Infinity, -1, 1e15, "0", 5n, new Date(0), undefined, null];
    for (const value of wrong) {
      const now = () => value as number;
      const { message } = refusedAtOnce(() => setUp(memory(), { now }), "invalid_options");
      assert.match(message, /`now`/);
    }
    let time = Date.now();
    const { anon } = setUp(memory(), { now: () => time });
    const { token } = await anon.signInAnonymously();
    time = Number.NaN;
    await refused(anon.signInAnonymously(), "invalid_options");
    await refused(anon.authenticate(token), "invalid_options");
    await refused(anon.admin.gc({ olderThan: "1d" }), "invalid_options");
  });
});

function pick({ quarantined, deleted, failed }: { quarantined: number; deleted: number; failed: number }) {
  return { quarantined, deleted, failed };
}
