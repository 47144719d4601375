/** Conversions that meet another one, a deletion or gc, or that die half way. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { AnonError } from "../../../sdk/errors.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { DAY, intercepting, PASSWORD, refused, SECOND, setUp } from "../../support/sdk.ts";
import { bySize } from "../../support/size.ts";
import { STORES } from "../../support/stores.ts";

const ROUNDS = bySize({ full: 5, short: 2 });
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
  describe(`races of convert over ${store.name}`, () => {
    after(() => store.cleanup());

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
      assert.equal((await anon.admin.findByEmail("same@example.com"))?.id, winner?.record.id);
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
      const record = await anon.admin.get(guest.record.id);
      assert.equal(record?.email, emails[codes.indexOf("done")]);
      for (const email of emails.filter((_, index) => codes[index] !== "done")) {
        assert.equal(await anon.admin.findByEmail(email), null);
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
      assert.equal(await anon.admin.findByEmail("ada@example.com"), null, "a claim alone owns nothing");

      await refused(anon.convert(heir.token, input), "email_taken");
      clock.now += LEASE - 1;
      await refused(anon.convert(heir.token, input), "email_taken");
      clock.now++;
      const { record } = await anon.convert(heir.token, input);
      assert.equal((await anon.admin.findByEmail("ada@example.com"))?.id, record.id);
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

    it("either converts or loses to a deletion at the same time, and never leaves half of it", async () => {
      const { anon } = setUp(await store.open());
      for (let round = 0; round < ROUNDS; round++) {
        const guest = await anon.signInAnonymously();
        const input = { email: `race${round}@example.com`, password: PASSWORD };
        const [converted] = await Promise.allSettled([
          anon.convert(guest.token, input),
          (async () => {
            // at another moment of the conversion each round
            await new Promise((resolve) => setTimeout(resolve, round * 3));
            await anon.admin.delete(guest.record.id);
          })(),
        ]);
        const code = codeOf(converted);
        assert(["done", "invalid_token", "not_found"].includes(code), code);
        assert.equal(await anon.admin.get(guest.record.id), null);
        assert.equal(await anon.admin.findByEmail(input.email), null);
        const other = await anon.signInAnonymously();
        await anon.convert(other.token, input);
      }
    });

    it("either converts or loses to gc at the same time, and an account that was converted is never collected", async () => {
      const { anon, clock } = setUp(await store.open());
      for (let round = 0; round < ROUNDS; round++) {
        const guest = await anon.signInAnonymously();
        clock.now += DAY;
        const input = { email: `race${round}@example.com`, password: PASSWORD };
        const [converted, collected] = await Promise.allSettled([
          anon.convert(guest.token, input),
          (async () => {
            await new Promise((resolve) => setTimeout(resolve, round * 3));
            return await anon.admin.gc({ olderThan: "1h" });
          })(),
        ]);
        assert(collected.status === "fulfilled");
        const record = await anon.admin.get(guest.record.id);
        if (codeOf(converted) === "done") {
          assert.equal(record?.email, input.email);
          assert.equal(collected.value.deleted, 0);
          await anon.admin.delete(guest.record.id);
        } else {
          assert.equal(record, null);
          assert.equal(collected.value.deleted, 1);
          const other = await anon.signInAnonymously();
          await anon.admin.delete((await anon.convert(other.token, input)).record.id);
        }
      }
    });
  });
}
