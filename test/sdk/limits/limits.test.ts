/** Limits of password attempts and of the number of anonymous accounts. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { Creation } from "../../../sdk/contract/limits.ts";
import type { AnonError } from "../../../sdk/errors.ts";
import { createGuestCounts } from "../../../sdk/limits/max-anonymous.ts";
import { networkOf } from "../../../sdk/limits/networks.ts";
import { handleOf } from "../../../sdk/storage/driver-handle.ts";
import { createStore } from "../../../sdk/storage/store.ts";
import memory from "../../../storage-drivers/memory.ts";
import { collect, DAY, PASSWORD, refused, refusedAtOnce, setUp } from "../../support/sdk.ts";
import { STORES } from "../../support/stores.ts";

const LONG = { timeout: 300_000 };
const WRONG = "a wrong password";
const KEY = "an-idempotency-key";

/** The error codes of the calls, sorted; `done` for those that succeeded. */
async function codes(calls: Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((one) => (one.status === "fulfilled" ? "done" : (one.reason as AnonError).code)).sort();
}

describe("limits", () => {
  it("are refused when they are invalid", () => {
    for (const limits of [
      { signUpsPerAddress: { max: 0, per: "1h" } },
      { signUpsPerAddress: { max: 1.5, per: "1h" } },
      { passwordsPerAddress: { max: 1, per: "500ms" } },
      { passwordsPerAddress: { max: 1, per: "25d" } },
      { passwordsPerAddress: { max: 1, per: "often" } },
      { signups: { max: 1, per: "1h" } },
      { ipv6Prefix: 31 },
      { ipv6Prefix: 129 },
      { ipv6Prefix: 56.5 },
      { ipv6Prefix: "/56" },
      "none",
    ]) {
      const error = refusedAtOnce(() => setUp(memory(), { limits: limits as never }), "invalid_options");
      assert.match(error.message, /`limits/);
    }
    for (const maxAnonymous of [-1, 0.5, "many" as never]) {
      refusedAtOnce(() => setUp(memory(), { maxAnonymous }), "invalid_options");
    }
    refusedAtOnce(() => setUp(memory(), { hooks: { beforeCreate: true as never } }), "invalid_options");
    for (const trustedProxy of [{ header: "a b" }, { header: "forwarded" }, { header: "x-real-ip", hops: 0 }, {}]) {
      refusedAtOnce(() => setUp(memory(), { trustedProxy: trustedProxy as never }), "invalid_options");
    }
  });

  it("count by IPv4 address or IPv6 prefix, in any notation", () => {
    for (const [address, prefix, network] of [
      ["192.0.2.1", 56, "192.0.2.1"],
      ["192.0.2.1:8080", 56, "192.0.2.1"],
      ["::ffff:192.0.2.1", 32, "192.0.2.1"],
      ["[::ffff:c000:201]:443", 32, "192.0.2.1"],
      ["2001:db8:1:2:3:4:5:6", 64, "2001:db8:1:2:0:0:0:0/64"],
      ["2001:DB8:1:2::", 64, "2001:db8:1:2:0:0:0:0/64"],
      ["[2001:db8:1:2::9]", 64, "2001:db8:1:2:0:0:0:0/64"],
      ["2001:db8:1:3::9", 64, "2001:db8:1:3:0:0:0:0/64"],
      ["2001:db8:1:abcd::9", 56, "2001:db8:1:ab00:0:0:0:0/56"],
      ["2001:db8:1:abcd::9", 61, "2001:db8:1:abc8:0:0:0:0/61"],
      ["2001:db8:1:abcd::9", 48, "2001:db8:1:0:0:0:0:0/48"],
      ["2001:db8:ffff:abcd::9", 32, "2001:db8:0:0:0:0:0:0/32"],
      ["2001:db8::ffff:9", 128, "2001:db8:0:0:0:0:ffff:9/128"],
      ["::1", 56, "0:0:0:0:0:0:0:0/56"],
      ["fe80::1%eth0", 56, "fe80:0:0:0:0:0:0:0/56"],
      ["fe80::1%eth0.100", 56, "fe80:0:0:0:0:0:0:0/56"],
      [" 192.0.2.1 ", 56, "192.0.2.1"],
      ["::", 128, "0:0:0:0:0:0:0:0/128"],
      ["1::", 128, "1:0:0:0:0:0:0:0/128"],
      ["0:0:3:0:0:0:7:8", 128, "0:0:3:0:0:0:7:8/128"],
      ["2001:db8::192.0.2.1", 128, "2001:db8:0:0:0:0:c000:201/128"],
      ["0:0:0:0:0:FFFF:192.0.2.1", 56, "192.0.2.1"],
      ["::ffff:0:192.0.2.1", 128, "0:0:0:0:ffff:0:c000:201/128"],
      ["unknown", 56, null],
      ["", 56, null],
      ["256.0.0.1", 56, null],
      ["192.0.2.1.", 56, null],
      ["2001:db8", 56, null],
      ["1::2::3", 56, null],
      ["1:2:3:4:5:6:7:8:9", 56, null],
      ["12345::", 56, null],
      ["::1/64", 56, null],
      ["::1]@[::2", 56, null],
      ["example.com", 56, null],
    ] as const) {
      assert.equal(networkOf(address, prefix), network, address);
    }
  });

  it("stop password attempts for one identity, also correct ones, but not for other identities", LONG, async () => {
    const { anon } = setUp(memory());
    const guest = await anon.signInAnonymously();
    await anon.convert(guest.token, { email: "ada@example.com", password: PASSWORD });
    // correct passwords are not limited, concurrent or not
    assert.deepEqual(
      await codes(Array.from({ length: 9 }, () => anon.signInWithPassword("ada@example.com", PASSWORD))),
      new Array(9).fill("done"),
    );
    await anon.signInWithPassword("ada@example.com", PASSWORD);
    await anon.signInWithPassword("ada@example.com", PASSWORD);
    // the same identity in other spellings
    const spelled = ["ada@example.com", "ADA@Example.com", "ａda@example.com"];
    const guesses = await codes(
      Array.from({ length: 24 }, (_, i) => anon.signInWithPassword(spelled[i % 3] as string, WRONG)),
    );
    assert.deepEqual(guesses, [...new Array(10).fill("invalid_credentials"), ...new Array(14).fill("rate_limited")]);
    const error = await refused(anon.signInWithPassword("ada@example.com", PASSWORD), "rate_limited");
    assert.ok(error.retryAfter !== undefined && error.retryAfter > 0 && error.retryAfter <= 900);
    assert.equal(error.status, 429);
    await refused(anon.signInWithPassword("bob@example.com", WRONG), "invalid_credentials");
    // in another collection it is another identity
    await refused(
      anon.signInWithPassword("ada@example.com", WRONG, { collection: "customers" }),
      "invalid_credentials",
    );
  });

  it("refuse the names of accounts, of guests and of no account alike", LONG, async () => {
    const { anon } = setUp(memory(), { limits: { passwordsPerIdentity: { max: 2, per: "1h" } } });
    await anon.convert((await anon.signInAnonymously()).token, { email: "ada@example.com", password: PASSWORD });
    const guest = await anon.admin.createUser();
    // a correct password is not counted
    for (let i = 0; i < 3; i++) await anon.signInWithPassword(guest.email, guest.password);
    const unknown = "aaaaaaaaaaaaaaa";
    for (const name of [
      "ada@example.com",
      guest.email,
      guest.record.username,
      guest.email.replace(guest.record.id, unknown),
      guest.record.username.replace(guest.record.id, unknown),
      "unknown@example.com",
      "unknown",
    ]) {
      const guesses: string[] = [];
      for (let i = 0; i < 4; i++) guesses.push(...(await codes([anon.signInWithPassword(name, WRONG)])));
      const [wrong, limited] = ["invalid_credentials", "rate_limited"];
      assert.deepEqual(guesses, [wrong, wrong, limited, limited], name);
    }
  });

  it("can be switched off, all or one", LONG, async () => {
    for (const limits of [false, { passwordsPerIdentity: false }] as const) {
      const { anon } = setUp(memory(), { limits });
      const guesses = Array.from({ length: 12 }, () => anon.signInWithPassword("unknown@example.com", WRONG));
      assert.deepEqual(await codes(guesses), new Array(12).fill("invalid_credentials"));
    }
  });
});

for (const store of STORES) {
  describe(`maxAnonymous over ${store.name}`, () => {
    after(() => store.cleanup());

    it("limits how many anonymous accounts exist, also for concurrent sign-ins", LONG, async () => {
      const driver = await store.open();
      const options = { collections: { users: { maxAnonymous: 3 }, customers: {} } } as const;
      const { anon, clock } = setUp(driver, options);
      const signIns = Array.from({ length: 10 }, () => anon.signInAnonymously());
      assert.deepEqual(await codes(signIns), [
        ...new Array(3).fill("done"),
        ...new Array(7).fill("too_many_anonymous"),
      ]);
      await refused(anon.admin.createUser(), "too_many_anonymous");
      await refused(anon.signInAnonymously({ idempotencyKey: KEY }), "too_many_anonymous");
      // another process counts the same accounts
      await refused(setUp(driver, options).anon.signInAnonymously(), "too_many_anonymous");
      await anon.signInAnonymously({ collection: "customers" });

      const [first, second] = (await collect(anon.admin.list())) as unknown as [{ id: string }, { id: string }];
      await anon.admin.convert({ id: first.id }, { email: "ada@example.com", password: PASSWORD });
      const third = await anon.signInAnonymously();
      await refused(anon.signInAnonymously(), "too_many_anonymous");
      await anon.admin.delete(second.id);
      // the key creates the last account, and repeating it needs no more room
      const again = await anon.signInAnonymously({ idempotencyKey: KEY });
      assert.equal((await anon.signInAnonymously({ idempotencyKey: KEY })).record.id, again.record.id);
      await refused(anon.signInAnonymously(), "too_many_anonymous");
      clock.now += 31 * DAY;
      assert.equal((await anon.admin.gc({ olderThan: "30d" })).deleted, 4);
      await anon.signInAnonymously();
      assert.equal(await anon.admin.get(third.record.id), null);
    });
  });
}

describe("maxAnonymous at the top level", () => {
  it("limits all collections together, beside the limit of a collection", async () => {
    const driver = memory();
    const options = { maxAnonymous: 3, collections: { users: {}, demos: { maxAnonymous: 1 } } } as const;
    const { anon } = setUp(driver, options);
    await anon.signInAnonymously({ collection: "demos" });
    const one = await refused(anon.signInAnonymously({ collection: "demos" }), "too_many_anonymous");
    assert.match(one.message, /collection "demos" has 1/);
    const signIns = Array.from({ length: 6 }, () => anon.signInAnonymously());
    assert.deepEqual(await codes(signIns), [...new Array(2).fill("done"), ...new Array(4).fill("too_many_anonymous")]);
    const all = await refused(setUp(driver, options).anon.signInAnonymously(), "too_many_anonymous");
    assert.match(all.message, /all collections together have 3/);
    const [guest] = await collect(anon.admin.list({ collection: "demos" }));
    await anon.admin.delete({ collection: "demos", id: (guest as { id: string }).id });
    await anon.signInAnonymously();
    await refused(anon.signInAnonymously({ collection: "demos" }), "too_many_anonymous");
  });

  it("counts all collection names if none is configured", async () => {
    const { anon } = setUp(memory(), { maxAnonymous: 2 });
    const signIns = ["users", "a", "b", "c"].map((collection) => anon.signInAnonymously({ collection }));
    assert.deepEqual(await codes(signIns), ["done", "done", "too_many_anonymous", "too_many_anonymous"]);
  });
});

describe("counting anonymous accounts", () => {
  it("uses the previous count while a slow one runs, and waits when its room is used up", async () => {
    const driver = memory();
    let now = 0;
    let counts = 0;
    let proceed: () => void = () => undefined;
    const slow = {
      ...driver,
      due: async (...args: Parameters<typeof driver.due>) => {
        counts++;
        now += 1_000;
        if (counts > 1) await new Promise<void>((resolve) => (proceed = resolve));
        return driver.due(...args);
      },
    };
    const guestCount = createGuestCounts(createStore(handleOf(slow)), () => now).of("users");
    const add = async (id: string): Promise<void> => {
      const release = await guestCount.take(3);
      assert.ok(release);
      await driver.swap(`acc:users:${id}`, null, "an account", 5);
      release(true);
    };
    await add("a");
    await add("b");
    assert.equal(counts, 1);
    // the count took one second, so it is valid for fifty
    now += 49_000;
    await driver.swap("acc:users:b", "an account", null);
    await add("c");
    assert.equal(await guestCount.take(3), null);
    now += 2_000;
    const waiting = guestCount.take(3);
    await Promise.resolve();
    assert.equal(counts, 2);
    proceed();
    (await waiting)?.(false);
    now += 51_000;
    const atOnce = await guestCount.take(3);
    assert.ok(atOnce, "the new count is still running");
    assert.equal(counts, 3);
    proceed();
  });

  it("fails if the storage fails, and is retried by the next call", async () => {
    const driver = memory();
    let down = true;
    const flaky = {
      ...driver,
      due: async (...args: Parameters<typeof driver.due>) => {
        if (down) throw new Error("gone");
        return driver.due(...args);
      },
    };
    const { anon } = setUp(flaky, { maxAnonymous: 1 });
    await refused(anon.signInAnonymously(), "storage_unavailable");
    down = false;
    await anon.signInAnonymously();
  });
});

describe("beforeCreate", () => {
  it("is called for every new account, with its collection and fields", async () => {
    const creations: Creation[] = [];
    const { anon } = setUp(memory(), {
      hooks: {
        beforeCreate(creation) {
          creations.push(creation);
          if (creation.data.bot) return false;
          if (creation.data.broken) throw new TypeError("of the application");
          return undefined;
        },
      },
    });
    await anon.signInAnonymously({ data: { cart: 1 } });
    await anon.admin.createUser({ collection: "customers" });
    await anon.signInAnonymously({ idempotencyKey: KEY });
    await anon.signInAnonymously({ idempotencyKey: KEY });
    const noRequest = { request: undefined, address: undefined, anonymous: true };
    assert.deepEqual(creations, [
      { collection: "users", data: { cart: 1 }, ...noRequest },
      { collection: "customers", data: {}, ...noRequest },
      { collection: "users", data: {}, ...noRequest },
    ]);
    await refused(anon.signInAnonymously({ data: { bot: true } }), "creation_refused");
    await refused(anon.admin.createUser({ data: { bot: true } }), "creation_refused");
    await assert.rejects(anon.signInAnonymously({ data: { broken: true } }), TypeError);
    await refused(anon.signInAnonymously({ data: { bot: true }, idempotencyKey: `${KEY}2` }), "creation_refused");
    assert.equal((await collect(anon.admin.list())).length, 2);
  });

  it("stores nothing if it refuses", async () => {
    const driver = memory();
    const { anon } = setUp(driver, { hooks: { beforeCreate: () => false } });
    await refused(anon.signInAnonymously({ idempotencyKey: KEY }), "creation_refused");
    await refused(anon.signInAnonymously(), "creation_refused");
    assert.deepEqual(await collect(driver.keys("")), []);
  });
});
