/** A squatter has registered another person's email. The owner proves it and gets the account; the squatter is locked out. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Anon } from "../../../sdk/contract/anon.ts";
import type { AnonEvent } from "../../../sdk/contract/hooks.ts";
import type { Mail } from "../../../sdk/contract/records.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import memory from "../../../storage-drivers/memory.ts";
import { sender } from "../../support/api.ts";
import { intercepting, PASSWORD, refused, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

const ADA = "ada@example.com";
const GOOGLE = { provider: "google", subject: "1101694844", email: "Ada@example.com", emailVerified: true };
const GITHUB = { provider: "github", subject: "583231" };

/** Mallory registers with Ada's email, and sets up every possible way back in. */
async function squat(anon: Anon) {
  const guest = await anon.signInAnonymously({ data: { cart: ["tea"] } });
  const input = { email: ADA, password: PASSWORD, username: "mallory" };
  const { token, record } = await anon.convert(guest.token, input);
  await anon.link(token, GITHUB);
  const { code } = await anon.createTransferCode(token);
  return { token, id: record.id, code };
}

async function hasNoWayIn(anon: Anon, { token, id, code }: Awaited<ReturnType<typeof squat>>): Promise<void> {
  assert.equal(await anon.authenticate(token), null);
  for (const name of [ADA, "mallory"]) await refused(anon.signInWithPassword(name, PASSWORD), "invalid_credentials");
  await refused(anon.signInWithTransferCode(code), "invalid_transfer_code");
  assert.equal(await anon.signInWithIdentity(GITHUB), null);
  const { record, identities } = await anon.admin.exportAccount({ id });
  assert.deepEqual([record.email.toLowerCase(), record.verified, record.cart], [ADA, true, ["tea"]]);
  assert(!identities.some(({ provider }) => provider === "github"));
  // another account can use the identity again
  await anon.convertWithIdentity((await anon.signInAnonymously()).token, GITHUB);
}

for (const { name, open, cleanup } of STORES) {
  describe(`a squatted email on ${name}`, () => {
    it("goes to its owner by a provider that has verified it", async (t) => {
      t.after(cleanup);
      const events: AnonEvent[] = [];
      const driver = await open();
      const { anon } = setUp(driver, { onEvent: (event) => events.push(event) });
      const squatter = await squat(anon);
      const guest = await anon.signInAnonymously();
      // the usual flow: convert, sign in, merge
      await refused(anon.convertWithIdentity(guest.token, GOOGLE), "email_taken");
      events.length = 0;
      const owner = await anon.signInWithIdentity(GOOGLE);
      assert.equal(owner?.record.id, squatter.id, "no account is lost");
      assert.deepEqual(
        events.map(({ type, cause = "" }) => `${type} ${cause}`.trim()),
        ["unlinked", "session_ended verification", "linked", "signed_in identity"],
      );
      assert.equal((await anon.listSessions(owner!.token)).length, 1);
      assert.equal((await anon.signInWithIdentity(GOOGLE))?.record.id, squatter.id);
      await anon.merge({ anonymous: guest.token, account: owner!.token });
      await hasNoWayIn(anon, squatter);
      const { entries } = await driver.due(1, { limit: 10 });
      assert.deepEqual(entries, [], "every lock is confirmed");
    });

    it("does not go to the owner by a provider that has not verified it, or once the account has", async (t) => {
      t.after(cleanup);
      const { anon } = setUp(await open());
      const squatter = await squat(anon);
      for (const other of [
        { ...GOOGLE, emailVerified: false },
        { ...GOOGLE, email: undefined },
        { ...GOOGLE, email: "ａda@example.com" },
        { ...GOOGLE, email: "eve@example.com" },
        { ...GOOGLE, email: "no email" },
        { ...GOOGLE, email: (await anon.signInAnonymously()).record.email },
      ]) {
        assert.equal(await anon.signInWithIdentity(other), null);
      }
      assert.equal(await anon.signInWithIdentity(GOOGLE, { collection: "customers" }), null);
      assert((await anon.authenticate(squatter.token))?.record.verified === false);
      assert(await anon.signInWithIdentity(GOOGLE));
      const other = { ...GOOGLE, subject: "2" };
      assert.equal(
        await anon.signInWithIdentity(other),
        null,
        "an identity is not linked automatically to a verified account",
      );
      await refused(anon.convertWithIdentity((await anon.signInAnonymously()).token, other), "email_taken");
    });

    it("goes to its owner by the mailed code, and the guest that requested it does not change", async (t) => {
      t.after(cleanup);
      const events: AnonEvent[] = [];
      const { anon } = setUp(await open(), { onEvent: (event) => events.push(event) });
      const squatter = await squat(anon);
      const guest = await anon.signInAnonymously({ data: { list: 1 } });
      const before = await anon.exportAccount(guest.token);
      const mail = await anon.requestConversion(guest.token, { email: "Ada@example.com" });
      assert.deepEqual([mail?.to, mail?.record.id], ["Ada@example.com", guest.record.id]);
      events.length = 0;
      const owner = await anon.confirmConversion(mail!.token, { username: "ada", data: { plan: "free" } });
      assert.deepEqual(
        [owner.record.id, owner.record.email, owner.record.username, owner.record.plan],
        [squatter.id, "Ada@example.com", "mallory", undefined],
      );
      assert.deepEqual(
        events.map(({ type, cause = "" }) => `${type} ${cause}`.trim()),
        ["unlinked", "session_ended verification", "signed_in email_code"],
      );
      const { exported: _then, ...same } = before;
      const { exported: _now, ...now } = await anon.exportAccount(guest.token);
      assert.deepEqual(now, same, "an attacker may have requested the mail, so the guest stays untouched");
      await refused(anon.confirmConversion(mail!.token), "invalid_action_token");
      assert.equal(await anon.requestConversion(guest.token, { email: ADA }), null, "it is verified now");
      const { record } = await anon.merge({ anonymous: guest.token, account: owner.token });
      assert.deepEqual([record.id, record.list], [squatter.id, 1]);
      await hasNoWayIn(anon, squatter);
    });

    it("goes to its owner once, even if the code or the callback is sent several times", async (t) => {
      t.after(cleanup);
      const { anon } = setUp(await open());
      const squatter = await squat(anon);
      const guest = await anon.signInAnonymously();
      const mail = await anon.requestConversion(guest.token, { email: ADA });
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => anon.confirmConversion(mail!.token)));
      const done = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value.record.id] : []));
      assert.deepEqual(done, [squatter.id]);
      for (const one of outcomes) {
        if (one.status === "rejected") assert(["invalid_action_token", "email_taken"].includes(one.reason.code));
      }
      assert.equal((await anon.authenticate(guest.token))?.record.anonymous, true);

      await anon.admin.delete(squatter.id);
      const again = await squat(anon);
      const callbacks = await Promise.all(Array.from({ length: 8 }, () => anon.signInWithIdentity(GOOGLE)));
      assert.deepEqual(
        callbacks.map((one) => one?.record.id),
        Array.from({ length: 8 }, () => again.id),
        "each of several callbacks signs in",
      );
      for (const one of callbacks) assert(await anon.authenticate(one!.token));
      assert.equal((await anon.admin.exportAccount({ id: again.id })).identities.length, 1);
    });

    it("goes to its owner without many retries, despite concurrent proofs and many linked identities", async (t) => {
      t.after(cleanup);
      const inner = await open();
      let writes = 0;
      const swap: AtomicDriver["swap"] = (key, ...rest) => {
        if (key.startsWith("acc:")) writes++;
        return inner.swap(key, ...rest);
      };
      const { anon } = setUp(intercepting(inner, { swap }), { limits: false });
      const squatter = await squat(anon);
      for (let at = 0; at < 14; at++) await anon.link(squatter.token, { provider: "gitlab", subject: `${at}` });
      const codes: string[] = [];
      for (let at = 0; at < 4; at++) {
        const { token } = await anon.signInAnonymously();
        codes.push((await anon.requestConversion(token, { email: ADA }))?.token ?? "");
      }
      writes = 0;
      const outcomes = await Promise.allSettled([
        ...codes.map((code) => anon.confirmConversion(code)),
        ...["1", "2", "1", "2", "1", "2"].map((subject) => anon.signInWithIdentity({ ...GOOGLE, subject })),
      ]);
      const refusals = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason.code] : []));
      assert.deepEqual(
        refusals.filter((code) => code !== "email_taken"),
        [],
      );
      assert(outcomes.some((one) => one.status === "fulfilled" && one.value?.record.id === squatter.id));
      // the handover, and a few writes of each proof, which locks for the handover or signs in
      assert(writes < 300, `${writes} writes of accounts`);
      await hasNoWayIn(anon, squatter);
      assert.deepEqual((await inner.due(1, { limit: 10 })).entries, []);
    });

    it("ends no session of an owner who is signed in to the account", async (t) => {
      t.after(cleanup);
      for (const way of ["provider", "code"] as const) {
        const { anon } = setUp(await open());
        const { token, id, code } = await squat(anon);
        const guest = await anon.signInAnonymously();
        const mail = await anon.requestConversion(guest.token, { email: ADA });
        const owner = await (way === "provider"
          ? anon.signInWithIdentity(GOOGLE, { token })
          : anon.confirmConversion(mail!.token, { token }));
        assert.deepEqual([owner?.record.id, owner?.record.verified], [id, true]);
        assert(await anon.authenticate(token));
        assert.equal((await anon.signInWithIdentity(GITHUB))?.record.id, id);
        assert.equal((await anon.signInWithPassword(ADA, PASSWORD)).record.id, id);
        // created before the email was verified
        await refused(anon.signInWithTransferCode(code), "invalid_transfer_code");
        await anon.admin.delete(id);
      }
    });

    it("cancels a begun merge of a squatter's guest", async (t) => {
      t.after(cleanup);
      let fails = true;
      const { anon } = setUp(await open(), { hooks: { merge: () => !fails || Promise.reject(new Error("later")) } });
      const squatter = await squat(anon);
      const trap = await anon.signInAnonymously({ data: { cart: "a trap" } });
      const both = { anonymous: trap.token, account: squatter.token, strategy: "keep-anonymous" } as const;
      await assert.rejects(anon.merge(both), /later/);
      // the token of a guest that was merged before is a session of the squatter
      fails = false;
      const earlier = await anon.signInAnonymously();
      await anon.merge({ anonymous: earlier.token, account: squatter.token });
      const owner = await anon.signInWithIdentity(GOOGLE);
      assert.equal(await anon.authenticate(earlier.token), null);
      await refused(anon.merge(both), "invalid_token");
      await anon.admin.doctor();
      assert.deepEqual((await anon.admin.get(squatter.id))?.cart, ["tea"]);
      assert.equal((await anon.authenticate(trap.token))?.record.id, trap.record.id);
      assert.equal((await anon.listSessions(owner!.token)).length, 1);
    });
  });
}

describe("a squatted email", () => {
  it("cannot be recognized in a response of the HTTP API", async () => {
    const mails: Mail[] = [];
    const { anon } = setUp(memory(), { sendMail: (mail) => mails.push(mail) });
    const send = sender(anon);
    await squat(anon);
    const { token } = await anon.signInAnonymously();
    const replies = [];
    for (const email of [ADA, "free@example.com"]) {
      replies.push(await send("POST", "users/request-conversion", { token, body: { email } }));
    }
    assert.deepEqual(
      replies.map(({ status, body }) => [status, body]),
      [
        [204, null],
        [204, null],
      ],
    );
    await new Promise((resolve) => setTimeout(resolve, 40));
    assert.deepEqual(mails.map(({ to }) => to).sort(), [ADA, "free@example.com"]);
    const { body } = await send("POST", "users/confirm-conversion", { body: { token: mails[0]!.token } });
    assert.equal(body.record.email, ADA);
    assert.equal((await anon.authenticate(token))?.record.anonymous, true);
  });

  it("signs in the browser that confirms the code, which then merges its guest with both tokens", async () => {
    const { anon } = setUp(memory());
    const { id } = await squat(anon);
    const guest = await anon.signInAnonymously({ data: { list: 1 } });
    const mail = await anon.requestConversion(guest.token, { email: ADA });
    const request = new Request("https://shop.example/confirm", { headers: { cookie: `__Host-anon=${guest.token}` } });
    const context = await anon.context(request);
    const before = await context.auth();
    const after = await context.confirmConversion(mail!.token);
    assert.notEqual(after.record.id, before?.record.id);
    const { record } = await anon.merge({ anonymous: before!.token, account: after.token });
    assert.deepEqual([record.id, record.list], [id, 1]);
    assert.match(context.respond(new Response()).headers.getSetCookie()[0] ?? "", /^__Host-anon=eyJ/);
  });

  it("does not go to its owner if `beforeSignIn` refuses, and the squatter's ways in stay", async () => {
    let refuses = true;
    const { anon } = setUp(memory(), { hooks: { beforeSignIn: ({ method }) => !refuses || method === "password" } });
    const { token } = await squat(anon);
    const guest = await anon.signInAnonymously();
    const mail = await anon.requestConversion(guest.token, { email: ADA });
    await refused(anon.signInWithIdentity(GOOGLE), "refused");
    await refused(anon.confirmConversion(mail!.token), "refused");
    assert(await anon.authenticate(token));
    refuses = false;
    assert((await anon.confirmConversion(mail!.token)).record.verified, "a refusal does not use up the code");
  });

  it("does not go to its owner if the identity is linked to another account meanwhile", async () => {
    const driver = memory();
    const { anon } = setUp(driver);
    const { token } = await squat(anon);
    const other = await anon.signInAnonymously();
    let once = true;
    const late = intercepting(driver, {
      swap: async (...swap) => {
        if (once) {
          once = false;
          await anon.convertWithIdentity(other.token, { ...GOOGLE, emailVerified: false });
        }
        return driver.swap(...swap);
      },
    });
    await refused(setUp(late).anon.signInWithIdentity(GOOGLE), "identity_taken");
    assert.equal((await anon.signInWithIdentity(GOOGLE))?.record.id, other.record.id);
    assert((await anon.authenticate(token))?.record.verified === false);
  });
});
