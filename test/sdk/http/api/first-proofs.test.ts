/** The first proof of an unverified email gives an account that a squatter created with the address to the address's owner. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AnonEvent } from "../../../../sdk/contract/hooks.ts";
import type { Mail } from "../../../../sdk/contract/records.ts";
import { sender } from "../../../support/api.ts";
import { PASSWORD, refused, setUp } from "../../../support/sdk.ts";
import { bySize } from "../../../support/size.ts";
import { STORES } from "../../../support/stores.ts";

const ADA = "ada@example.com";
const NEW = "lovelace@example.com";
const OWNERS = "the owner's own password";
const GITHUB = { provider: "github", subject: "583231" };
/** Identities without a verified email, or with another one. */
const LINKED = [
  GITHUB,
  { provider: "gitlab", subject: "1", email: ADA },
  { provider: "google", subject: "1", email: "mallory@example.com", emailVerified: true },
  { provider: "google", subject: "2", email: "ªda@example.com", emailVerified: true },
];
const VOUCHING = { provider: "oidc", subject: "1", email: "Ada@example.com", emailVerified: true };

type Path = "verification" | "password-reset" | "email-change";

for (const { name, open, cleanup } of STORES) {
  describe(`the first proof of an unverified email on ${name}`, () => {
    async function start() {
      const mails: Mail[] = [];
      const events: AnonEvent[] = [];
      const driver = await open();
      const { anon, clock } = setUp(driver, {
        sendMail: (mail) => mails.push(mail),
        onEvent: (event) => events.push(event),
      });
      const send = sender(anon);
      const guest = await anon.signInAnonymously({ data: { cart: ["tea"] } });
      const squatter = await anon.convert(guest.token, { email: ADA, password: PASSWORD, username: "ada" });
      for (const one of [...LINKED, VOUCHING]) await anon.link(squatter.token, one);
      const mailed = async (path: Path): Promise<string> => {
        const body = path === "email-change" ? { newEmail: NEW } : { email: ADA };
        assert.equal((await send("POST", `users/request-${path}`, { body, token: squatter.token })).status, 204);
        while (mails.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
        return mails.pop()!.token;
      };
      /** Confirms as the owner of the address, with or without a session of the account. */
      const confirm = async (path: Path, token: string, headers: Record<string, string> = {}) => {
        const passwords = {
          verification: {},
          "password-reset": { password: OWNERS, passwordConfirm: OWNERS },
          "email-change": { password: PASSWORD },
        };
        events.length = 0;
        return await send("POST", `users/confirm-${path}`, { body: { token, ...passwords[path] }, headers });
      };
      const eventNames = () => events.map(({ type, cause = "" }) => `${type} ${cause}`.trim());
      const linked = async () => {
        const found = await Promise.all([...LINKED, VOUCHING].map((one) => anon.signInWithIdentity(one)));
        return found.map((one) => one !== null);
      };
      const logsIn = (password: string) =>
        anon.signInWithPassword("ada", password).then(
          () => true,
          () => false,
        );
      return { anon, clock, driver, squatter, send, mailed, confirm, eventNames, linked, logsIn };
    }

    it("by a password reset without a session ends every earlier session, identity and password", async (t) => {
      t.after(cleanup);
      const { anon, squatter, mailed, confirm, eventNames, linked, logsIn, driver } = await start();
      assert.equal((await confirm("password-reset", await mailed("password-reset"))).status, 204);
      assert.deepEqual(eventNames(), ["unlinked", "unlinked", "unlinked", "unlinked", "session_ended password"]);
      assert.deepEqual(
        await linked(),
        [false, false, false, false, true],
        "the identity with the verified address stays linked",
      );
      assert.equal(await anon.authenticate(squatter.token), null);
      assert.deepEqual([await logsIn(PASSWORD), await logsIn(OWNERS)], [false, true]);
      const record = await anon.admin.get(squatter.record.id);
      assert.deepEqual([record?.verified, record?.cart], [true, ["tea"]]);
      // the uniqueness locks of the unlinked identities are released
      const other = await anon.signInAnonymously();
      await anon.convertWithIdentity(other.token, GITHUB);
      assert.equal((await anon.signInWithIdentity(GITHUB))?.record.id, other.record.id);
      const { entries } = await driver.due(1, { limit: 10 });
      assert.deepEqual(entries, []);
    });

    it("by a verification without a session ends the password too, so that the squatter cannot sign in again", async (t) => {
      t.after(cleanup);
      const { anon, squatter, mailed, confirm, eventNames, linked, logsIn } = await start();
      const { code } = await anon.createTransferCode(squatter.token);
      const [token, reset] = [await mailed("verification"), await mailed("password-reset")];
      const change = await mailed("email-change");
      assert.equal((await confirm("verification", token)).status, 204);
      assert.deepEqual(eventNames(), ["unlinked", "unlinked", "unlinked", "unlinked", "session_ended verification"]);
      assert.deepEqual(await linked(), [false, false, false, false, true]);
      assert.equal(await anon.authenticate(squatter.token), null);
      assert.equal(await logsIn(PASSWORD), false);
      await refused(anon.signInWithTransferCode(code), "invalid_transfer_code");
      assert.equal((await confirm("email-change", change)).status, 400);
      assert.equal((await confirm("password-reset", reset)).status, 400);
      assert.equal((await anon.admin.get(squatter.record.id))?.verified, true);
      assert.equal((await confirm("password-reset", await mailedAgain())).status, 204);
      assert.equal(await logsIn(OWNERS), true, "the owner sets a password with a reset");

      async function mailedAgain(): Promise<string> {
        return mailed("password-reset");
      }
    });

    it("by a change of email without a session ends the earlier identities", async (t) => {
      t.after(cleanup);
      const { anon, squatter, mailed, confirm, eventNames, linked, logsIn } = await start();
      assert.equal((await confirm("email-change", await mailed("email-change"))).status, 204);
      assert.deepEqual(eventNames(), [
        "unlinked",
        "unlinked",
        "unlinked",
        "unlinked",
        "unlinked",
        "session_ended email",
      ]);
      assert.deepEqual(await linked(), [false, false, false, false, false], "no identity has the new address");
      assert.equal(await anon.authenticate(squatter.token), null);
      assert.equal(await logsIn(PASSWORD), true, "the change of email required the password");
      assert.deepEqual((await anon.admin.get(squatter.record.id))?.email, NEW);
    });

    it("with a session of the account, in a cookie or a header, ends nothing", async (t) => {
      t.after(cleanup);
      for (const headers of [
        (token: string) => ({ authorization: `Bearer ${token}` }),
        (token: string) => ({ cookie: `__Host-anon=${token}`, "sec-fetch-site": "same-origin" }),
      ]) {
        const { anon, squatter, mailed, confirm, eventNames, linked, logsIn } = await start();
        const token = await mailed("verification");
        assert.equal((await confirm("verification", token, headers(squatter.token))).status, 204);
        assert.deepEqual(eventNames(), []);
        assert.deepEqual(await linked(), [true, true, true, true, true]);
        assert.equal((await anon.authenticate(squatter.token))?.record.verified, true);
        assert.equal(await logsIn(PASSWORD), true);
        for (const path of ["password-reset", "email-change"] as const) {
          const next = await start();
          const mail = await next.mailed(path);
          assert.equal((await next.confirm(path, mail, headers(next.squatter.token))).status, 204);
          assert.deepEqual(await next.linked(), [true, true, true, true, true], path);
        }
      }
    });

    it("with an ended session, or with another account's session, counts as without a session", async (t) => {
      t.after(cleanup);
      for (const isDead of [true, false]) {
        const { anon, squatter, mailed, confirm, linked } = await start();
        const mail = await mailed("verification");
        const { token } = isDead ? squatter : await anon.signInAnonymously();
        if (isDead) await anon.signOut(token);
        await confirm("verification", mail, { authorization: token });
        assert.deepEqual(await linked(), [false, false, false, false, true]);
      }
    });

    it("is refused when a page of another site sends it with the cookie", async (t) => {
      t.after(cleanup);
      const { anon, squatter, mailed, confirm } = await start();
      const headers = { cookie: `__Host-anon=${squatter.token}`, "sec-fetch-site": "cross-site" };
      assert.equal((await confirm("verification", await mailed("verification"), headers)).status, 403);
      assert.equal((await anon.authenticate(squatter.token))?.record.verified, false);
    });

    it("ends sessions and identities that a squatter adds at the same time", async (t) => {
      t.after(cleanup);
      for (let round = 0; round < bySize({ full: 5, short: 2 }); round++) {
        const { anon, squatter, mailed, confirm, logsIn } = await start();
        const mail = await mailed("verification");
        const late = Array.from({ length: 8 }, (_, n) => ({ provider: "late", subject: `${n}` }));
        const busy = late.flatMap((one) => [anon.link(squatter.token, one), anon.signInWithPassword("ada", PASSWORD)]);
        const [reply, ...outcomes] = await Promise.all([
          confirm("verification", mail),
          ...busy.map((one) => one.then(({ token }) => token as string | undefined).catch(() => undefined)),
        ]);
        assert.equal(reply.status, 204);
        for (const one of late) assert.equal(await anon.signInWithIdentity(one), null);
        for (const token of outcomes) if (token) assert.equal(await anon.authenticate(token), null);
        assert.equal(await logsIn(PASSWORD), false);
        assert.deepEqual(await anon.admin.listSessions({ id: squatter.record.id }), []);
        await anon.admin.delete(squatter.record.id);
      }
    });

    it("ends no identities if the email is already verified", async (t) => {
      t.after(cleanup);
      const { anon, squatter, mailed, confirm, linked } = await start();
      await confirm("verification", await mailed("verification"), { authorization: squatter.token });
      await confirm("password-reset", await mailed("password-reset"));
      assert.deepEqual(await linked(), [true, true, true, true, true]);
      assert.equal(await anon.authenticate(squatter.token), null);
    });
  });
}
