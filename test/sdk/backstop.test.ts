/** What the storage deletes by itself when nobody collects: for how long each state of an account is stored. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import memory from "../../storage-drivers/memory.ts";
import { DAY, HOUR, intercepting, PASSWORD, refused, refusedAtOnce, setUp } from "../support/sdk.ts";

const OPTIONS = {
  sessionTtl: "365d",
  retention: "30d",
  quarantine: "7d",
  warning: "3d",
  activityResolution: "1h",
} as const;
const LEAST = 40 * DAY + HOUR;
const BACKSTOP = 60 * DAY;
const ADA = { email: "ada@example.com", password: PASSWORD };

/** A driver that notes for how long each value was written; it forgets none. */
function noting(): { driver: AtomicDriver; ttlOf: (id: string) => number | undefined; others: Set<unknown> } {
  const ttls = new Map<string, number | undefined>();
  const others = new Set<unknown>();
  const inner = memory();
  const driver = intercepting(inner, {
    takesTtl: true,
    async swap(key, expected, next, due, options) {
      const done = await inner.swap(key, expected, next, due);
      if (done && next !== null && key.startsWith("acc:")) ttls.set(key, options?.ttl);
      if (next !== null && !key.startsWith("acc:")) others.add(options?.ttl);
      return done;
    },
  });
  return { driver, ttlOf: (id) => ttls.get(`acc:users:${id}`), others };
}

describe("a backstop", () => {
  it("is refused where the storage cannot, and where it could come before gc or unasked", async () => {
    const { driver } = noting();
    refusedAtOnce(() => setUp(memory(), { ...OPTIONS, backstop: "60d" }), "invalid_options");
    refusedAtOnce(() => setUp(memory(), { collections: { a: { ...OPTIONS, backstop: "60d" } } }), "invalid_options");
    setUp(memory(), { ...OPTIONS, backstop: false });
    refusedAtOnce(() => setUp(driver, { backstop: "60d" }), "invalid_options");
    const short = refusedAtOnce(() => setUp(driver, { ...OPTIONS, backstop: LEAST - 1 }), "invalid_options");
    assert.match(short.message, new RegExp(String(LEAST)));
    setUp(driver, { ...OPTIONS, backstop: LEAST });
    refusedAtOnce(() => setUp(driver, { retention: 0, activityResolution: 0, backstop: 0 }), "invalid_options");
    refusedAtOnce(() => setUp(driver, { ...OPTIONS, backstop: "soon" }), "invalid_duration");
    refusedAtOnce(() => setUp(driver, { ...OPTIONS, backstop: "60d", keep: () => false }), "invalid_options");
    const beforeDelete = () => undefined;
    refusedAtOnce(() => setUp(driver, { ...OPTIONS, backstop: "60d", hooks: { beforeDelete } }), "invalid_options");
    const { anon } = setUp(driver, { ...OPTIONS, backstop: "60d" });
    refusedAtOnce(() => anon.hooks.hook("beforeDelete", beforeDelete), "invalid_options");
    refusedAtOnce(() => anon.hooks.hookOnce("beforeDelete", beforeDelete), "invalid_options");
    await refused(anon.admin.gc({ beforeDelete }), "invalid_options");
    // one collection may be without, and then may keep what it likes
    const collections = { users: {}, customers: { backstop: false, keep: () => true } } as const;
    const some = setUp(driver, { ...OPTIONS, backstop: "60d", collections });
    assert.equal((await some.anon.signInAnonymously({ collection: "customers" })).record.anonymous, true);
    // what is said for all has to be right for those that there are
    setUp(driver, { backstop: "60d", collections: { users: OPTIONS } });
    refusedAtOnce(() => setUp(driver, { backstop: "60d", collections: { users: {} } }), "invalid_options");
  });

  it("counts from every write of a guest, and of nothing else", async () => {
    const { driver, ttlOf, others } = noting();
    const { anon, clock } = setUp(driver, { ...OPTIONS, backstop: "60d", merge: { forwarding: "90d" } });
    const guest = await anon.signInAnonymously({ data: { cart: ["tea"] } });
    const { id } = guest.record;
    const made = [
      await anon.signInAnonymously(),
      await anon.admin.createUser(),
      await anon.signInAnonymously({ idempotencyKey: "0123456789abcdef" }),
    ];
    for (const { record } of made) assert.equal(ttlOf(record.id), BACKSTOP);
    const { code } = await anon.createTransferCode(guest.token);
    await anon.signInWithTransferCode(code);
    clock.now += 2 * HOUR;
    assert(await anon.authenticate(guest.token));
    await anon.admin.update(id, { a: 1 });
    assert.equal(ttlOf(id), BACKSTOP);

    await anon.admin.hold(id);
    assert.equal(ttlOf(id), undefined);
    await anon.admin.update(id, { a: 2 });
    assert.equal(ttlOf(id), undefined, "whatever is written while it is on hold");
    await anon.admin.release(id);
    assert.equal(ttlOf(id), BACKSTOP);

    const { token } = await anon.convert(guest.token, ADA);
    assert.equal(ttlOf(id), undefined);
    await anon.admin.update(id, { a: 3 });
    await anon.link(token, { provider: "google", subject: "1" });
    await anon.unlink(token, { provider: "google", subject: "1" });
    await anon.signInWithPassword(ADA.email, ADA.password);
    assert.equal(ttlOf(id), undefined, "whatever is written of who is registered");
    assert.deepEqual([...others], [undefined], "claims, codes and promises are gc's");
  });

  it("is for at least as long as what was promised: to be warned, to be restored, to be forwarded", async () => {
    const { driver, ttlOf } = noting();
    const warned: unknown[] = [];
    const { anon, clock } = setUp(driver, {
      ...{ ...OPTIONS, backstop: "60d", merge: { forwarding: "90d" } },
      hooks: { beforeExpiry: ({ record }) => (record.unreachable ? false : void warned.push(record.id)) },
    });
    const { record, token } = await anon.signInAnonymously();
    const { record: unreachable } = await anon.signInAnonymously({ data: { unreachable: true } });
    const writes = () => [ttlOf(record.id), ttlOf(unreachable.id)];
    clock.now += 59 * DAY;
    let written = 0;
    driver.swap = intercepted(driver.swap, () => written++);
    assert.equal((await anon.admin.gc()).warned, 1);
    assert.deepEqual([warned, writes(), written], [[record.id], [BACKSTOP, BACKSTOP], 2]);
    clock.now += 4 * DAY;
    assert.equal((await anon.admin.gc()).quarantined, 1);
    assert.deepEqual(writes(), [BACKSTOP, BACKSTOP]);
    await anon.admin.restore(record.id);
    assert.equal(ttlOf(record.id), BACKSTOP);

    const account = await anon.convert((await anon.signInAnonymously()).token, ADA);
    await anon.merge({ anonymous: token, account: account.token });
    assert.equal(ttlOf(record.id), 90 * DAY);
    assert.equal(ttlOf(account.record.id), undefined);
  });

  it("is none while a merge is under way", async () => {
    const { driver, ttlOf } = noting();
    let isDown = true;
    const { anon } = setUp(driver, {
      ...{ ...OPTIONS, backstop: "60d" },
      hooks: {
        merge: () => {
          if (isDown) throw new Error("the orders are not to be had");
        },
      },
    });
    const guest = await anon.signInAnonymously();
    const account = await anon.convert((await anon.signInAnonymously()).token, ADA);
    const both = { anonymous: guest.token, account: account.token };
    await assert.rejects(anon.merge(both));
    assert.equal(ttlOf(guest.record.id), undefined);
    await anon.admin.update(guest.record.id, { a: 1 });
    assert.equal(ttlOf(guest.record.id), undefined);
    isDown = false;
    await anon.merge(both);
    assert.equal(ttlOf(guest.record.id), 90 * DAY);
  });
});

function intercepted(swap: AtomicDriver["swap"], called: () => void): AtomicDriver["swap"] {
  return (...args) => {
    called();
    return swap(...args);
  };
}
