import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { AnonError } from "../../sdk/errors.ts";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { DAY, HOUR, intercepting, PASSWORD, refused, SECOND, setUp } from "../support/sdk.ts";
import { STORES } from "../support/stores.ts";

const LEASE = 10 * SECOND;

/** What two converts of one account may lose to each other with: with a token, that one is dead by then. */
const LOST = ["already_registered", "invalid_token"];

function codeOf(outcome: PromiseSettledResult<unknown>): string {
  if (outcome.status === "fulfilled") return "done";
  assert(outcome.reason instanceof AnonError, String(outcome.reason));
  return outcome.reason.code;
}

/** A process that dies right after it claimed an email: what it does next never happens. */
function dyingAfterClaims(inner: AtomicDriver): AtomicDriver {
  let dead = false;
  return intercepting(inner, {
    async swap(...args) {
      if (dead || args[0].startsWith("acc:")) {
        dead = true;
        throw new Error("the process died");
      }
      return await inner.swap(...args);
    },
  });
}

for (const store of STORES) {
  describe(`convert over ${store.name}`, () => {
    after(() => store.cleanup());

    it("registers the account under the same id, and ends every session of before", async () => {
      const { anon, clock } = setUp(await store.open());
      const made = await anon.createAnonymousUser({ data: { cart: [1] } });
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
      assert.equal(await anon.findByEmail(made.email), null);
      assert.deepEqual(await anon.findByEmail("ada.lovelace@EXAMPLE.COM"), record);
      for (const identity of ["ada.lovelace@example.com", "ADA", "ＡＤＡ．lovelace＠example.com"]) {
        assert.deepEqual((await anon.signInWithPassword(identity, PASSWORD)).record, record);
      }
      clock.now += 100 * DAY;
      assert.equal((await anon.gc({ olderThan: "1d" })).examined, 0, "registered accounts are not in gc's view");
    });

    it("takes an account by reference, without a session, and keeps the guest's username unless told", async () => {
      const { anon } = setUp(await store.open(), { collections: { users: {}, customers: {} } });
      const guest = await anon.signInAnonymously({ collection: "customers" });
      const ref = { collection: "customers", id: guest.record.id } as const;
      const { record } = await anon.convert(ref, { email: "ada@example.com", password: PASSWORD });
      assert.equal(record.username, `anon_${record.id}`);
      assert.equal(await anon.authenticate(guest.token), null);
      const again = await anon.signInWithPassword(record.username, PASSWORD, { collection: "customers" });
      assert.equal(again.record.id, record.id);
      await refused(anon.convert(ref, { email: "b@example.com", password: PASSWORD }), "already_registered");
      await refused(anon.convert(again.token, { email: "b@example.com", password: PASSWORD }), "already_registered");
      await refused(anon.convert(guest.token, { email: "b@example.com", password: PASSWORD }), "invalid_token");
      await refused(anon.convert("junk", { email: "b@example.com", password: PASSWORD }), "invalid_token");
      for (const id of ["aaaaaaaaaaaaaaa", "", "short", "../../../etc/pass", "AAAAAAAAAAAAAAA"]) {
        await refused(anon.convert({ id }, { email: "b@example.com", password: PASSWORD }), "not_found");
      }
      // another collection has room for the same email
      const user = await anon.signInAnonymously();
      await anon.convert(user.token, { email: "ada@example.com", password: PASSWORD });
    });

    it("finds an email in any normalisation, and keeps it as it was typed", async () => {
      const { anon } = setUp(await store.open());
      const typed = "Zoë@Müller.de";
      const guest = await anon.signInAnonymously();
      const { record } = await anon.convert(guest.token, { email: typed.normalize("NFD"), password: PASSWORD });
      assert.equal(record.email, typed.normalize("NFD"));
      for (const same of [typed.normalize("NFC"), "ZOË@MÜLLER.DE", "zoë@xn--mller-kva.de", "zoë@XN--MLLER-KVA.de"]) {
        assert.equal((await anon.findByEmail(same))?.id, record.id, same);
        const other = await anon.signInAnonymously();
        await refused(anon.convert(other.token, { email: same, password: PASSWORD }), "email_taken");
        assert.notEqual(await anon.authenticate(other.token), null, "who is refused stays a guest, and signed in");
      }
      assert.equal((await anon.signInWithPassword("zoë@xn--mller-kva.de", PASSWORD)).record.id, record.id);
    });

    it("refuses a username that is taken, and gives the email back", async () => {
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

    it("lets exactly one of 20 guests have an email, and the losers another", async () => {
      const { anon } = setUp(await store.open());
      const guests = await Promise.all(Array.from({ length: 20 }, () => anon.signInAnonymously()));
      const outcomes = await Promise.allSettled(
        guests.map(({ token }, index) =>
          anon.convert(token, { email: index % 2 ? "same@example.com" : "SAME@example.com", password: PASSWORD }),
        ),
      );
      const codes = outcomes.map(codeOf).sort();
      assert.deepEqual(codes, ["done", ...Array.from({ length: 19 }, () => "email_taken")]);
      const winner = guests[outcomes.findIndex(({ status }) => status === "fulfilled")];
      assert.equal((await anon.findByEmail("same@example.com"))?.id, winner?.record.id);
      const losers = guests.filter((guest) => guest !== winner).slice(0, 2);
      for (const [index, { token }] of losers.entries()) {
        await anon.convert(token, { email: `loser${index}@example.com`, password: PASSWORD });
      }
    });

    it("lets one account have exactly one of 10 emails, and frees the others", async () => {
      const { anon } = setUp(await store.open());
      const guest = await anon.signInAnonymously();
      const emails = Array.from({ length: 10 }, (_, index) => `mail${index}@example.com`);
      const outcomes = await Promise.allSettled(
        emails.map((email) => anon.convert(guest.token, { email, password: PASSWORD })),
      );
      const codes = outcomes.map(codeOf);
      assert.equal(codes.filter((code) => code === "done").length, 1);
      assert(
        codes.every((code) => code === "done" || LOST.includes(code)),
        codes.join(),
      );
      const record = await anon.get(guest.record.id);
      assert.equal(record?.email, emails[codes.indexOf("done")]);
      for (const email of emails.filter((_, index) => codes[index] !== "done")) {
        assert.equal(await anon.findByEmail(email), null);
        const other = await anon.signInAnonymously();
        await anon.convert(other.token, { email, password: PASSWORD });
      }
    });

    it("converts once when the button is pressed twice", async () => {
      const { anon } = setUp(await store.open());
      const guest = await anon.signInAnonymously();
      const input = { email: "ada@example.com", password: PASSWORD, username: "ada" };
      const outcomes = await Promise.allSettled([anon.convert(guest.token, input), anon.convert(guest.token, input)]);
      const codes = outcomes.map(codeOf);
      assert(codes.includes("done") && codes.some((code) => LOST.includes(code)), codes.join());
      assert.equal((await anon.signInWithPassword("ada", PASSWORD)).record.id, guest.record.id);
      const other = await anon.signInAnonymously();
      await refused(anon.convert(other.token, { ...input, username: "else" }), "email_taken");
      await refused(anon.convert(other.token, { ...input, email: "else@example.com" }), "username_taken");
    });

    it("takes over what a conversion that died had claimed, once it cannot be under way any more", async () => {
      const driver = await store.open();
      const { anon, clock } = setUp(driver);
      const dying = setUp(dyingAfterClaims(driver), { now: () => clock.now }).anon;
      const victim = await anon.signInAnonymously();
      const heir = await anon.signInAnonymously();
      const input = { email: "ada@example.com", password: PASSWORD, username: "ada" };
      await refused(dying.convert(victim.token, input), "storage_unavailable");
      assert.equal(await anon.findByEmail("ada@example.com"), null, "a claim alone owns nothing");

      await refused(anon.convert(heir.token, input), "email_taken");
      clock.now += LEASE - 1;
      await refused(anon.convert(heir.token, input), "email_taken");
      clock.now++;
      const { record } = await anon.convert(heir.token, input);
      assert.equal((await anon.findByEmail("ada@example.com"))?.id, record.id);
      assert.notEqual(await anon.authenticate(victim.token), null, "the victim is a guest as before");
      await refused(anon.convert(victim.token, input), "email_taken");
    });

    it("lets the one that died try again at once", async () => {
      const driver = await store.open();
      const { anon, clock } = setUp(driver);
      const dying = setUp(dyingAfterClaims(driver), { now: () => clock.now }).anon;
      const guest = await anon.signInAnonymously();
      const input = { email: "ada@example.com", password: PASSWORD };
      await refused(dying.convert(guest.token, input), "storage_unavailable");
      assert.equal((await anon.convert(guest.token, input)).record.id, guest.record.id);
    });

    it("frees email and username when the registered account is deleted", async () => {
      const { anon } = setUp(await store.open());
      const input = { email: "ada@example.com", password: PASSWORD, username: "ada" };
      for (let round = 0; round < 3; round++) {
        const guest = await anon.signInAnonymously();
        const { record, token } = await anon.convert(guest.token, input);
        assert.equal(await anon.delete(record.id), true);
        assert.equal(await anon.authenticate(token), null);
        assert.equal(await anon.findByEmail(input.email), null);
        await refused(anon.signInWithPassword("ada", PASSWORD), "invalid_credentials");
      }
    });

    it("either converts or loses to a deletion at the same time, and never leaves half of it", async () => {
      const { anon } = setUp(await store.open());
      for (let round = 0; round < 5; round++) {
        const guest = await anon.signInAnonymously();
        const input = { email: `race${round}@example.com`, password: PASSWORD };
        const [converted] = await Promise.allSettled([
          anon.convert(guest.token, input),
          (async () => {
            // at another moment of the conversion each round
            await new Promise((resolve) => setTimeout(resolve, round * 3));
            await anon.delete(guest.record.id);
          })(),
        ]);
        const code = codeOf(converted);
        assert(["done", "invalid_token", "not_found"].includes(code), code);
        assert.equal(await anon.get(guest.record.id), null);
        assert.equal(await anon.findByEmail(input.email), null);
        const other = await anon.signInAnonymously();
        await anon.convert(other.token, input);
      }
    });

    it("either converts or loses to gc at the same time, and an account that was converted is never collected", async () => {
      const { anon, clock } = setUp(await store.open());
      for (let round = 0; round < 5; round++) {
        const guest = await anon.signInAnonymously();
        clock.now += DAY;
        const input = { email: `race${round}@example.com`, password: PASSWORD };
        const [converted, collected] = await Promise.allSettled([
          anon.convert(guest.token, input),
          (async () => {
            await new Promise((resolve) => setTimeout(resolve, round * 3));
            return await anon.gc({ olderThan: "1h" });
          })(),
        ]);
        assert(collected.status === "fulfilled");
        const record = await anon.get(guest.record.id);
        if (codeOf(converted) === "done") {
          assert.equal(record?.email, input.email);
          assert.equal(collected.value.deleted, 0);
          await anon.delete(guest.record.id);
        } else {
          assert.equal(record, null);
          assert.equal(collected.value.deleted, 1);
          const other = await anon.signInAnonymously();
          await anon.delete((await anon.convert(other.token, input)).record.id);
        }
      }
    });

    it("claims nothing for what it refuses beforehand", async () => {
      const driver = await store.open();
      const { anon } = setUp(driver);
      const guest = await anon.signInAnonymously();
      const good = { email: "ada@example.com", password: PASSWORD };
      await refused(anon.convert(guest.token, { ...good, password: "short" }), "weak_password");
      await refused(anon.convert(guest.token, { ...good, username: "a b" }), "invalid_username");
      await refused(anon.convert(guest.token, { ...good, username: guest.record.username }), "reserved_username");
      await refused(anon.convert(guest.token, { ...good, email: guest.record.email }), "reserved_email");
      await refused(anon.convert(guest.token, { ...good, email: "ada" }), "invalid_email");
      await refused(anon.convert(guest.token, { ...good, data: { email: "x" } }), "reserved_field");
      await refused(anon.convert(guest.token, { ...good, data: { x: () => 1 } }), "invalid_data");
      await refused(anon.convert(guest.token, { ...good, data: { x: "x".repeat(300_000) } }), "record_too_large");
      await refused(anon.convert(guest.token, undefined as unknown as typeof good), "invalid_email");
      await refused(anon.convert(undefined as unknown as string, good), "not_found");
      for await (const key of driver.keys("clm:")) assert.fail(`left behind: ${key}`);
      assert.deepEqual((await anon.authenticate(guest.token))?.record, guest.record);
    });
  });
}
