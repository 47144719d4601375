/** One test for each arrow of docs/lifecycle.md that begins at a registered account, and a check that each arrow has one. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, describe, it } from "node:test";
import { checkState, registered, setUpLifecycle } from "../support/lifecycle.ts";
import { DAY, PASSWORD, refused } from "../support/sdk.ts";
import { STORES } from "../support/stores.ts";

const ADA = { email: "ada@example.com", password: PASSWORD };

for (const store of STORES) {
  describe(`the life of a registered account on ${store.name}`, () => {
    after(() => store.cleanup());

    it("arrow 8, link, unlink, password, email: a change of what protects the account ends every other session", async () => {
      const life = await setUpLifecycle(store);
      const { anon, send, mailed } = life;
      const identity = { provider: "oidc.example", subject: "1" };
      const { id } = await registered(anon, "1");
      const enter = async () => ({ id, token: (await anon.signInWithIdentity(identity))?.token ?? "" });
      let who = await enter();
      await checkState(life, who, "registered");
      await refused(anon.unlink(who.token, identity), "last_way_in");
      const second = { provider: "oidc.example", subject: "2" };
      await anon.link(who.token, second);
      let elsewhere = await enter();
      assert.equal(await anon.unlink(who.token, second), true);
      assert.equal(await anon.authenticate(elsewhere.token), null);
      await checkState(life, who, "registered");

      // changing the password or the email requires a password, which the previous account never chose
      const account = await anon.convert((await anon.signInAnonymously()).token, ADA);
      who = { id: account.record.id, token: account.token };
      elsewhere = { id: who.id, token: (await anon.signInWithPassword(ADA.email, PASSWORD)).token };
      const body = { oldPassword: PASSWORD, password: "another staple", passwordConfirm: "another staple" };
      assert.equal((await send("PATCH", `users/records/${who.id}`, { token: who.token, body })).status, 200);
      assert.equal(await anon.authenticate(elsewhere.token), null);
      who = { id: who.id, token: (await anon.signInWithPassword(ADA.email, "another staple")).token };
      await checkState(life, who, "registered");

      const mail = mailed();
      const newEmail = "lovelace@example.com";
      await send("POST", "users/request-email-change", { token: who.token, body: { newEmail } });
      const confirmed = { token: (await mail).token, password: "another staple" };
      assert.equal((await send("POST", "users/confirm-email-change", { body: confirmed })).status, 204);
      assert.equal(await anon.authenticate(who.token), null);
      who = { id: who.id, token: (await anon.signInWithPassword(newEmail, "another staple")).token };
      await checkState(life, who, "registered");
    });

    it("arrow 9, delete a registered account: its owner or the application deletes it", async () => {
      const life = await setUpLifecycle(store, "7d");
      const { anon } = life;
      const [one, two] = [await registered(anon, "1"), await registered(anon, "2")];
      for (const who of [one, two]) await checkState(life, who, "registered");
      await anon.admin.hold(one.id);
      await refused(anon.deleteAccount(one.token), "account_held");
      await anon.admin.release(one.id);
      await anon.deleteAccount(one.token);
      assert.equal(await anon.admin.delete(two.id), true);
      for (const who of [one, two]) await checkState(life, who, "gone");
    });

    it("arrow 11, register: a new account is registered without having been a guest", async () => {
      const life = await setUpLifecycle(store);
      const { anon, clock, send } = life;
      const { status, body } = await send("POST", "users/records", { body: { ...ADA, passwordConfirm: PASSWORD } });
      assert.equal(status, 200);
      const { token } = await anon.signInWithPassword(ADA.email, PASSWORD);
      await checkState(life, { id: body.id, token }, "registered");
      clock.now += 100 * DAY;
      assert.equal((await anon.admin.gc()).deleted, 0);
      await checkState(life, { id: body.id, token }, "registered");
    });
  });
}

describe("docs/lifecycle.md", () => {
  const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

  it("has a row for each arrow of its diagram, and a test for each row", async () => {
    const page = await read("docs/lifecycle.md");
    const [, diagram = ""] = /```\n([\s\S]*?)```/.exec(page) ?? [];
    const drawn = [...diagram.matchAll(/\b(\d+) [a-z]+/g)].map(([, number]) => Number(number));
    const rows = [...page.matchAll(/^\| ((\d+) [^|]+?) \|[^|]*\| `([^`]+)`/gm)].map(([, name, number, test]) => ({
      ...{ name: name!, number: Number(number), test: test! },
    }));
    const unique = (numbers: number[]): number[] => [...new Set(numbers)].sort((one, other) => one - other);
    assert.deepEqual(unique(rows.map(({ number }) => number)), unique(drawn));
    for (const { name, test } of rows) assert.equal(test, `arrow ${name.replace(" ", ", ")}`, "the row names its test");

    const files = ["test/sdk/lifecycle-guests.test.ts", "test/sdk/lifecycle-registered.test.ts"];
    const sources = (await Promise.all(files.map(read))).join("\n");
    const titles = [...sources.matchAll(/^\s+it\("(arrow \d+, [^:"]+): /gm)].map(([, title]) => title);
    assert.deepEqual(titles.sort(), rows.map(({ test }) => test).sort());
  });
});
