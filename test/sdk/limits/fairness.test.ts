/** Limits count what they are there for, and nothing else: whoever does nothing wrong is not locked out. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { Anon } from "../../../sdk/contract/anon.ts";
import type { AnonError } from "../../../sdk/errors.ts";
import { createGuestCounts } from "../../../sdk/limits/max-anonymous.ts";
import { openCounter } from "../../../sdk/limits/memory-counter.ts";
import type { Counter } from "../../../sdk/storage/port.ts";
import { createStore } from "../../../sdk/storage/store.ts";
import memory from "../../../storage-drivers/memory.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import { needsRedis, standaloneUrl, stopServers, uniqueBase } from "../../support/redis.ts";
import { PASSWORD, refused, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

const LONG = { timeout: 300_000 };
const KEY = "an-idempotency-key";
const ONE = { max: 1, per: "1h" };

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

    it("are one visitor also when there may be only one more", LONG, async () => {
      for (const options of [{ limits: { signUpsPerAddress: ONE } }, { maxAnonymous: 1 }]) {
        const driver = await store.open();
        // two processes, as far as the storage is for several
        const processes =
          driver.guarantee === "process" ? [setUp(driver, options)] : [1, 2].map(() => setUp(driver, options));
        const visits = Array.from({ length: 12 }, (_, i) =>
          visit((processes[i % processes.length] as { anon: Anon }).anon, "192.0.2.1", KEY),
        );
        // in memory of several processes each counts for itself
        assert.equal(new Set(await Promise.all(visits)).size, 1);
      }
    });

    it("ask once, as an answer to a captcha is good once", LONG, async () => {
      let asked = 0;
      const { anon } = setUp(await store.open(), {
        hooks: {
          async beforeCreate() {
            await new Promise((resume) => setTimeout(resume, 5));
            return ++asked === 1;
          },
        },
      });
      const ids = await Promise.all(Array.from({ length: 8 }, () => visit(anon, "192.0.2.1", KEY)));
      assert.deepEqual([new Set(ids).size, asked], [1, 1]);
    });
  });
}

describe("what is counted", () => {
  it("is no right password, however many come at once", LONG, async () => {
    const { anon } = setUp(memory());
    await withAda(anon);
    const many = Array.from({ length: 30 }, () => anon.signInWithPassword("ada", PASSWORD));
    assert.ok((await codes(many)).filter((code) => code === "done").length >= 10);
    await anon.signInWithPassword("ada", PASSWORD);
  });

  it("is no password that was not looked at: others of that address go on", LONG, async () => {
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
    // what nobody can be called is counted by address alone
    for (const identity of ["", "a b", "\n"]) await refused(from(identity, "wrong"), "invalid_credentials");
    await refused(anon.signInWithPassword("", "wrong"), "invalid_credentials");
  });

  it(
    "is no right password of a guest, which nobody can guess: wrong ones do not keep its owner out",
    LONG,
    async () => {
      const { anon } = setUp(memory(), { limits: { passwordsPerIdentity: ONE } });
      const { email, password } = await anon.admin.createUser();
      await refused(anon.signInWithPassword(email, "wrong"), "invalid_credentials");
      await refused(anon.signInWithPassword(email, "wrong"), "rate_limited");
      await anon.signInWithPassword(email, password);
    },
  );

  it("is no account that was not made for want of a place or by an error of the application", async () => {
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

  it("is a refusal of the application, and whatever is falsy is one", async () => {
    for (const answer of [false, null, 0, ""]) {
      const { anon } = setUp(memory(), {
        limits: { signUpsPerAddress: { max: 2, per: "1h" } },
        hooks: { beforeCreate: () => answer as boolean },
      });
      for (let i = 0; i < 2; i++) await refused(visit(anon, "192.0.2.1"), "creation_refused");
      await refused(visit(anon, "192.0.2.1"), "rate_limited");
    }
  });

  it("is a conversion that fails, which would tell which emails are taken", LONG, async () => {
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

  it("is not what the hook does to its copy of the fields", async () => {
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

describe("counters", () => {
  after(stopServers);

  /** Behaviour that is the same wherever they are. */
  async function check(counter: Counter): Promise<void> {
    const take = async () => (await counter.take("somebody")) === null;
    // nothing is given back that was not taken
    await counter.giveBack("somebody");
    assert.deepEqual([await take(), await take(), await take(), await take()], [true, true, false, false]);
    const wait = await counter.take("somebody");
    assert.ok(wait !== null && wait > 0 && wait <= 4_000, `${wait}`);
    // what was refused was not counted
    await counter.giveBack("somebody");
    assert.deepEqual([await take(), await take()], [true, false]);
    assert.equal(await counter.take("somebody else"), null);
    await counter.clear("somebody");
    assert.deepEqual([await take(), await take(), await take()], [true, true, false]);
    while (!(await take())) await new Promise((resume) => setTimeout(resume, 25));
    // of the window before nothing is given back to this one but what it has
    for (let i = 0; i < 5; i++) await counter.giveBack("somebody");
    assert.deepEqual([await take(), await take(), await take()], [true, true, false]);
  }

  it("count what they let pass, in memory", LONG, () => check(openCounter({ max: 2, seconds: 4 })));

  it("count what they let pass, on redis", needsRedis("standalone", LONG), async () => {
    const driver = redis({ url: await standaloneUrl(), base: uniqueBase() });
    await check(driver.counter?.("test", { max: 2, seconds: 4 }) as Counter);
    // another limit of that name counts anew
    assert.equal(await driver.counter?.("test", { max: 1, seconds: 4 }).take("somebody"), null);
    await driver.dispose();
  });
});

describe("counting anonymous accounts", () => {
  it("is not done again for each that leaves", async () => {
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
    const guestCounts = createGuestCounts(createStore(watched), () => now);
    const people = guestCounts.of("users");
    for (let i = 0; i < 1_000; i++) {
      const release = await people.take(1);
      assert.ok(release, `${i}`);
      release(true);
      assert.equal(await people.take(1), null);
      guestCounts.release("users");
    }
    assert.equal(pages, 1);
    now += 1;
    assert.ok(await people.take(1));
    assert.equal(pages, 2);
  });

  it("sees a place that becomes free while it counts", async () => {
    const driver = memory();
    let now = 0;
    const guestCounts = createGuestCounts(
      createStore({
        ...driver,
        due: async (...args: Parameters<typeof driver.due>) => {
          const page = await driver.due(...args);
          now += 1_000;
          // counted already, and gone before the count ends
          if (page.entries.length > 0) guestCounts.release("users");
          return page;
        },
      }),
      () => now,
    );
    await driver.swap("acc:users:aaaaaaaaaaaaaaa", null, "an account", 5);
    assert.ok(await guestCounts.of("users").take(1));
  });
});
