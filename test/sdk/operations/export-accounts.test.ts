/** `exportAccounts`: all accounts, as `importAccount` accepts them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AnonOptions, ImportedAccount } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";
import { collect, PASSWORD, setUp } from "../../support/sdk.ts";

const ADA: ImportedAccount = {
  id: "Xb7-Q_2",
  collection: "users",
  anonymous: false,
  email: "Ada@Example.com",
  verified: true,
  username: "ada",
  created: "2021-03-04T05:06:07.000Z",
  updated: "2022-03-04T05:06:07.000Z",
  lastActive: "2023-03-04T05:06:07.000Z",
  identities: [
    {
      provider: "google",
      subject: "1",
      email: "ada@example.com",
      emailVerified: true,
      linked: "2021-03-05T00:00:00.000Z",
    },
  ],
  fields: { plan: "pro", cart: [1, { two: null }] },
};
const GUEST: ImportedAccount = {
  id: "Guest_1",
  collection: "users",
  anonymous: true,
  created: "2021-03-04T05:06:07.000Z",
  updated: "2021-03-04T05:06:07.000Z",
  lastActive: "2023-03-04T05:06:07.000Z",
};

function start(options: Partial<AnonOptions> = {}) {
  return setUp(memory(), options);
}

const byId = (list: readonly ImportedAccount[]): ImportedAccount[] =>
  [...list].sort((one, other) => (one.id < other.id ? -1 : 1));

describe("exportAccounts", () => {
  it("returns what was imported", async () => {
    const { anon } = start();
    for (const account of [ADA, GUEST]) await anon.admin.importAccount(account);
    assert.deepEqual(byId(await collect(anon.admin.exportAccounts())), [GUEST, ADA]);
  });

  it("has the hashes only when they are asked for", async () => {
    const { anon } = start();
    await anon.register({ email: "eve@example.com", password: PASSWORD });
    await anon.admin.createUser();
    for (const account of await collect(anon.admin.exportAccounts())) assert.ok(!("passwordHash" in account));
    const hashes = (await collect(anon.admin.exportAccounts({ withHashes: true }))).map(
      (one) => one.passwordHash ?? "",
    );
    assert.deepEqual(hashes.map((hash) => hash.split("$")[1]).sort(), ["argon2id", "sha256"]);
  });

  it("loses nothing of the format on the way to another storage, and people sign in there", async () => {
    const [from, to] = [start().anon, start().anon];
    const eve = await from.register({ email: "eve@example.com", password: PASSWORD, data: { plan: "pro" } });
    const guest = await from.admin.createUser({ data: { cart: ["tea"] } });
    const converted = await from.admin.convertWithIdentity((await from.admin.createUser()).record.id, {
      provider: "github",
      subject: "583231",
    });
    for (const account of [ADA, GUEST]) await from.admin.importAccount(account);
    const exported = await collect(from.admin.exportAccounts({ withHashes: true }));
    assert.equal(exported.length, 5);
    for (const account of exported) {
      // as text, as a file has it
      const read = JSON.parse(JSON.stringify(account)) as ImportedAccount;
      assert.equal((await to.admin.importAccount(read)).outcome, "created");
      assert.equal((await to.admin.importAccount(read)).outcome, "present");
    }
    assert.deepEqual(byId(await collect(to.admin.exportAccounts({ withHashes: true }))), byId(exported));
    assert.deepEqual(await to.admin.get(eve.id), eve);
    assert.deepEqual(await to.admin.get(guest.record.id), guest.record);
    assert.equal((await to.signInWithPassword("eve@example.com", PASSWORD)).record.id, eve.id);
    assert.equal((await to.signInWithPassword(guest.email, guest.password)).record.id, guest.record.id);
    const identity = { provider: "github", subject: "583231" };
    assert.equal((await to.signInWithIdentity(identity))?.record.id, converted.record.id);
  });

  it("leaves out accounts in quarantine, and those of other collections", async () => {
    const { anon, clock } = start({ quarantine: "7d", collections: { users: {}, customers: {} } });
    await anon.admin.createUser();
    clock.now += 20 * 86_400_000;
    await anon.admin.gc({ olderThan: "10d" });
    const { record } = await anon.admin.createUser({ collection: "customers" });
    assert.deepEqual(await collect(anon.admin.exportAccounts()), []);
    const [one, ...others] = await collect(anon.admin.exportAccounts({ collection: "customers" }));
    assert.deepEqual([one?.id, one?.collection, others.length], [record.id, "customers", 0]);
  });
});
