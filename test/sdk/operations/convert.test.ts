import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { DAY, HOUR, PASSWORD, refused, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

for (const store of STORES) {
  describe(`convert over ${store.name}`, () => {
    after(() => store.cleanup());

    it("registers the account under the same id, and ends all earlier sessions", async () => {
      const { anon, clock } = setUp(await store.open());
      const made = await anon.admin.createUser({ data: { cart: [1] } });
      const one = await anon.signInWithPassword(made.email, made.password);
      const two = await anon.signInWithPassword(made.email, made.password);
      clock.now += HOUR / 2;
      const { token, record, ...rest } = await anon.convert(one.token, {
        email: "Ada.Lovelace@Example.com",
        password: PASSWORD,
        username: "Ada",
        data: { plan: "pro" },
      });
      assert.deepEqual(rest, {});
      assert.deepEqual(record, {
        ...made.record,
        anonymous: false,
        verified: false,
        email: "Ada.Lovelace@Example.com",
        username: "Ada",
        updated: new Date(clock.now).toISOString(),
        plan: "pro",
      });
      assert.equal(anon.verifyToken(token)?.anonymous, false);
      assert.deepEqual((await anon.authenticate(token))?.record, record);
      assert.equal(await anon.authenticate(one.token), null);
      assert.equal(await anon.authenticate(two.token), null);

      await refused(anon.signInWithPassword(made.email, made.password), "invalid_credentials");
      await refused(anon.signInWithPassword(made.record.username, made.password), "invalid_credentials");
      await refused(anon.signInWithPassword("ada", made.password), "invalid_credentials");
      assert.equal(await anon.admin.findByEmail(made.email), null);
      assert.deepEqual(await anon.admin.findByEmail("ada.lovelace@EXAMPLE.COM"), record);
      for (const identity of ["ada.lovelace@example.com", "ADA", "ＡＤＡ．lovelace＠example.com"]) {
        assert.deepEqual((await anon.signInWithPassword(identity, PASSWORD)).record, record);
      }
      clock.now += 100 * DAY;
      assert.equal((await anon.admin.gc({ olderThan: "1d" })).examined, 0, "gc does not examine registered accounts");
    });

    it("accepts a reference instead of a token, and keeps the guest's username by default", async () => {
      const { anon } = setUp(await store.open(), { collections: { users: {}, customers: {} } });
      const guest = await anon.signInAnonymously({ collection: "customers" });
      const ref = { collection: "customers", id: guest.record.id } as const;
      const { record } = await anon.admin.convert(ref, { email: "ada@example.com", password: PASSWORD });
      assert.equal(record.username, `anon_${record.id}`);
      assert.equal(await anon.authenticate(guest.token), null);
      const again = await anon.signInWithPassword(record.username, PASSWORD, { collection: "customers" });
      assert.equal(again.record.id, record.id);
      await refused(anon.admin.convert(ref, { email: "b@example.com", password: PASSWORD }), "already_registered");
      await refused(anon.convert(again.token, { email: "b@example.com", password: PASSWORD }), "already_registered");
      await refused(anon.convert(guest.token, { email: "b@example.com", password: PASSWORD }), "invalid_token");
      await refused(anon.convert("junk", { email: "b@example.com", password: PASSWORD }), "invalid_token");
      for (const id of ["aaaaaaaaaaaaaaa", "", "short", "../../../etc/pass", "AAAAAAAAAAAAAAA"]) {
        await refused(anon.admin.convert({ id }, { email: "b@example.com", password: PASSWORD }), "not_found");
      }
      // emails are unique per collection
      const user = await anon.signInAnonymously();
      await anon.convert(user.token, { email: "ada@example.com", password: PASSWORD });
    });

    it("finds an email in any normalisation, and stores it composed, with its case and an ASCII domain", async () => {
      const { anon } = setUp(await store.open());
      const typed = "Zoë@Müller.de";
      const guest = await anon.signInAnonymously();
      const { record } = await anon.convert(guest.token, { email: typed.normalize("NFD"), password: PASSWORD });
      assert.equal(record.email, "Zoë@xn--mller-kva.de");
      for (const same of [typed.normalize("NFC"), "ZOË@MÜLLER.DE", "zoë@xn--mller-kva.de", "zoë@XN--MLLER-KVA.de"]) {
        assert.equal((await anon.admin.findByEmail(same))?.id, record.id, same);
        const other = await anon.signInAnonymously();
        await refused(anon.convert(other.token, { email: same, password: PASSWORD }), "email_taken");
        assert.notEqual(await anon.authenticate(other.token), null, "a refused guest stays a guest, and signed in");
      }
      assert.equal((await anon.signInWithPassword("zoë@xn--mller-kva.de", PASSWORD)).record.id, record.id);
    });

    it("refuses a username that is taken, and releases the email", async () => {
      const { anon } = setUp(await store.open());
      const [one, two, three] = await Promise.all([1, 2, 3].map(() => anon.signInAnonymously()));
      assert(one && two && three);
      await anon.convert(one.token, { email: "one@example.com", password: PASSWORD, username: "Same" });
      await refused(
        anon.convert(two.token, { email: "two@example.com", password: PASSWORD, username: "sAME" }),
        "username_taken",
      );
      await anon.convert(three.token, { email: "two@example.com", password: PASSWORD });
      await anon.convert(two.token, { email: "three@example.com", password: PASSWORD, username: "other" });
    });

    it("frees email and username when the registered account is deleted", async () => {
      const { anon } = setUp(await store.open());
      const input = { email: "ada@example.com", password: PASSWORD, username: "ada" };
      for (let round = 0; round < 3; round++) {
        const guest = await anon.signInAnonymously();
        const { record, token } = await anon.convert(guest.token, input);
        assert.equal(await anon.admin.delete(record.id), true);
        assert.equal(await anon.authenticate(token), null);
        assert.equal(await anon.admin.findByEmail(input.email), null);
        await refused(anon.signInWithPassword("ada", PASSWORD), "invalid_credentials");
      }
    });

    it("locks nothing for input that it refuses", async () => {
      const driver = await store.open();
      const { anon } = setUp(driver);
      const guest = await anon.signInAnonymously();
      const valid = { email: "ada@example.com", password: PASSWORD };
      await refused(anon.convert(guest.token, { ...valid, password: "short" }), "weak_password");
      await refused(anon.convert(guest.token, { ...valid, username: "a b" }), "invalid_username");
      await refused(anon.convert(guest.token, { ...valid, username: guest.record.username }), "reserved_username");
      await refused(anon.convert(guest.token, { ...valid, email: guest.record.email }), "reserved_email");
      await refused(anon.convert(guest.token, { ...valid, email: "ada" }), "invalid_email");
      await refused(anon.convert(guest.token, { ...valid, data: { email: "x" } }), "reserved_field");
      await refused(anon.convert(guest.token, { ...valid, data: { x: () => 1 } }), "invalid_data");
      await refused(anon.convert(guest.token, { ...valid, data: { x: "x".repeat(300_000) } }), "record_too_large");
      await refused(anon.convert(guest.token, undefined as unknown as typeof valid), "invalid_email");
      await refused(anon.convert(undefined as unknown as string, valid), "invalid_token");
      await refused(anon.convert(`${guest.record.id}`, valid), "invalid_token");
      for await (const key of driver.keys("clm:")) assert.fail(`left behind: ${key}`);
      assert.deepEqual((await anon.authenticate(guest.token))?.record, guest.record);
    });
  });
}
