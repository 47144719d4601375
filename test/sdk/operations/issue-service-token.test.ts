import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { issueServiceToken, signInAnonymously } from "../../../sdk/context.ts";
import memory from "../../../storage-drivers/memory.ts";
import { DAY, intercepting, refused, setUp } from "../../support/sdk.ts";
import { withServiceTokens } from "../../support/service-keys.ts";

const payloadOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());

describe("issueServiceToken", () => {
  it("counts as activity, so that a guest who only calls other services is not collected", async () => {
    const { anon, clock } = setUp(memory(), withServiceTokens());
    const { token, record } = await anon.signInAnonymously();
    clock.now += 6 * DAY;
    await anon.issueServiceToken(token, { audience: "orders" });
    clock.now += 6 * DAY;
    assert.equal((await anon.admin.gc({ olderThan: "7d" })).deleted, 0);
    assert.ok(await anon.admin.get(record.id));
  });

  it("is a call of the visitor too, which reads the account once", async () => {
    const reads: string[] = [];
    const inner = memory();
    const driver = intercepting(inner, {
      read: (key) => {
        reads.push(key);
        return inner.read(key);
      },
    });
    const { anon } = setUp(driver, withServiceTokens());
    const { token, record } = await anon.signInAnonymously();
    reads.length = 0;
    const request = new Request("https://shop.example/", { headers: { Cookie: `__Host-anon=${token}` } });
    await anon.run(request, async ({ auth }) => {
      await auth();
      const { sub, aud, anonymous } = payloadOf((await issueServiceToken({ audience: "orders" })).token);
      assert.deepEqual([sub, aud, anonymous], [record.id, "orders#guest", true]);
      return new Response();
    });
    assert.equal(reads.length, 1);
    await anon.run(new Request("https://shop.example/"), async () => {
      await refused(issueServiceToken({ audience: "orders" }), "invalid_token");
      await signInAnonymously();
      assert.ok(await issueServiceToken({ audience: "orders" }));
      return new Response();
    });
  });

  it("refuses options that it does not know", async () => {
    const { anon } = setUp(memory(), withServiceTokens());
    const { token } = await anon.signInAnonymously();
    const misspelt = { audience: "orders", allowGuest: true };
    await refused(anon.issueServiceToken(token, misspelt), "invalid_options");
  });
});
