/** Limits count only failures and abuse: correct use is never locked out. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { Anon } from "../../../sdk/contract/anon.ts";
import type { AnonError } from "../../../sdk/errors.ts";
import { createGuestCounts } from "../../../sdk/limits/max-anonymous.ts";
import { openCounter } from "../../../sdk/limits/memory-counter.ts";
import { handleOf } from "../../../sdk/storage/driver-handle.ts";
import type { Counter } from "../../../sdk/storage/port.ts";
import { createStore } from "../../../sdk/storage/store.ts";
import memory from "../../../storage-drivers/memory.ts";
import { PASSWORD, refused, setUp } from "../../support/sdk.ts";
import { countingStores, STORES } from "../../support/stores.ts";

const LONG = { timeout: 300_000 };
const KEY = "an-idempotency-key";
const ONE = { max: 1, per: "1h" } as const;

async function codes(calls: Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((one) => (one.status === "fulfilled" ? "done" : (one.reason as AnonError).code)).sort();
}

/** Signs in as a visitor of this address would. */
async function visit(anon: Anon, remoteAddress: string, idempotencyKey?: string): Promise<string> {
  const context = await anon.context(new Request("https://shop.example/"), { remoteAddress });
  return (await context.signInAnonymously({ idempotencyKey })).record.id;
}

async function withAda(anon: Anon): Promise<void> {
  const { token } = await anon.signInAnonymously();
  await anon.convert(token, { email: "ada@example.com", password: PASSWORD, username: "ada" });
}

for (const store of STORES) {
  describe(`requests with one idempotency key over ${store.name}`, () => {
    after(() => store.cleanup());

    it("create one account if the limits allow only one more", LONG, async () => {
      for (const options of [{ limits: { signUpsPerAddress: ONE } }, { maxAnonymous: 1 }]) {
        const driver = await store.open();
        // two processes if the storage supports several
        const processes =
          driver.guarantee === "process" ? [setUp(driver, options)] : [1, 2].map(() => setUp(driver, options));
        const visits = Array.from({ length: 12 }, (_, i) =>
          visit((processes[i % processes.length] as { anon: Anon }).anon, "192.0.2.1", KEY),
        );
        // counters in memory count for each process
        assert.equal(new Set(await Promise.all(visits)).size, 1);
      }
    });

    it("call beforeCreate once, because a captcha response is valid once", LONG, async () => {
      let calls = 0;
      const { anon } = setUp(await store.open(), {
        hooks: {
          async beforeCreate() {
            await new Promise((resume) => setTimeout(resume, 5));
            return ++calls === 1;
          },
        },
      });
      const ids = await Promise.all(Array.from({ length: 8 }, () => visit(anon, "192.0.2.1", KEY)));
      assert.deepEqual([new Set(ids).size, calls], [1, 1]);
    });
  });
}

describe("counting for limits", () => {
  it("ignores correct passwords, also 30 concurrent ones", LONG, async () => {
    const { anon } = setUp(memory());
    await withAda(anon);
    const many = Array.from({ length: 30 }, () => anon.signInWithPassword("ada", PASSWORD));
    assert.ok((await codes(many)).filter((code) => code === "done").length >= 10);
    await anon.signInWithPassword("ada", PASSWORD);
  });

  it("ignores unchecked passwords, so that other identities can sign in from the address", LONG, async () => {
    const { anon } = setUp(memory(), {
      limits: { passwordsPerAddress: { max: 5, per: "1h" }, passwordsPerIdentity: ONE },
    });
    await withAda(anon);
    const from = async (identity: string, password: string) => {
      const context = await anon.context(new Request("https://shop.example/"), { remoteAddress: "192.0.2.1" });
      return await context.signInWithPassword(identity, password);
    };
    await refused(from("bob@example.com", "wrong"), "invalid_credentials");
    for (let i = 0; i < 9; i++) await refused(from("bob@example.com", "wrong"), "rate_limited");
    await from("ada@example.com", PASSWORD);
    // invalid identities are counted only by address
    for (const identity of ["", "a b", "\n"]) await refused(from(identity, "wrong"), "invalid_credentials");
    await refused(anon.signInWithPassword("", "wrong"), "invalid_credentials");
  });

  it("ignores correct random passwords of guests, even after too many wrong ones", LONG, async () => {
    const { anon } = setUp(memory(), { limits: { passwordsPerIdentity: ONE } });
    const { email, password } = await anon.admin.createUser();
    await refused(anon.signInWithPassword(email, "wrong"), "invalid_credentials");
    await refused(anon.signInWithPassword(email, "wrong"), "rate_limited");
    await anon.signInWithPassword(email, password);
  });

  it("ignores accounts that were not created because of maxAnonymous or an error in the application", async () => {
    let broken = true;
    const { anon } = setUp(memory(), {
      limits: { signUpsPerAddress: { max: 2, per: "1h" } },
      maxAnonymous: 1,
      hooks: {
        beforeCreate() {
          if (broken) throw new TypeError("of the application");
          return undefined;
        },
      },
    });
    for (let i = 0; i < 4; i++) await assert.rejects(visit(anon, "192.0.2.1"), TypeError);
    broken = false;
    const id = await visit(anon, "192.0.2.1");
    for (let i = 0; i < 4; i++) await refused(visit(anon, "192.0.2.1"), "too_many_anonymous");
    await anon.admin.delete(id);
    await visit(anon, "192.0.2.1");
  });

  it("includes refusals by beforeCreate with any falsy value", async () => {
    for (const falsy of [false, null, 0, ""]) {
      const { anon } = setUp(memory(), {
        limits: { signUpsPerAddress: { max: 2, per: "1h" } },
        hooks: { beforeCreate: () => falsy as boolean },
      });
      for (let i = 0; i < 2; i++) await refused(visit(anon, "192.0.2.1"), "creation_refused");
      await refused(visit(anon, "192.0.2.1"), "rate_limited");
    }
  });

  it("includes failed conversions, which reveal taken emails", LONG, async () => {
    const { anon } = setUp(memory(), { limits: { signUpsPerAddress: { max: 3, per: "1h" } } });
    await withAda(anon);
    const convert = async (email: string) => {
      const { token } = await anon.signInAnonymously();
      const request = new Request("https://shop.example/", { headers: { authorization: token } });
      const context = await anon.context(request, { remoteAddress: "192.0.2.1" });
      return await context.convert({ email, password: PASSWORD });
    };
    for (const email of ["b@example.com", "c@example.com", "d@example.com", "e@example.com"]) await convert(email);
    for (let i = 0; i < 3; i++) await refused(convert("ada@example.com"), "email_taken");
    await refused(convert("ada@example.com"), "rate_limited");
  });

  it("passes beforeCreate a copy of the fields", async () => {
    const { anon } = setUp(memory(), {
      hooks: {
        beforeCreate({ data }) {
          Object.assign(data, { id: "evil", anonymous: false, plan: "paid" });
          return undefined;
        },
      },
    });
    const { record } = await anon.signInAnonymously({ data: { cart: 1 } });
    const { record: plain } = await anon.signInAnonymously();
    for (const one of [record, plain, await anon.admin.get(record.id), await anon.admin.get(plain.id)]) {
      assert.ok(one?.anonymous && one.id !== "evil" && !("plan" in one));
    }
  });
});

// at the same time, because each waits for the end of a window
describe("counters", { concurrency: true }, () => {
  /** The behaviour that all counters share. */
  async function check(counter: Counter): Promise<void> {
    const take = async () => (await counter.take("an address")) === null;
    // giving back without a take has no effect
    await counter.giveBack("an address");
    assert.deepEqual([await take(), await take(), await take(), await take()], [true, true, false, false]);
    const wait = await counter.take("an address");
    assert.ok(wait !== null && wait > 0 && wait <= 4_000, `${wait}`);
    // a refused take was not counted
    await counter.giveBack("an address");
    assert.deepEqual([await take(), await take()], [true, false]);
    assert.equal(await counter.take("another address"), null);
    await counter.clear("an address");
    assert.deepEqual([await take(), await take(), await take()], [true, true, false]);
    while (!(await take())) await new Promise((resume) => setTimeout(resume, 25));
    // takes of the previous window cannot be given back in this one
    for (let i = 0; i < 5; i++) await counter.giveBack("an address");
    assert.deepEqual([await take(), await take(), await take()], [true, true, false]);
  }

  it("count accepted takes, in memory", LONG, () => check(openCounter({ max: 2, seconds: 4 })));

  for (const { name, open, cleanup } of countingStores()) {
    it(`count accepted takes, on ${name}`, LONG, async (t) => {
      t.after(cleanup);
      const driver = await open();
      await check(driver.counter?.("test", { max: 2, seconds: 4 }) as Counter);
      // another limit of the same name has its own count
      assert.equal(await driver.counter?.("test", { max: 1, seconds: 4 }).take("an address"), null);
    });
  }
});

describe("counting anonymous accounts", () => {
  it("is not repeated for each account that is removed", async () => {
    const driver = memory();
    let pages = 0;
    const watched = {
      ...driver,
      due: (...args: Parameters<typeof driver.due>) => {
        pages++;
        return driver.due(...args);
      },
    };
    let now = 0;
    const guestCounts = createGuestCounts(createStore(handleOf(watched)), () => now);
    const guestCount = guestCounts.of("users");
    for (let i = 0; i < 1_000; i++) {
      const release = await guestCount.take(1);
      assert.ok(release, `${i}`);
      release(true);
      assert.equal(await guestCount.take(1), null);
      guestCounts.release("users");
    }
    assert.equal(pages, 1);
    now += 1;
    assert.ok(await guestCount.take(1));
    assert.equal(pages, 2);
  });

  it("notices accounts that are removed while it runs", async () => {
    const driver = memory();
    let now = 0;
    const guestCounts = createGuestCounts(
      createStore(
        handleOf({
          ...driver,
          due: async (...args: Parameters<typeof driver.due>) => {
            const page = await driver.due(...args);
            now += 1_000;
            // removed after it was counted, before the count ends
            if (page.entries.length > 0) guestCounts.release("users");
            return page;
          },
        }),
      ),
      () => now,
    );
    await driver.swap("acc:users:aaaaaaaaaaaaaaa", null, "an account", 5);
    assert.ok(await guestCounts.of("users").take(1));
  });
});
