import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AnonEvent } from "../../../sdk/contract/hooks.ts";
import memory from "../../../storage-drivers/memory.ts";
import { DAY, intercepting, PASSWORD, refused, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

const GOOGLE = { provider: "google", subject: "1101694844" };
const GITHUB = { provider: "github", subject: "583231" };
const ADA = { email: "ada@example.com", password: PASSWORD };

for (const { name, open, cleanup } of STORES) {
  describe(`external identities on ${name}`, () => {
    it("convert a guest under the same id, and sign the account in later", async (t) => {
      t.after(cleanup);
      const events: AnonEvent[] = [];
      const { anon } = setUp(await open(), { onEvent: (event) => events.push(event) });
      const { record, email, password } = await anon.admin.createUser({ data: { cart: ["tea"] } });
      const guest = await anon.signInWithPassword(email, password);
      assert.equal(await anon.signInWithIdentity(GOOGLE), null);
      const converted = await anon.convertWithIdentity(guest.token, GOOGLE, { data: { plan: "free" } });
      assert.deepEqual(
        [converted.record.id, converted.record.anonymous, converted.record.verified, converted.record.cart],
        [record.id, false, false, ["tea"]],
      );
      assert.equal(converted.record.plan, "free");
      assert.equal(anon.verifyToken(converted.token)?.anonymous, false);
      assert.equal(await anon.authenticate(guest.token), null, "earlier sessions end");
      await refused(anon.signInWithPassword(email, password), "invalid_credentials");
      const again = await anon.signInWithIdentity(GOOGLE);
      assert.equal(again?.record.id, record.id);
      assert.equal(await anon.signInWithIdentity({ ...GOOGLE, provider: "github" }), null);
      assert.equal(await anon.signInWithIdentity({ ...GOOGLE, subject: "11016948440" }), null);
      assert.equal(await anon.signInWithIdentity(GOOGLE, { collection: "customers" }), null);
      const { identities } = await anon.exportAccount(converted.token);
      assert.deepEqual(
        identities.map(({ provider, subject }) => ({ provider, subject })),
        [GOOGLE],
      );
      assert.equal("identities" in converted.record, false);
      assert.deepEqual(
        events.map(({ type, cause = "" }) => `${type} ${cause}`.trim()),
        ["created", "signed_in password", "converted", "session_ended convert", "signed_in identity"],
      );
      assert.doesNotMatch(JSON.stringify(events), /1101694844/);
    });

    it("set the account's email only if the provider has verified it", async (t) => {
      t.after(cleanup);
      const { anon } = setUp(await open());
      const one = await anon.signInAnonymously();
      const unverified = { ...GOOGLE, email: "eve@example.com" };
      const eve = await anon.convertWithIdentity(one.token, unverified);
      assert.deepEqual([eve.record.email, eve.record.verified], [one.record.email, false]);
      assert.equal(await anon.admin.findByEmail("eve@example.com"), null);
      assert.equal((await anon.admin.findByEmail(one.record.email))?.id, one.record.id);
      const two = await anon.signInAnonymously();
      const identity = { ...GITHUB, email: "Ada@example.com", emailVerified: true };
      const ada = await anon.convertWithIdentity(two.token, identity, { username: "ada" });
      assert.deepEqual([ada.record.email, ada.record.verified], ["Ada@example.com", true]);
      assert.equal((await anon.admin.findByEmail("ada@example.com"))?.id, two.record.id);
      const three = await anon.signInAnonymously();
      const other = { provider: "gitlab", subject: "1", email: "ADA@example.com", emailVerified: true };
      await refused(anon.convertWithIdentity(three.token, other), "email_taken");
      assert.equal(await anon.signInWithIdentity(other), null, "its locks are released");
      assert.equal((await anon.authenticate(three.token))?.record.anonymous, true, "the guest stays a guest");
      await anon.convertWithIdentity(three.token, { ...other, emailVerified: false });
    });

    it("go to exactly one of many accounts that link one at the same time", async (t) => {
      t.after(cleanup);
      const { anon } = setUp(await open());
      const guests = await Promise.all(Array.from({ length: 8 }, () => anon.signInAnonymously()));
      const outcomes = await Promise.allSettled(guests.map(({ token }) => anon.convertWithIdentity(token, GOOGLE)));
      const won = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      assert.equal(won.length, 1);
      for (const one of outcomes) if (one.status === "rejected") assert.equal(one.reason.code, "identity_taken");
      assert.equal((await anon.signInWithIdentity(GOOGLE))?.record.id, won[0]?.record.id);
      const other = await anon.convert((await anon.signInAnonymously()).token, ADA);
      await refused(anon.link(other.token, GOOGLE), "identity_taken");
      await anon.admin.delete(won[0]!.record.id);
      await anon.link(other.token, GOOGLE);
      assert.equal((await anon.signInWithIdentity(GOOGLE))?.record.id, other.record.id);
    });

    it("are linked and unlinked, except the last way in", async (t) => {
      t.after(cleanup);
      const events: string[] = [];
      const { anon } = setUp(await open(), { onEvent: ({ type }) => events.push(type) });
      const guest = await anon.signInAnonymously();
      await refused(anon.link(guest.token, GOOGLE), "not_registered");
      const { token, record } = await anon.convertWithIdentity(guest.token, GOOGLE);
      await refused(anon.unlink(token, GOOGLE), "last_way_in");
      await anon.link(token, GITHUB);
      await anon.link(token, GITHUB);
      const elsewhere = await anon.signInWithIdentity(GOOGLE);
      events.length = 0;
      assert.equal(await anon.unlink(token, GOOGLE), true);
      assert.equal(await anon.unlink(token, GOOGLE), false);
      assert.deepEqual(events, ["unlinked", "session_ended"]);
      assert.equal(await anon.authenticate(elsewhere!.token), null);
      assert(await anon.authenticate(token));
      assert.equal(await anon.signInWithIdentity(GOOGLE), null);
      assert.equal((await anon.signInWithIdentity(GITHUB))?.record.id, record.id);
      await refused(anon.unlink(token, GITHUB), "last_way_in");

      const ada = await anon.convert((await anon.signInAnonymously()).token, ADA);
      await anon.link(ada.token, GOOGLE);
      assert.equal(await anon.unlink(ada.token, GOOGLE), true, "there is a password");
      await anon.admin.link({ id: record.id }, GOOGLE);
      assert.equal(await anon.admin.unlink({ id: record.id }, GOOGLE), true);
      assert.equal(await anon.authenticate(token), null, "unlinking by reference ends every session");
      await refused(anon.admin.link({ id: "aaaaaaaaaaaaaaa" }, GITHUB), "not_found");
      await refused(anon.admin.unlink({ id: "aaaaaaaaaaaaaaa" }, GITHUB), "not_found");
    });

    it("leave one way in when two are unlinked at the same time", async (t) => {
      t.after(cleanup);
      const { anon } = setUp(await open());
      for (let round = 0; round < 5; round++) {
        const identities = [`a${round}`, `b${round}`].map((subject) => ({ provider: "oidc", subject }));
        const { token } = await anon.convertWithIdentity((await anon.signInAnonymously()).token, identities[0]!);
        await anon.link(token, identities[1]!);
        const outcomes = await Promise.allSettled(identities.map((one) => anon.unlink(token, one)));
        assert.deepEqual(outcomes.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
        const left = await Promise.all(identities.map((one) => anon.signInWithIdentity(one)));
        assert.equal(left.filter((one) => one !== null).length, 1);
      }
    });
  });
}

describe("external identities", () => {
  it("require a provider and a subject, and are limited to 16 per account", async () => {
    const { anon } = setUp(memory());
    const { token } = await anon.signInAnonymously();
    for (const identity of [
      { provider: "Google", subject: "1" },
      { provider: "", subject: "1" },
      { provider: "google", subject: "" },
      { provider: "google", subject: "x".repeat(256) },
      { provider: "google", subject: "\ud800" },
      { provider: "google", subject: 1 as never },
      { provider: "google", subject: "1", email: "x".repeat(255) },
      null as never,
    ]) {
      await refused(anon.convertWithIdentity(token, identity), "invalid_identity");
      await refused(anon.signInWithIdentity(identity), "invalid_identity");
    }
    const verified = { ...GOOGLE, email: "no email", emailVerified: true };
    await refused(anon.convertWithIdentity(token, verified), "invalid_email");
    const { token: ada } = await anon.convertWithIdentity(token, GOOGLE);
    for (let n = 1; n < 16; n++) await anon.link(ada, { provider: "oidc", subject: String(n) });
    await refused(anon.link(ada, GITHUB), "invalid_identity");
  });

  it("cannot be unlinked if the account's email receives no mail", async () => {
    const { anon } = setUp(memory());
    const identity = { ...GOOGLE, email: "ada@corp.test", emailVerified: true };
    const { token } = await anon.convertWithIdentity((await anon.signInAnonymously()).token, identity);
    await refused(anon.unlink(token, GOOGLE), "last_way_in");
  });

  it("cannot be unlinked from an account with a verified email unless a password can be reset by mail", async () => {
    const storage = memory();
    const { anon } = setUp(storage);
    const identity = { ...GOOGLE, email: "ada@example.com", emailVerified: true };
    const { token } = await anon.convertWithIdentity((await anon.signInAnonymously()).token, identity);
    await refused(anon.unlink(token, GOOGLE), "last_way_in");
    assert.equal(await setUp(storage, { sendMail: () => undefined }).anon.unlink(token, GOOGLE), true);
  });

  it("survive every other change of the account", async () => {
    const { anon, clock } = setUp(memory());
    const { token, record } = await anon.convertWithIdentity((await anon.signInAnonymously()).token, GOOGLE);
    await anon.admin.update(record.id, { plan: "paid" });
    clock.now += 2 * DAY;
    await anon.authenticate(token);
    await anon.admin.hold(record.id);
    await anon.admin.release(record.id);
    await anon.signOut(token, { everywhere: true });
    assert.equal((await anon.signInWithIdentity(GOOGLE))?.record.plan, "paid");
  });

  it("do not sign in when they are unlinked during the sign-in", async () => {
    const driver = memory();
    const { anon } = setUp(driver);
    const { token } = await anon.convertWithIdentity((await anon.signInAnonymously()).token, GOOGLE);
    await anon.link(token, GITHUB);
    let once = true;
    const late = intercepting(driver, {
      swap: async (...swap) => {
        if (once) {
          once = false;
          await anon.unlink(token, GITHUB);
        }
        return driver.swap(...swap);
      },
    });
    assert.equal(await setUp(late).anon.signInWithIdentity(GITHUB), null);
  });

  it("sign a browser in within a request", async () => {
    const { anon } = setUp(memory());
    const guest = await anon.signInAnonymously();
    await anon.convertWithIdentity(guest.token, GOOGLE);
    const context = await anon.context(new Request("https://shop.example/callback"));
    assert.equal(await context.signInWithIdentity(GITHUB), null);
    const back = await context.signInWithIdentity(GOOGLE);
    assert.equal(back?.record.id, guest.record.id);
    assert.match(context.respond(new Response()).headers.getSetCookie()[0] ?? "", /^__Host-anon=eyJ/);
  });

  it("send no mail to the generated address of an account that registered without an email", async () => {
    const mails: unknown[] = [];
    const { anon } = setUp(memory(), { sendMail: (mail) => mails.push(mail), guestEmailDomain: "guests.example.com" });
    const { record } = await anon.convertWithIdentity((await anon.signInAnonymously()).token, GOOGLE);
    const response = await anon.handler(
      new Request("https://shop.example/api/collections/users/request-password-reset", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ email: record.email }),
      }),
    );
    assert.equal(response.status, 204);
    await new Promise((resume) => setTimeout(resume, 40));
    assert.deepEqual(mails, []);
  });
});
