/** Limits on mail, and password resets after too many wrong passwords. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Mail } from "../../../sdk/contract/records.ts";
import memory from "../../../storage-drivers/memory.ts";
import { sender } from "../../support/api.ts";
import { PASSWORD, refused, setUp } from "../../support/sdk.ts";

const TWO = { max: 2, per: "1h" } as const;
const LONG = { timeout: 300_000 };

describe("limits on mail", () => {
  it("count requests by recipient and by address, whether the account exists or not", LONG, async () => {
    const mails: Mail[] = [];
    const { anon } = setUp(memory(), {
      limits: { mailsPerRecipient: TWO, mailsPerAddress: { max: 3, per: "1h" } },
      sendMail: (mail) => void mails.push(mail),
    });
    const ask = async (email: string, address: string): Promise<number> =>
      (
        await sender(anon, undefined, { remoteAddress: address })("POST", "users/request-password-reset", {
          body: { email },
        })
      ).status;
    const statuses = [];
    for (const i of [1, 2, 3]) statuses.push(await ask("nobody@example.com", `192.0.2.${i}`));
    assert.deepEqual(statuses, [204, 204, 429]);
    assert.equal(await ask("NOBODY@example.com", "192.0.2.4"), 429);
    const others: number[] = [];
    for (const i of [1, 2, 3, 4]) others.push(await ask(`n${i}@example.com`, "192.0.2.9"));
    assert.deepEqual(others, [204, 204, 204, 429]);
    assert.deepEqual(mails, []);
    // requests for other mails do not use up the limit of password resets
    for (const i of [1, 2, 3]) {
      const body = { email: "ada@example.com" };
      await sender(anon, undefined, { remoteAddress: `198.51.100.${i}` })("POST", "users/request-verification", {
        body,
      });
    }
    assert.equal(await ask("ada@example.com", "192.0.2.20"), 204);
  });

  it("do not apply without `sendMail`", async () => {
    const { anon } = setUp(memory(), { limits: { mailsPerRecipient: TWO } });
    for (let i = 0; i < 4; i++) {
      const body = { email: "ada@example.com" };
      assert.equal((await sender(anon)("POST", "users/request-password-reset", { body })).status, 404);
    }
  });

  it("reset the count of wrong passwords when a password reset sets a new one", LONG, async () => {
    const mails: Mail[] = [];
    const { anon } = setUp(memory(), {
      limits: { passwordsPerIdentity: TWO },
      sendMail: (mail) => void mails.push(mail),
    });
    const send = sender(anon);
    const guest = await anon.signInAnonymously();
    await anon.convert(guest.token, { email: "ada@example.com", password: PASSWORD, username: "ada" });
    for (const identity of ["ada", "ada@example.com"]) {
      for (let i = 0; i < 2; i++) await refused(anon.signInWithPassword(identity, "wrong"), "invalid_credentials");
      await refused(anon.signInWithPassword(identity, PASSWORD), "rate_limited");
    }
    await send("POST", "users/request-password-reset", { body: { email: "ada@example.com" } });
    while (mails.length === 0) await new Promise((resume) => setTimeout(resume, 10));
    const password = "another password";
    const body = { token: mails[0]?.token, password, passwordConfirm: password };
    assert.equal((await send("POST", "users/confirm-password-reset", { body })).status, 204);
    await anon.signInWithPassword("ada", password);
    await anon.signInWithPassword("ada@example.com", password);
  });
});
