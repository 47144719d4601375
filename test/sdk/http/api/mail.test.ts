/** Verification, password reset and change of email: mailed tokens, each of which works once. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HookFailure } from "../../../../sdk/contract/hooks.ts";
import type { Mail } from "../../../../sdk/contract/records.ts";
import type { AnonError } from "../../../../sdk/errors.ts";
import memory from "../../../../storage-drivers/memory.ts";
import { sender } from "../../../support/api.ts";
import { COLLECTIONS, DAY, intercepting, MINUTE, PASSWORD, setUp } from "../../../support/sdk.ts";

const ADA = "ada@example.com";
const NEW = "lovelace@example.com";
const OTHER_PASSWORD = "another battery staple";

async function start() {
  const mails: Mail[] = [];
  const driver = memory();
  const { anon, clock } = setUp(driver, { ...COLLECTIONS, sendMail: (mail) => mails.push(mail) });
  const send = sender(anon);
  const guest = await anon.signInAnonymously();
  const { token, record } = await anon.convert(guest.token, { email: ADA, password: PASSWORD, username: "ada" });
  /** Posts, and returns the status, the mails that were sent and the body. */
  const post = async (path: string, body: object, by?: string): Promise<[number, Mail[], unknown]> => {
    const { status, body: replied } = await send("POST", `users/${path}`, { body, token: by });
    await new Promise((resolve) => setTimeout(resolve, 25));
    return [status, mails.splice(0), replied];
  };
  const login = async (identity: string, password: string): Promise<number> =>
    (await post("auth-with-password", { identity, password }))[0];
  return { anon, clock, driver, post, send, login, token, id: record.id };
}

describe("mailed tokens", () => {
  it("verify an email once", async () => {
    const { anon, post, id } = await start();
    const [status, [mail]] = await post("request-verification", { email: "ADA@example.com" });
    assert.equal(status, 204);
    assert.deepEqual([mail?.type, mail?.to, mail?.record.id], ["verification", ADA, id]);
    const { token } = mail!;
    assert.equal(anon.verifyToken(token), null, "it is not a session token");
    assert.equal(JSON.parse(atob(token.split(".")[1]!)).id, id, "clients can read the account's id from it");
    assert.equal((await post("confirm-verification", { token }))[0], 204);
    assert.equal((await anon.admin.get(id))?.verified, true);
    const [again, , body] = await post("confirm-verification", { token });
    assert.equal(again, 400);
    assert.deepEqual((body as { data: object }).data, {
      token: { code: "validation_invalid_token", message: "Invalid or expired token." },
    });
    assert.deepEqual((await post("request-verification", { email: ADA })).slice(0, 2), [204, []], "already verified");
  });

  it("set a new password once, and end every session", async () => {
    const { anon, post, login, token: session, id } = await start();
    const [, [first]] = await post("request-password-reset", { email: ADA });
    const [, [second]] = await post("request-password-reset", { email: ADA });
    const reset = (token: string, password: string, passwordConfirm = password) =>
      post("confirm-password-reset", { token, password, passwordConfirm });
    assert.equal((await reset(first!.token, "short"))[0], 400);
    assert.equal((await reset(first!.token, OTHER_PASSWORD, PASSWORD))[0], 400);
    assert.equal((await reset(first!.token, OTHER_PASSWORD))[0], 204);
    for (const { token } of [first!, second!]) assert.equal((await reset(token, PASSWORD))[0], 400);
    assert.equal(await anon.authenticate(session), null);
    assert.deepEqual([await login(ADA, PASSWORD), await login(ADA, OTHER_PASSWORD)], [400, 200]);
    assert.equal((await anon.admin.get(id))?.verified, true, "receiving the mail proves the email");
  });

  it("change the email once, with the password, and end every session", async () => {
    const { anon, driver, post, login, token: session, id } = await start();
    assert.equal((await post("request-email-change", { newEmail: NEW }))[0], 401);
    const [status, [mail]] = await post("request-email-change", { newEmail: NEW }, session);
    assert.deepEqual([status, mail?.to, mail?.type], [204, NEW, "emailChange"]);
    const change = (password: string) => post("confirm-email-change", { token: mail!.token, password });
    assert.equal((await change("wrong password"))[0], 400);
    assert.equal((await change(PASSWORD))[0], 204);
    assert.equal((await change(PASSWORD))[0], 400);
    assert.equal(await anon.authenticate(session), null);
    const record = await anon.admin.findByEmail(NEW);
    assert.deepEqual([record?.id, record?.verified, record?.username], [id, true, "ada"]);
    assert.equal(await anon.admin.findByEmail(ADA), null);
    assert.deepEqual(
      [await login(ADA, PASSWORD), await login(NEW, PASSWORD), await login("ada", PASSWORD)],
      [400, 200, 200],
    );
    // the previous email is free, and nothing is left in the due queue
    const other = await anon.signInAnonymously();
    await anon.convert(other.token, { email: ADA, password: PASSWORD });
    const { entries } = await driver.due(Number.MAX_SAFE_INTEGER, { limit: 10 });
    assert.deepEqual(entries, []);
  });

  it("stay used up after the email is changed back", async () => {
    const { anon, post, login } = await start();
    const session = async (email: string) => (await anon.signInWithPassword(email, PASSWORD)).token;
    const [, [reset]] = await post("request-password-reset", { email: ADA });
    const [, [there]] = await post("request-email-change", { newEmail: NEW }, await session(ADA));
    await post("confirm-email-change", { token: there!.token, password: PASSWORD });
    const [, [back]] = await post("request-email-change", { newEmail: ADA }, await session(NEW));
    assert.equal((await post("confirm-email-change", { token: back!.token, password: PASSWORD }))[0], 204);
    assert.equal((await post("confirm-email-change", { token: there!.token, password: PASSWORD }))[0], 400);
    const set = { password: OTHER_PASSWORD, passwordConfirm: OTHER_PASSWORD };
    assert.equal((await post("confirm-password-reset", { ...set, token: reset!.token }))[0], 400);
    assert.equal(await login(ADA, PASSWORD), 200);
  });

  it("change an email that a concurrent conversion wants for only one of the two", async () => {
    const { anon, post, token } = await start();
    const [, [mail]] = await post("request-email-change", { newEmail: NEW }, token);
    const guest = await anon.signInAnonymously();
    const both = await Promise.all([
      post("confirm-email-change", { token: mail!.token, password: PASSWORD }),
      anon.convert(guest.token, { email: NEW, password: PASSWORD }).then(
        () => [204],
        () => [400],
      ),
    ]);
    assert.deepEqual(both.map(([status]) => status).sort(), [204, 400]);
    const owner = await anon.admin.findByEmail(NEW);
    assert.ok(owner && !owner.anonymous);
    assert.equal((await anon.admin.findByEmail(ADA)) === null, both[0]![0] === 204);
  });

  it("do not reveal whether an address is registered, and are not sent to guests", async () => {
    const { anon, post, token } = await start();
    const guest = await anon.signInAnonymously();
    for (const path of ["request-verification", "request-password-reset"]) {
      for (const email of ["nobody@example.com", guest.record.email, "no address"]) {
        assert.deepEqual(await post(path, { email }), [204, [], null]);
      }
    }
    await anon.convert(guest.token, { email: NEW, password: PASSWORD });
    assert.deepEqual(await post("request-email-change", { newEmail: NEW }, token), [204, [], null]);
    assert.equal((await post("request-email-change", { newEmail: "no address" }, token))[0], 400);
    assert.equal((await post("request-email-change", { newEmail: "anon-x@anonymous.invalid" }, token))[0], 400);
  });

  it("work for one purpose, in one collection, until they expire", async () => {
    const { clock, post, send, token } = await start();
    const [, [verification]] = await post("request-verification", { email: ADA });
    const [, [reset]] = await post("request-password-reset", { email: ADA });
    const set = { password: PASSWORD, passwordConfirm: PASSWORD };
    assert.equal((await post("confirm-verification", { token: reset!.token }))[0], 400);
    assert.equal((await post("confirm-password-reset", { ...set, token: verification!.token }))[0], 400);
    assert.equal((await post("confirm-verification", { token }))[0], 400);
    const elsewhere = { token: verification!.token };
    assert.equal((await send("POST", "customers/confirm-verification", { body: elsewhere })).status, 400);
    for (const forged of [
      "",
      "a.b.c",
      `${reset!.token}x`,
      reset!.token.replace(/.$/, (end) => (end === "A" ? "Q" : "A")),
    ]) {
      assert.equal((await post("confirm-password-reset", { ...set, token: forged }))[0], 400);
    }
    clock.now += 31 * MINUTE;
    assert.equal((await post("confirm-password-reset", { ...set, token: reset!.token }))[0], 400);
    clock.now += 8 * DAY;
    assert.equal((await post("confirm-verification", { token: verification!.token }))[0], 400);
  });

  it("need `sendMail`, whose failure does not fail the request", async () => {
    const { anon } = setUp(memory());
    const { status } = await sender(anon)("POST", "users/request-verification", { body: { email: ADA } });
    assert.equal(status, 404);
    const failing = setUp(memory(), { sendMail: () => Promise.reject(new Error("no server")) }).anon;
    const guest = await failing.signInAnonymously();
    await failing.convert(guest.token, { email: ADA, password: PASSWORD });
    const reply = await sender(failing)("POST", "users/request-verification", { body: { email: ADA } });
    await new Promise((resolve) => setTimeout(resolve, 25));
    assert.equal(reply.status, 204);
  });
});

describe("a password", () => {
  it("is changed with the old password, and only the session that changes it stays", async () => {
    const { anon, send, login, token, id } = await start();
    const other = await anon.signInWithPassword(ADA, PASSWORD);
    const patch = (body: object) => send("PATCH", `users/records/${id}`, { token, body });
    const change = { oldPassword: PASSWORD, password: OTHER_PASSWORD, passwordConfirm: OTHER_PASSWORD };
    const refusals: [object, string][] = [
      [{ ...change, oldPassword: "wrong password" }, "oldPassword"],
      [{ ...change, oldPassword: undefined }, "oldPassword"],
      [{ ...change, passwordConfirm: PASSWORD }, "passwordConfirm"],
      [{ ...change, password: "short", passwordConfirm: "short" }, "password"],
      [{ ...change, plan: "paid" }, "password"],
    ];
    for (const [body, field] of refusals) {
      const reply = await patch(body);
      assert.deepEqual([reply.status, Object.keys(reply.body.data)], [400, [field]]);
    }
    const { status, body } = await patch(change);
    assert.deepEqual([status, body.id], [200, id]);
    assert.equal((await anon.authenticate(token))?.record.id, id);
    assert.equal(await anon.authenticate(other.token), null);
    assert.deepEqual([await login(ADA, PASSWORD), await login(ADA, OTHER_PASSWORD)], [400, 200]);
  });
});

describe("a mail whose code cannot be stored", () => {
  it("is not sent but reported to onError, and the response does not reveal it", async () => {
    const [mails, failures]: [Mail[], HookFailure[]] = [[], []];
    const driver = memory();
    const refusing = intercepting(driver, {
      swap: (key, ...rest) =>
        key.startsWith("cod:") ? Promise.reject(new Error("no room")) : driver.swap(key, ...rest),
    });
    const { anon } = setUp(refusing, {
      sendMail: (mail) => void mails.push(mail),
      onError: (failure) => void failures.push(failure),
    });
    await anon.register({ email: "ada@shop.dev", password: PASSWORD });
    const sent: Promise<unknown>[] = [];
    const url = "https://shop.example/api/collections/users/request-password-reset";
    for (const email of ["ada@shop.dev", "grace@shop.dev"]) {
      const headers = { "Content-Type": "application/json" };
      const request = new Request(url, { method: "POST", headers, body: JSON.stringify({ email }) });
      const { status } = await anon.handler(request, { waitUntil: (promise) => void sent.push(promise) });
      assert.equal(status, 204);
    }
    await Promise.all(sent);
    assert.deepEqual(mails, []);
    assert.deepEqual(
      failures.map(({ hook, error }) => [hook, (error as AnonError).code]),
      [["sendMail", "storage_unavailable"]],
    );
  });
});
