/** The published official client against a real server of this runtime. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import PocketBase, { ClientResponseError, type RecordModel } from "pocketbase";
import type { Anon } from "../../../../sdk/contract/anon.ts";
import type { Mail } from "../../../../sdk/contract/records.ts";
import memory from "../../../../storage-drivers/memory.ts";
import { COLLECTIONS, PASSWORD, setUp } from "../../../support/sdk.ts";
import { serve, type TestServer } from "../../../support/server.ts";

const OTHER_PASSWORD = "another battery staple";
type Auth = { token: string; record: RecordModel };

describe("the pocketbase client", () => {
  const mails: Mail[] = [];
  let anon: Anon;
  let server: TestServer;

  before(async () => {
    ({ anon } = setUp(memory(), { ...COLLECTIONS, sendMail: (mail) => mails.push(mail), now: Date.now }));
    server = await serve((request) => anon.handler(request));
  });
  after(() => server.stop());

  function client(): PocketBase {
    const pb = new PocketBase(server.url);
    pb.autoCancellation(false);
    return pb;
  }

  async function guest(data: object = {}): Promise<{ pb: PocketBase; record: RecordModel }> {
    const pb = client();
    const { token, record } = await pb.send<Auth>("/api/collections/users/auth-anonymously", {
      method: "POST",
      body: data,
    });
    pb.authStore.save(token, record);
    return { pb, record };
  }

  /** What the client rejects with. */
  async function refused(promise: Promise<unknown>, status: number, fields: string[] = []): Promise<void> {
    const error = await promise.then(
      () => assert.fail("Not refused"),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof ClientResponseError, String(error));
    assert.equal(error.status, status, JSON.stringify(error.response));
    assert.deepEqual(Object.keys(error.response.data), fields);
  }

  async function mail(): Promise<Mail> {
    while (mails.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    return mails.splice(0).at(-1) as Mail;
  }

  let number = 0;
  const email = (): string => `ada${number++}@example.com`;

  it("signs in anonymously and considers the token valid", async () => {
    const { pb, record } = await guest({ plan: "free" });
    assert.equal(pb.authStore.isValid, true);
    assert.equal(pb.authStore.record?.id, record.id);
    assert.deepEqual([record.collectionName, record.plan, record.verified], ["users", "free", false]);
    // already signed in: the same account
    const again = await pb.send<Auth>("/api/collections/users/auth-anonymously", { method: "POST" });
    assert.equal(again.record.id, record.id);
    pb.authStore.clear();
    assert.equal(pb.authStore.isValid, false);
  });

  it("refreshes, and transfers its session in a cookie of its own", async () => {
    const { pb, record } = await guest();
    const before = pb.authStore.token;
    const { record: refreshed } = await pb.collection("users").authRefresh();
    assert.equal(refreshed.id, record.id);
    assert.equal(pb.authStore.isValid, true);
    assert.ok(anon.verifyToken(before));
    const cookie = pb.authStore.exportToCookie({ httpOnly: false });
    const other = client();
    other.authStore.loadFromCookie(cookie);
    assert.equal(other.authStore.isValid, true);
    assert.equal((await other.collection("users").getOne(record.id)).id, record.id);
    await anon.signOut(pb.authStore.token);
    await refused(pb.collection("users").authRefresh(), 401);
  });

  it("creates an account and signs in with it", async () => {
    const pb = client();
    const users = pb.collection("users");
    const address = email();
    const created = await users.create({
      email: address,
      password: PASSWORD,
      passwordConfirm: PASSWORD,
      emailVisibility: true,
    });
    assert.equal(created.email, address);
    assert.equal(pb.authStore.isValid, false);
    const { record } = await users.authWithPassword(address.toUpperCase(), PASSWORD);
    assert.deepEqual([record.id, pb.authStore.record?.email], [created.id, address]);
    assert.deepEqual((await users.listAuthMethods()).password.identityFields, ["email", "username"]);
  });

  it("converts, updates and deletes", async () => {
    const { pb, record } = await guest({ cart: ["a"] });
    const users = pb.collection("users");
    const address = email();
    const body = { email: address, password: PASSWORD, passwordConfirm: PASSWORD, username: `ada.${number}` };
    const converted = await pb.send<Auth>("/api/collections/users/convert", { method: "POST", body });
    pb.authStore.save(converted.token, converted.record);
    assert.deepEqual([converted.record.id, converted.record.cart, converted.record.email], [record.id, ["a"], address]);
    await users.update(record.id, { cart: ["a", "b"] });
    assert.deepEqual(pb.authStore.record?.cart, ["a", "b"], "the client stores the response");
    const change = { oldPassword: PASSWORD, password: OTHER_PASSWORD, passwordConfirm: OTHER_PASSWORD };
    await users.update(record.id, change);
    assert.equal((await users.authRefresh()).record.id, record.id, "the session that changed the password stays");
    await users.authWithPassword(address, OTHER_PASSWORD);
    await users.delete(record.id);
    assert.equal(pb.authStore.isValid, false);
    assert.equal(await anon.admin.get(record.id), null);
  });

  it("verifies, resets the password and changes the email", async () => {
    const pb = client();
    const users = pb.collection("users");
    const [address, next] = [email(), email()];
    await users.create({ email: address, password: PASSWORD, passwordConfirm: PASSWORD });
    await users.authWithPassword(address, PASSWORD);
    assert.equal(await users.requestVerification(address), true);
    assert.equal(await users.confirmVerification((await mail()).token), true);
    assert.equal(pb.authStore.record?.verified, true, "the client reads the account's id from the token");
    assert.equal(await users.requestPasswordReset(address), true);
    assert.equal(await users.confirmPasswordReset((await mail()).token, OTHER_PASSWORD, OTHER_PASSWORD), true);
    await users.authWithPassword(address, OTHER_PASSWORD);
    assert.equal(await users.requestEmailChange(next), true);
    const { to, token } = await mail();
    assert.equal(to, next);
    assert.equal(await users.confirmEmailChange(token, OTHER_PASSWORD), true);
    assert.equal(pb.authStore.isValid, false, "the client knows that its session ended");
    assert.equal((await users.authWithPassword(next, OTHER_PASSWORD)).record.email, next);
  });

  it("parses every error", async () => {
    const { pb, record } = await guest();
    const users = pb.collection("users");
    const signedOut = client().collection("users");
    const address = email();
    const valid = { email: address, password: PASSWORD, passwordConfirm: PASSWORD };
    await signedOut.create(valid);
    await refused(signedOut.create(valid), 400, ["email"]);
    await refused(signedOut.create({ ...valid, email: "ada" }), 400, ["email"]);
    await refused(signedOut.create({ ...valid, email: email(), password: "short", passwordConfirm: "short" }), 400, [
      "password",
    ]);
    await refused(signedOut.create({ ...valid, email: email(), passwordConfirm: "x" }), 400, ["passwordConfirm"]);
    await refused(signedOut.authWithPassword(address, `${PASSWORD}x`), 400);
    await refused(signedOut.authWithPassword("nobody@example.com", PASSWORD), 400);
    await refused(signedOut.authRefresh(), 401);
    await refused(pb.collection("customers").authRefresh(), 403);
    await refused(signedOut.getOne(record.id), 404);
    await refused(users.getOne("aaaaaaaaaaaaaaa"), 404);
    await refused(users.update(record.id, { verified: true }), 400, ["verified"]);
    await refused(users.getList(), 405);
    await refused(users.confirmVerification("forged"), 400, ["token"]);
    await refused(users.confirmPasswordReset("forged", PASSWORD, PASSWORD), 400, ["token"]);
    await refused(pb.send("/api/nothing", {}), 404);
    await refused(users.update(record.id, { text: "x".repeat(70_000) }), 413);
  });

  it("may send a whole record, which updates only the changed fields", async () => {
    const { pb, record } = await guest({ points: 1 });
    const users = pb.collection("users");
    const whole = await users.getOne(record.id);
    const updated = await users.update(record.id, { ...whole, expand: {}, points: 2 });
    assert.deepEqual([updated.points, updated.id, updated.email], [2, record.id, record.email]);
    // `whole.updated` is outdated now
    assert.equal((await users.update(record.id, { ...whole, points: 3 })).points, 3);
    const others = { email: email(), username: "ada", verified: true, anonymous: false };
    for (const [name, value] of Object.entries(others)) {
      await refused(users.update(record.id, { ...whole, [name]: value }), 400, [name]);
    }
    const { response } = await users.update(record.id, { ...whole, id: "aaaaaaaaaaaaaaa" }).catch((error) => error);
    assert.equal(response.data.id.code, "validation_pk_change");
    assert.equal((await users.getOne(record.id)).points, 3);
  });

  it("cannot use field modifiers (points+, +tags, tags-), which would be stored as fields of that name", async () => {
    const { pb, record } = await guest({ points: 1, tags: ["a"] });
    const users = pb.collection("users");
    for (const [name, value] of [
      ["points+", 5],
      ["points-", 5],
      ["tags+", "b"],
      ["+tags", "b"],
      ["tags-", ["a"]],
    ] as const) {
      await refused(users.update(record.id, { [name]: value }), 400, [name]);
      const body = { email: email(), password: PASSWORD, passwordConfirm: PASSWORD, [name]: value };
      await refused(users.create(body), 400, [name]);
      await refused(pb.send("/api/collections/users/convert", { method: "POST", body }), 400, [name]);
      await refused(client().send("/api/collections/users/auth-anonymously", { method: "POST", body }), 400, [name]);
    }
    const { points, tags, ...rest } = await users.getOne(record.id);
    assert.deepEqual([points, tags, "points+" in rest], [1, ["a"], false]);
  });

  it("gets the requested `fields`, picked as by PocketBase", async () => {
    const { pb, record } = await guest({
      cart: [
        { id: 1, price: 5 },
        { id: 2, price: 7 },
      ],
      plan: "free",
    });
    const users = pb.collection("users");
    const fields = async (text: string) => Object.keys(await users.getOne(record.id, { fields: text }));
    assert.deepEqual(await fields("id,plan"), ["id", "plan"]);
    assert.deepEqual(await fields(" plan , nothing"), ["plan"]);
    assert.deepEqual(await fields("*"), Object.keys(await users.getOne(record.id)));
    const { cart, plan } = await users.getOne(record.id, { fields: "*,cart.price" });
    assert.deepEqual([cart, plan], [[{ price: 5 }, { price: 7 }], "free"]);
    assert.deepEqual(await users.update(record.id, { plan: "paid" }, { fields: "plan" }), { plan: "paid" });
    const auth = await pb.send("/api/collections/users/auth-refresh?fields=token,record.id", { method: "POST" });
    assert.deepEqual(Object.keys(auth).sort(), ["record", "token"]);
    assert.deepEqual(auth.record, { id: record.id });
    await refused(users.getOne(record.id, { fields: "plan:excerpt(3,true)" }), 400, ["fields"]);
    // refused before the update
    await refused(users.update(record.id, { plan: "gone" }, { fields: "id,plan:excerpt(3)" }), 400, ["fields"]);
    assert.equal((await users.getOne(record.id, { expand: "orders" })).plan, "paid", "nothing to expand");
  });
});
