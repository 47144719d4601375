/** `list` by state and in order. */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { ListOptions } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";
import { collect, DAY, PASSWORD, refused, setUp } from "../../support/sdk.ts";

it("lists accounts in one state, and refuses conditions that contradict it", async () => {
  const { anon, clock } = setUp(memory(), { quarantine: "30d" });
  const { record: quarantined } = await anon.admin.createUser();
  clock.now += 20 * DAY;
  await anon.admin.gc({ olderThan: "10d" });
  const { record: guest } = await anon.admin.createUser();
  const { record: held } = await anon.admin.createUser();
  await anon.admin.hold(held.id);
  const ada = await anon.register({ email: "ada@example.com", password: PASSWORD });
  const ids = async (options: ListOptions) => (await collect(anon.admin.list(options))).map(({ id }) => id).sort();
  assert.deepEqual(await ids({ state: "anonymous" }), [guest.id, held.id].sort());
  assert.deepEqual(await ids({ state: "registered" }), [ada.id]);
  assert.deepEqual(await ids({ state: "quarantined" }), [quarantined.id]);
  assert.deepEqual(await ids({ state: "held" }), [held.id]);
  assert.deepEqual(await ids({ state: "held", quarantined: true }), []);
  assert.deepEqual(await ids({ state: "held", anonymous: false }), []);
  assert.deepEqual(await ids({ state: "merged" }), []);
  const contradictions: ListOptions[] = [
    { state: "anonymous", anonymous: false },
    { state: "registered", anonymous: true },
    { state: "registered", quarantinedWithin: "1d" },
    { state: "quarantined", quarantined: false },
    { state: "gone" as "held" },
  ];
  for (const options of contradictions) await refused(ids(options), "invalid_options");
});

it("sorts as many accounts as the limit says, in bounded memory", async () => {
  const { anon, clock } = setUp(memory());
  const made: string[] = [];
  for (let index = 0; index < 25; index++) {
    clock.now += DAY;
    made.push((await anon.admin.createUser()).record.id);
  }
  const ids = async (options: ListOptions) => (await collect(anon.admin.list(options))).map(({ id }) => id);
  assert.deepEqual(await ids({ sort: "created", limit: 4 }), made.slice(0, 4));
  assert.deepEqual(await ids({ sort: "-lastActive", limit: 4 }), made.slice(-4).reverse());
  assert.deepEqual(await ids({ sort: "-created", limit: 100 }), [...made].reverse());
  await refused(ids({ sort: "created" }), "invalid_options");
  await refused(ids({ sort: "email" as "created", limit: 1 }), "invalid_options");
});
