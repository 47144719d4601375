/** Conversions at the same time as another conversion, a deletion or gc, and conversions whose process dies midway. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { AnonError } from "../../../sdk/errors.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { DAY, intercepting, PASSWORD, refused, SECOND, setUp } from "../../support/sdk.ts";
import { bySize } from "../../support/size.ts";
import { STORES } from "../../support/stores.ts";

const ROUNDS = bySize({ full: 5, short: 2 });
const LEASE = 10 * SECOND;

/** The codes of a convert that lost to another one of the same account. The other one may have ended the token's session. */
const LOST = ["already_registered", "invalid_token"];

function codeOf(outcome: PromiseSettledResult<unknown>): string {
  if (outcome.status === "fulfilled") return "done";
  assert(outcome.reason instanceof AnonError, String(outcome.reason));
  return outcome.reason.code;
}

/** A process that dies right after it locked an email. */
function dyingAfterLocks(inner: AtomicDriver): AtomicDriver {
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
  describe(`concurrent conversions over ${store.name}`, () => {
    after(() => store.cleanup());

    it("give an email to exactly one of 20 guests, and the others can convert to another email", async () => {
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

    it("give one account exactly one of 10 emails, and free the others", async () => {
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

    it("convert once when the form is sent twice", async () => {
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

    it("take over the locks of a conversion that died, after its lease", async () => {
      const driver = await store.open();
      const { anon, clock } = setUp(driver);
      const dying = setUp(dyingAfterLocks(driver), { now: () => clock.now }).anon;
      const victim = await anon.signInAnonymously();
      const heir = await anon.signInAnonymously();
      const input = { email: "ada@example.com", password: PASSWORD, username: "ada" };
      await refused(dying.convert(victim.token, input), "storage_unavailable");
      assert.equal(await anon.admin.findByEmail("ada@example.com"), null, "a lock alone owns nothing");

      await refused(anon.convert(heir.token, input), "email_taken");
      clock.now += LEASE - 1;
      await refused(anon.convert(heir.token, input), "email_taken");
      clock.now++;
      const { record } = await anon.convert(heir.token, input);
      assert.equal((await anon.admin.findByEmail("ada@example.com"))?.id, record.id);
      assert.notEqual(await anon.authenticate(victim.token), null, "the victim is still a guest");
      await refused(anon.convert(victim.token, input), "email_taken");
    });

    it("succeed at once for the guest whose previous conversion died", async () => {
      const driver = await store.open();
      const { anon, clock } = setUp(driver);
      const dying = setUp(dyingAfterLocks(driver), { now: () => clock.now }).anon;
      const guest = await anon.signInAnonymously();
      const input = { email: "ada@example.com", password: PASSWORD };
      await refused(dying.convert(guest.token, input), "storage_unavailable");
      assert.equal((await anon.convert(guest.token, input)).record.id, guest.record.id);
    });

    it("either succeed or lose to a concurrent deletion, and leave nothing behind", async () => {
      const { anon } = setUp(await store.open());
      for (let round = 0; round < ROUNDS; round++) {
        const guest = await anon.signInAnonymously();
        const input = { email: `race${round}@example.com`, password: PASSWORD };
        const [converted] = await Promise.allSettled([
          anon.convert(guest.token, input),
          (async () => {
            // hits a different moment of the conversion in each round
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

    it("either succeed or lose to a concurrent gc, which never collects a converted account", async () => {
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
