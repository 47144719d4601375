/** Accounts of other systems, stored by `importAccount`. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AnonErrorCode, AnonOptions, ImportedAccount } from "../../../sdk/types.ts";
import { createSessionVerifier } from "../../../sdk/verify/index.ts";
import memory from "../../../storage-drivers/memory.ts";
import { sender } from "../../support/api.ts";
import { collect, intercepting, PASSWORD, refused, SECRET, setUp } from "../../support/sdk.ts";

const ADA: ImportedAccount = {
  id: "Xb7-Q_2",
  email: "Ada@Example.com",
  username: "ada",
  verified: true,
  created: "2021-03-04T05:06:07.000Z",
  updated: new Date("2022-03-04T05:06:07.000Z"),
  lastActive: "2023-03-04T05:06:07+01:00",
  identities: [
    { provider: "google", subject: "1", email: "ada@example.com", emailVerified: true, linked: "2021-03-05" },
  ],
  fields: { plan: "pro", cart: [1, 2] },
};

function start(options: Partial<AnonOptions> = {}) {
  const driver = memory();
  return { driver, ...setUp(driver, options) };
}

describe("importAccount", () => {
  it("stores a registered account as it was, under its own id", async () => {
    const { anon } = start();
    const { outcome, record, differences } = await anon.admin.importAccount(ADA);
    assert.deepEqual([outcome, differences], ["created", []]);
    assert.deepEqual(record, {
      id: "Xb7-Q_2",
      collectionName: "users",
      email: "Ada@Example.com",
      username: "ada",
      verified: true,
      anonymous: false,
      created: "2021-03-04T05:06:07.000Z",
      updated: "2022-03-04T05:06:07.000Z",
      plan: "pro",
      cart: [1, 2],
    });
    assert.deepEqual(await anon.admin.get("Xb7-Q_2"), record);
    assert.deepEqual(await anon.admin.findByEmail("ada@example.COM"), record);
    assert.deepEqual(await collect(anon.admin.list()), [record]);
    const { lastActive, identities } = await anon.admin.exportAccount("Xb7-Q_2");
    assert.equal(lastActive, "2023-03-04T04:06:07.000Z");
    assert.equal(identities[0]?.linked, "2021-03-05T00:00:00.000Z");
    const signedIn = await anon.signInWithIdentity({ provider: "google", subject: "1" });
    assert.deepEqual((await anon.authenticate(signedIn!.token))?.record, record);
  });

  it("keeps a hash of ours, with which its owner signs in", async () => {
    const { anon, driver } = start();
    await anon.register({ email: "eve@example.com", password: PASSWORD });
    const id = (await anon.admin.findByEmail("eve@example.com"))!.id;
    const { password } = JSON.parse((await driver.read(`acc:users:${id}`))!) as { password: string };
    await anon.admin.importAccount({ ...ADA, passwordHash: password });
    assert.equal((await anon.signInWithPassword("ada@example.com", PASSWORD)).record.id, ADA.id);
    assert.equal((await anon.signInWithPassword("ada", PASSWORD)).record.id, ADA.id);
  });

  it("changes nothing the second time, whatever has happened to the account since", async () => {
    const { anon, driver } = start();
    await anon.admin.importAccount(ADA);
    const { token } = (await anon.signInWithIdentity({ provider: "google", subject: "1" }))!;
    await anon.link(token, { provider: "github", subject: "2" });
    const text = await driver.read("acc:users:_xb7-_q__2");
    assert.notEqual(text, null);
    assert.deepEqual((await anon.admin.importAccount(ADA)).outcome, "present");
    assert.equal(await driver.read("acc:users:_xb7-_q__2"), text);
  });

  it("says how an account with the id differs, and leaves it", async () => {
    const { anon, driver } = start();
    await anon.admin.importAccount({ ...ADA, verified: false });
    const key = "acc:users:_xb7-_q__2";
    const text = await driver.read(key);
    const differing: [keyof ImportedAccount, Partial<ImportedAccount>][] = [
      ["email", { email: "eve@example.com" }],
      ["username", { username: "eve" }],
      ["verified", { verified: true }],
      ["created", { created: "2020-01-01" }],
      ["identities", { identities: [{ provider: "github", subject: "1" }] }],
      ["fields", { fields: { plan: "free", cart: [1, 2] } }],
      ["passwordHash", { passwordHash: `$sha256$x$${"A".repeat(43)}` }],
    ];
    for (const [name, change] of differing) {
      const { outcome, differences, record } = await anon.admin.importAccount({ ...ADA, verified: false, ...change });
      assert.deepEqual([outcome, differences, record.email], ["differs", [name], "Ada@Example.com"]);
    }
    const { cart, plan } = ADA.fields!;
    assert.equal(
      (await anon.admin.importAccount({ ...ADA, verified: false, fields: { cart, plan } })).outcome,
      "present",
    );
    const guest = { id: ADA.id, anonymous: true };
    assert.equal((await anon.admin.importAccount(guest)).outcome, "differs");
    assert.equal(await driver.read(key), text);
    assert.deepEqual((await collect(driver.keys("clm:"))).length, 3, "no lock is left behind");
  });

  it("takes no email, username or identity of another account, and leaves nothing behind", async () => {
    const { anon, driver } = start();
    await anon.admin.importAccount(ADA);
    const before = await collect(driver.keys(""));
    for (const [code, change] of [
      ["email_taken", { username: undefined, identities: [] }],
      ["username_taken", { email: "eve@example.com", identities: [] }],
      ["identity_taken", { email: "eve@example.com", username: "eve" }],
    ] as const) {
      for (const dryRun of [true, false]) {
        await refused(anon.admin.importAccount({ ...ADA, id: "other", ...change }, { dryRun }), code);
      }
    }
    assert.deepEqual((await collect(driver.keys(""))).sort(), before.sort());
    assert.deepEqual((await driver.due(Number.MAX_SAFE_INTEGER, { limit: 9, cursor: null })).entries, []);
  });

  it("stores nothing in a dry run, and returns what it would", async () => {
    const { anon, driver } = start();
    const { outcome, record } = await anon.admin.importAccount(ADA, { dryRun: true });
    assert.equal(outcome, "created");
    assert.deepEqual(await collect(driver.keys("")), []);
    assert.deepEqual((await anon.admin.importAccount(ADA)).record, record);
    assert.equal((await anon.admin.importAccount(ADA, { dryRun: true })).outcome, "present");
  });

  it("gives a registered account without an email one that receives no mail, and never collects it", async () => {
    const { anon, clock } = start();
    for (const id of ["Zz", "0123456789abcde"]) {
      const { record } = await anon.admin.importAccount({ id, lastActive: "2001-01-01" });
      assert.equal(record.anonymous, false);
      assert.equal((await anon.admin.findByEmail(record.email))?.id, id);
      assert.equal(
        (await anon.admin.importAccount({ id, email: record.email, username: record.username })).outcome,
        "present",
      );
    }
    clock.now += 400 * 86_400_000;
    assert.equal((await anon.admin.gc({ olderThan: "1d" })).deleted, 0);
  });

  it("queues a guest by its last activity, with an email of ours", async () => {
    const { anon, driver } = start({ guestEmailDomain: "guests.example" });
    const lastActive = "2023-01-01T00:00:00Z";
    const guests = ["k3v9k3v9k3v9k3v", "AbC", "a-b_c", "550e8400-e29b-41d4-a716-446655440000"];
    for (const id of guests) {
      const account = { id, anonymous: true, lastActive, email: "temp@real.example", username: "real", verified: true };
      const { record } = await anon.admin.importAccount(account);
      assert.equal(record.verified, false);
      assert.match(record.email, /^anon-[a-z0-9_-]+@(guests\.example|anonymous\.invalid)$/);
      assert.equal((await anon.admin.findByEmail(record.email.toUpperCase()))?.id, id);
      assert.equal((await anon.admin.importAccount(account)).outcome, "present");
    }
    const { entries } = await driver.due(Number.MAX_SAFE_INTEGER, { limit: 9, cursor: null });
    assert.deepEqual(new Set(entries.map(({ due }) => due)), new Set([Date.parse(lastActive) + 3_600_000]));
    assert.equal(entries.length, guests.length);
    assert.equal((await anon.admin.gc({ olderThan: "1d" })).deleted, guests.length);
  });

  it("counts a guest without a last activity as active now, and one from the future too", async () => {
    const { anon, clock } = start();
    await anon.admin.importAccount({ id: "a", anonymous: true, created: "2001-01-01" });
    await anon.admin.importAccount({ id: "b", anonymous: true, lastActive: "2901-01-01" });
    assert.equal((await anon.admin.gc({ olderThan: "1d" })).examined, 0);
    clock.now += 2 * 86_400_000;
    assert.equal((await anon.admin.gc({ olderThan: "1d" })).deleted, 2);
  });

  it("keeps ids apart that differ in case only", async () => {
    const { anon } = start();
    const ids = ["Ab", "aB", "AB", "ab", "_ab", "_a_b", "a_b", "__", "_", "-", "A".repeat(64)];
    for (const id of ids)
      assert.equal(
        (await anon.admin.importAccount({ id, ...(id.length > 59 ? { email: "a@b.example" } : {}) })).outcome,
        "created",
        id,
      );
    for (const id of ids) assert.equal((await anon.admin.get(id))?.id, id);
    assert.deepEqual((await collect(anon.admin.list())).map(({ id }) => id).sort(), [...ids].sort());
    const { accounts, damaged } = await anon.admin.doctor();
    assert.deepEqual([accounts.registered, damaged.count], [ids.length, 0]);
  });

  it("refuses what it cannot store", async () => {
    const { anon, driver } = start();
    const wrong: [AnonErrorCode, Partial<ImportedAccount>][] = [
      ...["", "a b", "a:b", "ä", "a".repeat(65), "a.b", undefined, 7].map(
        (id) => ["invalid_id", { id }] as [AnonErrorCode, object],
      ),
      ["invalid_id", { id: "A".repeat(30), email: undefined }],
      ["invalid_email", { email: "ada" }],
      ["reserved_email", { email: "anon-0123456789abcde@example.com" }],
      ["reserved_email", { email: "ada@anonymous.invalid" }],
      ["invalid_username", { username: "a" }],
      ["reserved_username", { username: "anon_0123456789abcde" }],
      ["invalid_identity", { identities: [{ provider: "", subject: "1" }] }],
      ["invalid_identity", { anonymous: true }],
      ...[null, "false", 0, 1].map(
        (anonymous) => ["invalid_data", { identities: [], anonymous }] as unknown as [AnonErrorCode, object],
      ),
      ["invalid_data", { identities: null as unknown as [] }],
      ["invalid_data", { created: "yesterday" }],
      ["invalid_data", { lastActive: "2021-03-04 05:06:07" }],
      ["invalid_data", { updated: new Date(Number.NaN) }],
      ["invalid_data", { fields: { n: Number.NaN } }],
      ["reserved_field", { fields: { token: 1 } }],
      ["unsupported_hash", { passwordHash: "5f4dcc3b5aa765d61d8327deb882cf99" }],
      [
        "unsupported_hash",
        { passwordHash: "$argon2id$v=19$m=1048577,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA" },
      ],
      [
        "unsupported_hash",
        { passwordHash: "$argon2id$v=19$m=1048576,t=900,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA" },
      ],
    ];
    for (const [code, change] of wrong) {
      await refused(anon.admin.importAccount({ ...ADA, ...change } as ImportedAccount), code);
    }
    assert.deepEqual(await collect(driver.keys("")), []);
  });

  it("stores accounts that can do what all others can", async () => {
    const { anon, clock, driver } = start({ sendMail: () => undefined, quarantine: "7d" });
    await anon.admin.importAccount(ADA);
    const { token } = (await anon.signInWithIdentity({ provider: "google", subject: "1" }))!;
    assert.equal(anon.verifyToken(token)?.sub, ADA.id);
    assert.equal((await createSessionVerifier({ secret: SECRET })(token))?.id, ADA.id);
    const { code } = await anon.createTransferCode(token);
    assert.equal((await anon.signInWithTransferCode(code)).record.id, ADA.id);
    const send = sender(anon);
    const own = await send("GET", `users/records/${ADA.id}`, { token });
    assert.deepEqual([own.status, own.body.id], [200, ADA.id]);
    const changed = await send("PATCH", `users/records/${ADA.id}`, { token, body: { plan: "free" } });
    assert.equal(changed.status, 200);
    const mail = await anon.requestPasswordReset("ada@example.com");
    await anon.resetPassword(mail!.token, { password: PASSWORD });
    assert.equal((await anon.signInWithPassword("ADA", PASSWORD)).record.plan, "free");
    await anon.admin.hold(ADA.id);
    await refused(anon.admin.delete(ADA.id), "account_held");
    await anon.admin.release(ADA.id);
    assert.equal((await anon.admin.inspect(ADA.id))?.record.id, ADA.id);

    for (const id of ["Guest_1", "Guest-2", "Guest-3"]) await anon.admin.importAccount({ id, anonymous: true });
    const input = { email: "bob@example.com", username: "bob", password: PASSWORD };
    const bob = await anon.admin.convert("Guest_1", input);
    assert.equal((await anon.signInWithPassword("bob", PASSWORD)).record.id, "Guest_1");
    assert.equal((await anon.authenticate(bob.token))?.record.id, "Guest_1");
    const lone = await anon.admin.convertWithIdentity("Guest-2", { provider: "github", subject: "7" });
    assert.equal((await anon.admin.findByEmail(lone.record.email))?.id, "Guest-2");
    clock.now += 20 * 86_400_000;
    assert.equal((await anon.admin.gc({ olderThan: "10d" })).quarantined, 1);
    await anon.admin.restore("Guest-3");
    assert.equal((await anon.admin.get("Guest-3"))?.anonymous, true);
    assert.ok(await anon.admin.delete(ADA.id));
    assert.ok(await anon.admin.delete("Guest_1"));
    assert.ok(await anon.admin.delete("Guest-2"));
    assert.ok(await anon.admin.delete("Guest-3"));
    assert.deepEqual(await collect(driver.keys("acc:")), []);
    assert.deepEqual(await collect(driver.keys("clm:")), []);
    assert.equal((await anon.admin.importAccount(ADA)).outcome, "created");
  });
});

describe("an import that is late", () => {
  it("never takes an account for its own that was deleted and imported again in the same millisecond", async () => {
    const driver = memory();
    const { anon } = setUp(intercepting(driver, {}));
    const id = "one";
    const email = "ada@example.com";
    const isAccount = (key: string): boolean => key === "acc:users:one";
    let isPaused = true;
    const meanwhile = async (): Promise<void> => {
      await anon.admin.delete(id);
      await anon.admin.importAccount({ id: "other", email });
      let isDead = false;
      const dying = intercepting(driver, {
        async swap(...args) {
          if (isDead) throw new Error("dead");
          isDead = isAccount(args[0]);
          return driver.swap(...args);
        },
      });
      await refused(setUp(dying).anon.admin.importAccount({ id, email: "eve@example.com" }), "storage_unavailable");
    };
    const late = intercepting(driver, {
      async swap(...args) {
        const [key, expected] = args;
        if (isPaused && isAccount(key) && expected !== null) {
          isPaused = false;
          await meanwhile();
        }
        return driver.swap(...args);
      },
    });
    await refused(setUp(late).anon.admin.importAccount({ id, email }), "email_taken");
    assert.equal((await anon.admin.get(id))?.email === email, false, "a second account with the email");
  });
});
