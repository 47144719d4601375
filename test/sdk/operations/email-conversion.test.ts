import assert from "node:assert/strict";
import { describe, it } from "node:test";
import memory from "../../../storage-drivers/memory.ts";
import { sender } from "../../support/api.ts";
import { DAY, intercepting, MINUTE, PASSWORD, refused, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

const ADA = "Ada@example.com";

for (const { name, open, cleanup } of STORES) {
  describe(`conversion by a mailed code on ${name}`, () => {
    it("changes nothing until the code is confirmed, and then registers the guest without a password", async (t) => {
      t.after(cleanup);
      const events: string[] = [];
      const { anon } = setUp(await open(), { onEvent: ({ type }) => events.push(type) });
      const guest = await anon.signInAnonymously({ data: { cart: ["tea"] } });
      const before = await anon.exportAccount(guest.token);
      const mail = await anon.requestConversion(guest.token, { email: ADA });
      assert.deepEqual([mail?.type, mail?.to, mail?.record.id], ["conversion", ADA, guest.record.id]);
      assert.match(mail!.token, /^[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}$/);
      assert.deepEqual(await anon.exportAccount(guest.token), before);
      assert.equal(await anon.admin.findByEmail(ADA), null);

      events.length = 0;
      const typed = mail!.token.toLowerCase().replaceAll("-", " ");
      const { record, token } = await anon.confirmConversion(typed, { username: "ada", data: { plan: "free" } });
      assert.deepEqual(
        [record.id, record.email, record.username, record.verified, record.anonymous, record.cart, record.plan],
        [guest.record.id, ADA, "ada", true, false, ["tea"], "free"],
      );
      assert.deepEqual(events, ["converted", "session_ended"]);
      assert.equal((await anon.admin.findByEmail("ada@EXAMPLE.com"))?.id, record.id);
      assert.equal(anon.verifyToken(token)?.anonymous, false);
      assert(await anon.authenticate(token));
      // the person who requested the mail may not be its reader
      assert.equal(await anon.authenticate(guest.token), null);
      await refused(anon.confirmConversion(mail!.token), "invalid_action_token");
    });

    it("succeeds once, with many confirmations of one code and with several codes", async (t) => {
      t.after(cleanup);
      const { anon } = setUp(await open());
      const guest = await anon.signInAnonymously();
      const [first, second] = [
        await anon.requestConversion(guest.token, { email: ADA }),
        await anon.requestConversion(guest.token, { email: "other@example.com" }),
      ];
      const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => anon.confirmConversion(first!.token)));
      const refusals = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason.code] : []));
      assert.deepEqual(
        refusals,
        Array.from({ length: 7 }, () => "invalid_action_token"),
      );
      await refused(anon.confirmConversion(second!.token), "invalid_action_token");
      assert.equal((await anon.admin.get(guest.record.id))?.email, ADA);
    });

    it("is refused if another guest took the email meanwhile, and the guest can convert to another email", async (t) => {
      t.after(cleanup);
      const { anon } = setUp(await open());
      const [one, two] = [await anon.signInAnonymously(), await anon.signInAnonymously()];
      const mails = [
        await anon.requestConversion(one.token, { email: ADA }),
        await anon.requestConversion(two.token, { email: ADA }),
      ];
      const outcomes = await Promise.allSettled(mails.map((mail) => anon.confirmConversion(mail!.token)));
      assert.deepEqual(
        outcomes.map((outcome) => (outcome.status === "rejected" ? outcome.reason.code : "done")).sort(),
        ["done", "email_taken"],
      );
      const loser = outcomes[0]?.status === "rejected" ? one : two;
      assert.equal(await anon.requestConversion(loser.token, { email: ADA }), null);
      assert.equal((await anon.authenticate(loser.token))?.record.anonymous, true);
      await anon.convert(loser.token, { email: "b@example.com", password: PASSWORD });
    });
  });
}

describe("conversion by a mailed code", () => {
  it("refuses a code that has expired, or whose guest was converted or deleted", async () => {
    const { anon, clock } = setUp(memory());
    const request = async (email: string) => {
      const guest = await anon.signInAnonymously();
      return { guest, code: (await anon.requestConversion(guest.token, { email }))!.token };
    };
    const late = await request("a@example.com");
    clock.now += 30 * MINUTE;
    await refused(anon.confirmConversion(late.code), "invalid_action_token");
    const converted = await request("b@example.com");
    await anon.convert(converted.guest.token, { email: "c@example.com", password: PASSWORD });
    await refused(anon.confirmConversion(converted.code), "invalid_action_token");
    const deleted = await request("d@example.com");
    await anon.deleteAccount(deleted.guest.token);
    await refused(anon.confirmConversion(deleted.code), "invalid_action_token");
    const elsewhere = await request("e@example.com");
    await refused(anon.confirmConversion(elsewhere.code, { collection: "customers" }), "invalid_action_token");
    for (const code of ["", "x", "0000-0000-0000-0000", null as never]) {
      await refused(anon.confirmConversion(code), "invalid_action_token");
    }
    const { code } = await anon.createTransferCode(elsewhere.guest.token);
    await refused(anon.confirmConversion(code), "invalid_action_token");
    await refused(anon.signInWithTransferCode(elsewhere.code), "invalid_transfer_code");
    clock.now += 2 * DAY;
    assert.equal((await anon.admin.gc({ olderThan: "1d", dryRun: true })).failed, 0);
  });

  it("refuses registered accounts, and sends no mail to `.invalid` domains or verified emails", async () => {
    const { anon } = setUp(memory());
    const guest = await anon.signInAnonymously();
    const other = await anon.signInAnonymously();
    await refused(anon.requestConversion("none", { email: ADA }), "invalid_token");
    await refused(anon.requestConversion(guest.token, { email: "no email" }), "invalid_email");
    await refused(anon.requestConversion(guest.token, { email: other.record.email }), "reserved_email");
    assert.equal(await anon.requestConversion(guest.token, { email: "a@b.invalid" }), null);
    const identity = { provider: "google", subject: "1", email: ADA, emailVerified: true };
    const { token } = await anon.convertWithIdentity(guest.token, identity);
    await refused(anon.requestConversion(token, { email: "b@example.com" }), "already_registered");
    assert.equal(await anon.requestConversion(other.token, { email: ADA }), null);
  });

  it("does not use up the code when other input is refused", async () => {
    const { anon } = setUp(memory());
    const ada = await anon.convert((await anon.signInAnonymously()).token, {
      email: ADA,
      password: PASSWORD,
      username: "ada",
    });
    const guest = await anon.signInAnonymously();
    const mail = await anon.requestConversion(guest.token, { email: "b@example.com" });
    await refused(anon.confirmConversion(mail!.token, { username: "ada" }), "username_taken");
    await refused(anon.confirmConversion(mail!.token, { username: "a b" }), "invalid_username");
    const { record } = await anon.confirmConversion(mail!.token, { username: "byron" });
    assert.deepEqual([record.username, ada.record.username], ["byron", "ada"]);
  });

  it("ends all earlier sessions, and signs in the browser that confirms", async () => {
    const { anon } = setUp(memory());
    const { email, password } = await anon.admin.createUser();
    const [asks, other] = [
      await anon.signInWithPassword(email, password),
      await anon.signInWithPassword(email, password),
    ];
    const mail = await anon.requestConversion(asks.token, { email: ADA });
    const request = new Request("https://shop.example/confirm", { headers: { cookie: `__Host-anon=${asks.token}` } });
    const context = await anon.context(request);
    const { token } = await context.confirmConversion(mail!.token);
    assert.equal(await anon.authenticate(other.token), null);
    assert.equal(await anon.authenticate(asks.token), null, "its browser has the new session");
    assert.equal((await anon.listSessions(token)).length, 1);
    assert.match(context.respond(new Response()).headers.getSetCookie()[0] ?? "", /^__Host-anon=eyJ/);
    await refused(anon.signInWithPassword(email, password), "invalid_credentials");
    await refused(anon.signInWithPassword(ADA, password), "invalid_credentials");
  });

  it("refuses a code whose session has ended since it was requested", async () => {
    const { anon } = setUp(memory());
    const { email, password } = await anon.admin.createUser();
    const [owner, thief] = [
      await anon.signInWithPassword(email, password),
      await anon.signInWithPassword(email, password),
    ];
    const mail = await anon.requestConversion(thief.token, { email: "thief@example.com" });
    await anon.endSession(owner.token, anon.verifyToken(thief.token)!.sid);
    await refused(anon.confirmConversion(mail!.token), "invalid_action_token");
    assert.equal((await anon.authenticate(owner.token))?.record.anonymous, true);
  });

  it("refuses a code after the guest's password changed", async () => {
    const { anon } = setUp(memory());
    const { email, password, record } = await anon.admin.createUser();
    const { token } = await anon.signInWithPassword(email, password);
    const mail = await anon.requestConversion(token, { email: ADA });
    const body = { oldPassword: password, password: "another staple", passwordConfirm: "another staple" };
    const reply = await sender(anon)("PATCH", `users/records/${record.id}`, { token, body });
    assert.equal(reply.status, 200);
    await refused(anon.confirmConversion(mail!.token), "invalid_action_token");
    assert.equal((await anon.signInWithPassword(email, "another staple")).record.anonymous, true);
  });

  it("requires a token and an email", async () => {
    const { anon } = setUp(memory());
    const { token, record } = await anon.signInAnonymously();
    for (const proof of [undefined, null, {}, { id: record.id }, 5]) {
      await refused(anon.requestConversion(proof as never, { email: ADA }), "invalid_token");
    }
    for (const input of [undefined, null, {}, { email: 5 }]) {
      await refused(anon.requestConversion(token, input as never), "invalid_email");
    }
  });

  it("survives a process that dies before it removes the code", async () => {
    const driver = memory();
    const { anon } = setUp(driver);
    const guest = await anon.signInAnonymously();
    const mail = await anon.requestConversion(guest.token, { email: ADA });
    const dying = intercepting(driver, {
      swap: (key, ...rest) => (key.startsWith("cod:") ? Promise.reject(new Error("gone")) : driver.swap(key, ...rest)),
    });
    const { record } = await setUp(dying).anon.confirmConversion(mail!.token);
    assert.equal(record.verified, true);
    await refused(anon.confirmConversion(mail!.token), "invalid_action_token");
  });

  it("ignores claims of proof in form input, and uses only the email and the password", async () => {
    const { anon } = setUp(memory());
    const { token } = await anon.signInAnonymously();
    const sent = { email: ADA, proven: true, vouched: { email: ADA }, identity: { provider: "google", subject: "1" } };
    await refused(anon.convert(token, sent as never), "weak_password");
    const { record } = await anon.convert(token, { ...sent, password: PASSWORD } as never);
    assert.equal(record.verified, false);
    assert.equal(await anon.signInWithIdentity({ provider: "google", subject: "1" }), null);
    const other = await anon.signInAnonymously();
    await refused(anon.convertWithIdentity(other.token, undefined as never), "invalid_identity");
    await refused(anon.convertWithIdentity(other.token, null as never), "invalid_identity");
  });
});
