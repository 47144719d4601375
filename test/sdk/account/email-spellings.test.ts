/** Every spelling of an email is mailed, stored and locked in one form. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { canonicalEmail } from "../../../sdk/account/email.ts";
import type { Mail } from "../../../sdk/contract/records.ts";
import { uniqueKey } from "../../../sdk/storage/uniqueness.ts";
import memory from "../../../storage-drivers/memory.ts";
import { sender } from "../../support/api.ts";
import { PASSWORD, refused, setUp } from "../../support/sdk.ts";

/** Emails that fold into another address by more than case. */
const FOLDING = [
  "ａda@site.dev",
  "straße@site.dev",
  "ﬁona@site.dev",
  "ªda@site.dev",
  "ſam@site.dev",
  "STRAẞE@site.dev",
];
const INVISIBLE = ["\u034f", "\u115f", "\u1160", "\u180e", "\u200b", "\u2800", "\u3164", "\ufe0f", "\uffa0", "\u00ad"];
/** The typed form, and the form that is stored, mailed and locked. */
const SPELLINGS = [
  ["Ada@Site.dev", "Ada@Site.dev"],
  ["ada＠site.dev", "ada@site.dev"],
  ["ada@Ｓite.dev", "ada@site.dev"],
  // the Kelvin sign, which folds to k
  ["ada@\u212aite.dev", "ada@kite.dev"],
  ["ada@MÜLLER.de", "ada@xn--mller-kva.de"],
  ["zoe\u0308@site.dev", "zoë@site.dev"],
  ["ΟΔΥΣΣΕΥΣ@site.gr", "ΟΔΥΣΣΕΥΣ@site.gr"],
] as const;

describe("a spelling of an email", () => {
  it("that folds into another address is refused by every call that accepts an email", async () => {
    const mails: Mail[] = [];
    const { anon } = setUp(memory(), { sendMail: (mail) => mails.push(mail) });
    const send = sender(anon);
    const { token } = await anon.convert((await anon.signInAnonymously()).token, {
      email: "own@site.dev",
      password: PASSWORD,
    });
    for (const email of [...FOLDING, ...INVISIBLE.flatMap((one) => [`ad${one}a@site.dev`, `ada@si${one}te.dev`])]) {
      const guest = await anon.signInAnonymously();
      await refused(anon.requestConversion(guest.token, { email }), "invalid_email");
      await refused(anon.convert(guest.token, { email, password: PASSWORD }), "invalid_email");
      const identity = { provider: "google", subject: email, email, emailVerified: true };
      await refused(anon.convertWithIdentity(guest.token, identity), "invalid_email");
      const body = { email, password: PASSWORD, passwordConfirm: PASSWORD };
      const registered = await send("POST", "users/records", { body });
      assert.equal(registered.body.data.email.code, "validation_is_email", email);
      assert.equal(
        (await send("POST", "users/request-email-change", { token, body: { newEmail: email } })).status,
        400,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 40));
    assert.deepEqual(mails, []);
  });

  it("has one form in the mail, in the record and in the lock", async () => {
    const mails: Mail[] = [];
    const { anon } = setUp(memory(), { sendMail: (mail) => mails.push(mail) });
    const send = sender(anon);
    for (const [typed, stored] of SPELLINGS) {
      const mail = await anon.requestConversion((await anon.signInAnonymously()).token, { email: typed });
      assert.equal(mail?.to, stored);
      const { record } = await anon.confirmConversion(mail.token);
      assert.equal(record.email, stored);
      const other = await anon.signInAnonymously();
      await refused(anon.convert(other.token, { email: stored.toLowerCase(), password: PASSWORD }), "email_taken");
      await anon.admin.delete(record.id);

      const { token } = await anon.convert(other.token, { email: `x${stored}`, password: PASSWORD });
      await send("POST", "users/request-email-change", { token, body: { newEmail: typed } });
      await new Promise((resolve) => setTimeout(resolve, 40));
      assert.equal(mails[0]?.to, stored);
      const body = { token: mails.pop()?.token, password: PASSWORD };
      assert.equal((await send("POST", "users/confirm-email-change", { body })).status, 204);
      assert.equal((await anon.admin.get(other.record.id))?.email, stored);
      await anon.admin.delete(other.record.id);
    }
  });

  it("that an older version stored still signs in, and its lock still holds", async () => {
    const driver = memory();
    const { anon } = setUp(driver);
    for (const spelling of ["straße@site.dev", "ａda@site.dev", "ad\u034fa@site.dev"]) {
      const plain = "other@site.dev";
      const guest = await anon.signInAnonymously();
      const { record } = await anon.convert(guest.token, { email: plain, password: PASSWORD });
      const replace = async (key: string, next: (text: string) => string | null): Promise<string> => {
        const text = (await driver.read(key)) as string;
        assert(await driver.swap(key, text, next(text)));
        return text;
      };
      await replace(`acc:users:${record.id}`, (text) => text.replace(`"email":"${plain}"`, `"email":"${spelling}"`));
      const lock = await replace(uniqueKey("users", "email", plain).key, () => null);
      const folded = canonicalEmail(spelling) as string;
      await driver.swap(uniqueKey("users", "email", folded).key, null, lock);

      assert.equal((await anon.signInWithPassword(spelling, PASSWORD)).record.id, record.id);
      assert.equal((await anon.admin.findByEmail(folded))?.email, spelling);
      const input = { email: folded, password: PASSWORD };
      const taken = anon.convert((await anon.signInAnonymously()).token, input);
      await refused(taken, spelling.includes("\u034f") ? "invalid_email" : "email_taken");
    }
  });
});

describe("a username", () => {
  it("with an invisible character is refused", async () => {
    const { anon } = setUp(memory());
    const { token } = await anon.signInAnonymously();
    for (const one of INVISIBLE) {
      const input = { email: "ada@site.dev", password: PASSWORD, username: `ad${one}a` };
      await refused(anon.convert(token, input), "invalid_username");
    }
  });
});
