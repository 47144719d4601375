/** Codes that sign another device in to the same account, on every storage. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import { sender } from "../../support/api.ts";
import { collect, DAY, HOUR, MINUTE, PASSWORD, refused, SECOND, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

const LONG = { timeout: 300_000 };
const REGISTERED = { email: "ada@example.com", password: PASSWORD };
const UNKNOWN = "0000-0000-0000-0000";

async function keysOfCodes(driver: AtomicDriver): Promise<string[]> {
  return (await collect(driver.keys(""))).filter((key) => key.startsWith("cod:"));
}

for (const store of STORES) {
  describe(`transfer codes over ${store.name}`, () => {
    after(() => store.cleanup());

    it("sign another device in to the same account, and leave the first one signed in", async () => {
      const { anon, clock } = setUp(await store.open());
      const phone = await anon.signInAnonymously({ collection: "customers", data: { cart: [1] } });
      const { code, expires } = await anon.createTransferCode(phone.token);
      assert.equal(expires, new Date(clock.now + 10 * MINUTE).toISOString());
      const laptop = await anon.signInWithTransferCode(code, { collection: "customers" });
      assert.deepEqual(laptop.record, { ...phone.record, updated: laptop.record.updated });
      const [one, other] = [anon.verifyToken(phone.token), anon.verifyToken(laptop.token)];
      assert.notEqual(one?.sid, other?.sid);
      for (const { token } of [phone, laptop]) assert.equal((await anon.authenticate(token))?.record.id, one?.id);
      // each session ends on its own
      await anon.signOut(laptop.token);
      assert.notEqual(await anon.authenticate(phone.token), null);
    });

    it("sign in to registered accounts too", LONG, async () => {
      const { anon } = setUp(await store.open());
      const { token, record } = await anon.convert((await anon.signInAnonymously()).token, REGISTERED);
      const { code } = await anon.createTransferCode(token);
      const laptop = await anon.signInWithTransferCode(code);
      assert.deepEqual([laptop.record.id, laptop.record.anonymous], [record.id, false]);
    });

    it("begin one session for 50 concurrent uses", LONG, async () => {
      const driver = await store.open();
      const { anon, clock } = setUp(driver, { maxSessions: 100 });
      const other = setUp(driver, { maxSessions: 100, now: () => clock.now }).anon;
      const { token, record } = await anon.signInAnonymously();
      const { code } = await anon.createTransferCode(token);
      const tries = Array.from({ length: 50 }, (_, i) => (i % 2 ? anon : other).signInWithTransferCode(code));
      const outcomes = await Promise.allSettled(tries);
      const codes = outcomes.map((one) => (one.status === "fulfilled" ? "done" : one.reason.code)).sort();
      assert.deepEqual(codes, ["done", ...new Array(49).fill("invalid_transfer_code")]);
      const text = (await driver.read(`acc:users:${record.id}`)) as string;
      assert.equal(JSON.parse(text).sessions.length, 2);
      await refused(anon.signInWithTransferCode(code), "invalid_transfer_code");
      assert.deepEqual(await keysOfCodes(driver), []);
    });

    it("are refused with the same error for every reason", async () => {
      const { anon, clock } = setUp(await store.open());
      const { token } = await anon.signInAnonymously();
      const [used, expired, foreign] = await Promise.all([1, 2, 3].map(() => anon.createTransferCode(token)));
      await anon.signInWithTransferCode(used?.code as string);
      const messages = new Set<string>();
      const refuse = async (code: unknown, collection = "users"): Promise<void> => {
        messages.add((await refused(anon.signInWithTransferCode(code as string, { collection }), CODE)).message);
      };
      const CODE = "invalid_transfer_code";
      await refuse(foreign?.code, "customers");
      await refuse(used?.code);
      for (const invalid of [UNKNOWN, "", "U".repeat(16), `${foreign?.code}0`, "0".repeat(100_000), null, 16, {}]) {
        await refuse(invalid);
      }
      clock.now += 10 * MINUTE - 1;
      await anon.signInWithTransferCode(foreign?.code as string);
      clock.now++;
      await refuse(expired?.code);
      assert.equal(messages.size, 1);
    });

    it("end with their session, and when the email, the password or the account changes", LONG, async () => {
      const { anon, clock } = setUp(await store.open());
      const send = sender(anon);
      const ended = async (id: string, code: string): Promise<void> => {
        const before = (await anon.admin.get(id))?.updated;
        await refused(anon.signInWithTransferCode(code), "invalid_transfer_code");
        assert.equal((await anon.admin.get(id))?.updated, before);
      };
      const start = async (email: string) => {
        const { token, record } = await anon.signInAnonymously();
        const { code } = await anon.createTransferCode(token);
        const converted = await anon.convert(token, { email, password: PASSWORD });
        await ended(record.id, code);
        return { id: record.id, token: converted.token, ...(await anon.createTransferCode(converted.token)) };
      };
      const signedOut = await start("one@example.com");
      const stays = await anon.signInWithPassword("one@example.com", PASSWORD);
      const kept = await anon.createTransferCode(stays.token);
      await anon.signOut(signedOut.token);
      await ended(signedOut.id, signedOut.code);
      assert.equal((await anon.signInWithTransferCode(kept.code)).record.id, signedOut.id);

      // the session that changes the password stays valid, but its earlier codes do not
      const changed = await start("two@example.com");
      const body = { oldPassword: PASSWORD, password: `${PASSWORD}!`, passwordConfirm: `${PASSWORD}!` };
      const { status } = await send("PATCH", `users/records/${changed.id}`, { body, token: changed.token });
      assert.equal(status, 200);
      assert.notEqual(await anon.authenticate(changed.token), null);
      await ended(changed.id, changed.code);

      const deleted = await start("three@example.com");
      await anon.admin.delete(deleted.id);
      await refused(anon.signInWithTransferCode(deleted.code), "invalid_transfer_code");

      // a code expires no later than its session
      const guest = await anon.signInAnonymously();
      clock.now += 30 * DAY - HOUR;
      const { code, expires } = await anon.createTransferCode(guest.token, { expiresIn: "24h" });
      assert.equal(Date.parse(expires), clock.now + HOUR);
      clock.now += HOUR;
      await refused(anon.signInWithTransferCode(code), "invalid_transfer_code");
      await refused(anon.createTransferCode(guest.token), "invalid_token");
    });

    it("are stored only as a hash", async () => {
      const driver = await store.open();
      const { anon } = setUp(driver);
      const { token } = await anon.signInAnonymously();
      const { code } = await anon.createTransferCode(token);
      const plain = code.replaceAll("-", "");
      let stored = "";
      for await (const key of driver.keys("")) stored += `${key}\n${await driver.read(key)}\n`;
      assert.match(stored, /^cod:users:[0-9a-f]{64}$/m);
      for (const secret of [code, plain, plain.slice(0, 8), token]) {
        assert.equal(stored.toLowerCase().includes(secret.toLowerCase()), false, secret);
      }
    });

    it("are removed by gc after they expire, but not by a dry run", async () => {
      const driver = await store.open();
      const { anon, clock } = setUp(driver);
      const { token } = await anon.signInAnonymously();
      const short = await anon.createTransferCode(token, { expiresIn: "1m" });
      const long = await anon.createTransferCode(token, { expiresIn: "1h" });
      clock.now += MINUTE - 1;
      await anon.admin.gc({ olderThan: "0s" });
      assert.equal((await keysOfCodes(driver)).length, 2);
      clock.now++;
      await refused(anon.signInWithTransferCode(short.code), "invalid_transfer_code");
      await anon.admin.gc({ olderThan: "0s", dryRun: true });
      await anon.admin.gc({ olderThan: "0s", collection: "customers" });
      assert.equal((await keysOfCodes(driver)).length, 2);
      const report = await anon.admin.gc({ olderThan: "0s" });
      assert.deepEqual([report.examined, report.deleted, report.failed], [0, 0, 0]);
      assert.equal((await keysOfCodes(driver)).length, 1);
      assert.notEqual(await anon.authenticate(token), null);
      await anon.signInWithTransferCode(long.code);
      assert.deepEqual(await keysOfCodes(driver), []);
    });

    it("end the oldest session above maxSessions, and call the hooks", async () => {
      const calls: string[] = [];
      const { anon, clock } = setUp(await store.open(), {
        maxSessions: 2,
        hooks: {
          beforeSignIn: ({ method, record }) => {
            calls.push(`before ${method} ${record.id}`);
          },
          afterSignIn: ({ method, session }) => calls.push(`${method} ${session}`),
          afterSessionEnd: ({ reason, sessions }) => calls.push(`${reason} ${sessions}`),
        },
      });
      const phone = await anon.signInAnonymously();
      const sids = [anon.verifyToken(phone.token)?.sid];
      for (let i = 0; i < 2; i++) {
        const { code } = await anon.createTransferCode(phone.token);
        clock.now += SECOND;
        sids.push(anon.verifyToken((await anon.signInWithTransferCode(code)).token)?.sid);
      }
      const before = `before transfer_code ${phone.record.id}`;
      const expected = [`anonymous ${sids[0]}`, before, `transfer_code ${sids[1]}`, before, `transfer_code ${sids[2]}`];
      assert.deepEqual(calls, [...expected, `limit ${sids[0]}`]);
      assert.equal(await anon.authenticate(phone.token), null);
    });
  });
}
