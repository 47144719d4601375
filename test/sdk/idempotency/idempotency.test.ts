/** Sign-ins with one idempotency key create one account, in one process and in several, on every driver. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { createAnon } from "../../../sdk/create-anon.ts";
import memory from "../../../storage-drivers/memory.ts";
import { crashing } from "../../support/crashing-driver.ts";
import { collect, counting, MINUTE, PASSWORD, refused, SECRET, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

const KEY = "9f1c2b7e-1b0c-4b44-8c0e-3f1c2b7e1b0c";

for (const store of STORES) {
  describe(`an idempotency key over ${store.name}`, () => {
    after(() => store.cleanup());

    it("creates one account and one token for 12 concurrent sign-ins", async () => {
      const driver = await store.open();
      const { anon } = setUp(driver);
      const all = await Promise.all(
        Array.from({ length: 12 }, (_, i) => anon.signInAnonymously({ idempotencyKey: KEY, data: { i } })),
      );
      assert.equal(new Set(all.map(({ token }) => token)).size, 1);
      const [record, ...others] = await collect(anon.admin.list());
      assert.equal(others.length, 0);
      for (const result of all) assert.deepEqual(result.record, record);
      assert.equal((await anon.authenticate(all[0]!.token))?.record.id, record?.id);
    });

    it("creates separate accounts for another key, for another collection, and after it expires", async () => {
      const { anon, clock } = setUp(await store.open());
      const id = async (idempotencyKey: string, collection = "users") =>
        (await anon.signInAnonymously({ idempotencyKey, collection })).record.id;
      const first = await id(KEY);
      const ids = [first, await id(`${KEY}2`), await id(KEY, "customers")];
      clock.now += 2 * MINUTE - 1;
      assert.equal(await id(KEY), first);
      clock.now += 1;
      ids.push(await id(KEY));
      assert.equal(new Set(ids).size, 4);
    });
  });
}

describe("an idempotency key", () => {
  it("is refused after a conversion, a sign-out or a deletion ended its session", async () => {
    const { anon } = setUp(memory());
    const first = await anon.signInAnonymously({ idempotencyKey: KEY });
    await anon.convert(first.token, { email: "ada@example.com", password: PASSWORD });
    await refused(anon.signInAnonymously({ idempotencyKey: KEY }), "idempotency_key_used");
    const second = await anon.signInAnonymously({ idempotencyKey: `${KEY}2` });
    await anon.signOut(second.token);
    await refused(anon.signInAnonymously({ idempotencyKey: `${KEY}2` }), "idempotency_key_used");
    const third = await anon.signInAnonymously({ idempotencyKey: `${KEY}3` });
    await anon.admin.delete(third.record.id);
    await refused(anon.signInAnonymously({ idempotencyKey: `${KEY}3` }), "idempotency_key_used");
    assert.equal(await anon.admin.get(third.record.id), null);
  });

  it("must be 16 to 255 visible ASCII characters", async () => {
    const { anon } = setUp(memory());
    for (const idempotencyKey of [
      "",
      "x".repeat(15),
      "x".repeat(256),
      "x".repeat(15).concat(" "),
      "é".repeat(16),
      5,
      {},
    ]) {
      await refused(anon.signInAnonymously({ idempotencyKey } as never), "invalid_idempotency_key");
    }
    await anon.signInAnonymously({ idempotencyKey: "x".repeat(16) });
    await anon.signInAnonymously({ idempotencyKey: "~".repeat(255) });
  });

  it("creates one account even if the first process dies before or after any storage call", async () => {
    for (const when of ["before", "after"] as const) {
      for (let call = 0; call < 4; call++) {
        const driver = memory();
        const { driver: dying, died } = crashing(driver, call, when);
        const lost = setUp(dying).anon.signInAnonymously({ idempotencyKey: KEY });
        assert.equal(await Promise.race([died, lost]), "died");
        const { anon } = setUp(driver);
        const { token } = await anon.signInAnonymously({ idempotencyKey: KEY });
        assert.equal((await anon.signInAnonymously({ idempotencyKey: KEY })).token, token);
        assert.equal((await collect(anon.admin.list())).length, 1);
      }
    }
  });

  it("costs four storage calls, and gc removes it after it expires", async () => {
    const { driver, calls } = counting(memory());
    const { anon, clock } = setUp(driver, { activityResolution: "0s" });
    await anon.signInAnonymously({ idempotencyKey: KEY });
    assert.deepEqual([calls.read, calls.swap], [1, 3]);
    await anon.admin.gc({ olderThan: "0s" });
    const keys = async () => (await collect(driver.keys(""))).filter((key) => key.startsWith("one:"));
    assert.equal((await keys()).length, 1, "it has not expired");
    clock.now += 2 * MINUTE;
    await anon.admin.gc({ olderThan: "0s", dryRun: true });
    assert.equal((await keys()).length, 1);
    await anon.admin.gc({ olderThan: "0s" });
    assert.deepEqual(await keys(), []);
  });

  it("is read from the header of a request that has no session", async () => {
    const anon = createAnon({ storage: memory(), secret: SECRET });
    const visit = async (headers: Record<string, string>): Promise<string> => {
      const context = await anon.context(new Request("https://shop.example/", { headers }));
      return (await context.signInAnonymously()).token;
    };
    const headers = { "Idempotency-Key": KEY };
    const tokens = await Promise.all([visit(headers), visit(headers), visit(headers)]);
    assert.equal(new Set(tokens).size, 1);
    // a signed-in visitor keeps the account
    const other = await anon.signInAnonymously();
    assert.equal(await visit({ ...headers, authorization: other.token }), other.token);
    assert.notEqual(await visit({}), tokens[0]);
  });
});
