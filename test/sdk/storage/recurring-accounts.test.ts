/** An account that was read before is not decoded again while its text is the same, which must change nothing but the time. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import memory from "../../../storage-drivers/memory.ts";
import sql from "../../../storage-drivers/sql/index.ts";
import { DAY, setUp } from "../../support/sdk.ts";
import { usedMemory } from "../../support/used-memory.ts";

/** Without `read.now`, as the drivers of servers are. */
function withoutNow(driver: AtomicDriver): AtomicDriver {
  return { ...driver, read: (key) => driver.read(key) };
}

const kinds = { "with read.now": (driver: AtomicDriver) => driver, "without read.now": withoutNow };

for (const [name, kind] of Object.entries(kinds)) {
  describe(`an account that is read again and again, ${name}`, () => {
    it("is as another process has written it", async () => {
      const storage = memory();
      const here = setUp(kind(storage)).anon;
      const there = setUp(storage).anon;
      const { token, record } = await here.signInAnonymously();
      for (const city of ["Ulm", "Bonn", "Ulm"]) {
        await there.update(token, { city });
        for (let time = 0; time < 3; time++)
          assert.equal((await here.authenticate(token))?.record.city, city, `${city}, request ${time}`);
      }
      await there.signOut(token);
      assert.equal(await here.authenticate(token), null);
      await there.admin.delete(record.id);
      assert.equal(await here.authenticate(token), null);
      assert.equal(await here.admin.get(record.id), null);
    });

    it("is not what the application made of its record", async () => {
      const { anon } = setUp(kind(memory()));
      const data = { city: "Ulm", cart: { items: [{ id: 1 }] }, tags: ["a"] };
      for (const own of [{}, { city: "Ulm" }, data]) {
        const { token } = await anon.signInAnonymously({ data: own });
        const before = structuredClone((await anon.authenticate(token))?.record);
        for (let time = 0; time < 4; time++) {
          const found = await anon.authenticate(token);
          assert.deepEqual(found?.record, before);
          const record = found?.record as unknown as typeof data & { email: string };
          record.email = "mallory@example.com";
          record.city = "Bonn";
          record.cart?.items.push({ id: 2 });
          record.tags?.push("b");
          Object.assign(found?.claims as object, { id: "aaaaaaaaaaaaaaa" });
        }
        assert.deepEqual((await anon.authenticate(token))?.record, before);
      }
    });

    it("is not another one with the same id in another collection", async () => {
      const { anon } = setUp(kind(memory()), { collections: { users: {}, customers: {} } });
      for (const collection of ["users", "customers"] as const)
        await anon.admin.importAccount({ id: "same", email: `${collection}@example.com`, collection });
      for (let time = 0; time < 3; time++)
        for (const collection of ["users", "customers"] as const)
          assert.equal((await anon.admin.get({ id: "same", collection }))?.email, `${collection}@example.com`);
    });

    it("is not there while the storage fails, and damage is reported", async () => {
      const storage = memory();
      let fails = false;
      const failing: AtomicDriver = {
        ...storage,
        read: (key) => (fails ? Promise.reject(new Error("down")) : storage.read(key)),
      };
      const { anon } = setUp(name === "with read.now" ? storage : failing);
      const { token, record } = await anon.signInAnonymously();
      for (let time = 0; time < 3; time++) assert.ok(await anon.authenticate(token));
      fails = true;
      if (name === "with read.now") await storage.dispose();
      await assert.rejects(async () => anon.authenticate(token), { code: "storage_unavailable" });
      assert.ok(record.id);
    });

    it("is refused when its text is damaged", async () => {
      const storage = memory();
      const { anon } = setUp(kind(storage));
      const { token, record } = await anon.signInAnonymously();
      for (let time = 0; time < 3; time++) assert.ok(await anon.authenticate(token));
      const key = `acc:users:${record.id}`;
      const text = (await storage.read(key)) as string;
      await storage.swap(key, text, text.slice(0, -1), 0);
      for (let time = 0; time < 3; time++)
        await assert.rejects(async () => anon.authenticate(token), { code: "storage_corrupt" });
    });

    it("keeps nothing of the text that its id was cut out of", async () => {
      const { anon } = setUp(kind(memory()));
      const ids: string[] = [];
      for (let count = 0; count < 4_000; count++) ids.push((await anon.signInAnonymously()).record.id);
      const path = "x".repeat(15_000);
      const before = usedMemory();
      for (const id of ids) {
        for (let time = 0; time < 3; time++) {
          // one string, as a server reads it
          const url = Buffer.from(`/${path}/${id}`).toString("latin1");
          assert.ok(await anon.admin.get(url.slice(-id.length)));
        }
      }
      const megabytes = (usedMemory() - before) / 1_000_000;
      assert.ok(megabytes < 10, `${megabytes} MB`);
    });

    it("counts activity, and ends with its session", async () => {
      const storage = memory();
      const { anon, clock } = setUp(kind(storage), { sessionTtl: "30d" });
      const { token, record } = await anon.signInAnonymously();
      const text = async () => (await storage.read(`acc:users:${record.id}`)) as string;
      const first = JSON.parse(await text()).lastActive;
      for (let day = 0; day < 10; day++) {
        clock.now += DAY;
        for (let time = 0; time < 3; time++) assert.ok(await anon.authenticate(token), `day ${day}`);
        assert.equal(JSON.parse(await text()).lastActive, clock.now);
      }
      assert.ok(JSON.parse(await text()).lastActive > first);
      clock.now += 40 * DAY;
      assert.equal(await anon.authenticate(token), null);
    });
  });
}

describe("a driver with read.now", () => {
  it("is read by the promise where the value is not at hand", async () => {
    const storage = memory();
    let asked = 0;
    const read = Object.assign((key: string) => storage.read(key), { now: () => void asked++ });
    const { anon } = setUp({ ...storage, read });
    const { token } = await anon.signInAnonymously();
    assert.ok(await anon.authenticate(token));
    assert.ok(asked > 0);
  });

  it("is read by what an application puts in the place of read, also with all of its properties", async () => {
    for (const storage of [memory(), sql({ url: "sqlite::memory:" })]) {
      const { anon } = setUp(storage);
      const { token } = await anon.signInAnonymously();
      assert.ok(await anon.authenticate(token));
      let isDown = false;
      const apply = () => (isDown ? Promise.reject(new Error("down")) : Promise.resolve(null));
      // as mock.method of node:test, and the tracers of some services
      const traced = new Proxy(storage.read, { apply });
      const { anon: behind } = setUp({ ...storage, read: traced });
      assert.equal(await behind.authenticate(token), null, storage.name);
      isDown = true;
      await assert.rejects(async () => behind.authenticate(token), { code: "storage_unavailable" }, storage.name);
      // the copies of a function by others
      const { anon: other } = setUp({ ...storage, read: Object.assign(() => apply(), storage.read) });
      await assert.rejects(async () => other.authenticate(token), { code: "storage_unavailable" }, storage.name);
      await storage.dispose();
    }
  });
});
