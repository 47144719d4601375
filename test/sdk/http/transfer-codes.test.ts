/** Signing in on another device with a code: in request handlers and through the HTTP API. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createTransferCode, signInWithTransferCode } from "../../../sdk/context.ts";
import type { AnonError } from "../../../sdk/errors.ts";
import memory from "../../../storage-drivers/memory.ts";
import { refusal, sender, startApi } from "../../support/api.ts";
import { Browser } from "../../support/browser.ts";
import { COLLECTIONS, PASSWORD, refused, setUp } from "../../support/sdk.ts";

const LONG = { timeout: 300_000 };
const WRONG = "0000-0000-0000-0000";
const INVALID = { code: "validation_invalid_code" };

describe("a transfer code in a request handler", () => {
  it("signs in another browser, which gets a cookie of its own", async () => {
    const { anon } = setUp(memory());
    const [phone, laptop] = [new Browser(anon), new Browser(anon)];
    const made = await phone.visit(async (context) => {
      const { record } = await context.signInAnonymously({ collection: "customers" });
      return { id: record.id, ...(await createTransferCode({ expiresIn: "2m" })) };
    });
    const { answer, response } = await laptop.visit(() =>
      signInWithTransferCode(made.answer.code, { collection: "customers" }),
    );
    assert.equal(answer.record.id, made.answer.id);
    assert.match(response.headers.get("set-cookie") ?? "", /^__Host-anon=[\w.-]+; /);
    for (const browser of [phone, laptop]) {
      assert.equal((await browser.visit((context) => context.auth())).answer?.record.id, made.answer.id);
    }
    assert.notDeepEqual([...phone.cookies], [...laptop.cookies]);
    await refused(
      laptop.visit((context) => context.signInWithTransferCode(made.answer.code)),
      "invalid_transfer_code",
    );
  });

  it("replaces the account that was signed in, and cannot be created when signed out", LONG, async () => {
    const { anon } = setUp(memory());
    const [phone, laptop] = [new Browser(anon), new Browser(anon)];
    await refused(
      phone.visit((context) => context.createTransferCode()),
      "invalid_token",
    );
    const made = await phone.visit(async (context) => {
      await context.signInAnonymously();
      const { record } = await context.convert({ email: "ada@example.com", password: PASSWORD });
      return { id: record.id, ...(await context.createTransferCode()) };
    });
    const before = await laptop.visit(async (context) => (await context.signInAnonymously()).record.id);
    const both = await laptop.visit(async (context) => {
      const signedIn = await context.signInWithTransferCode(made.answer.code);
      return [signedIn.record.id, (await context.auth())?.record.id];
    });
    assert.deepEqual(both.answer, [made.answer.id, made.answer.id]);
    assert.notEqual(await anon.admin.get(before.answer), null);
    assert.equal((await laptop.visit((context) => context.auth())).answer?.record.id, made.answer.id);
  });

  it("can be created but not used after the response", async () => {
    const { anon } = setUp(memory());
    const context = await anon.context(new Request("https://shop.example/"));
    await context.signInAnonymously();
    context.respond(new Response());
    const { code } = await context.createTransferCode();
    await refused(context.signInWithTransferCode(code), "response_sent");
    await refused(createTransferCode(), "outside_request");
    await refused(signInWithTransferCode(code), "outside_request");
  });
});

describe("a transfer code over the HTTP API", () => {
  it("is created by a signed-in caller, and used once without a session", async () => {
    const { send, clock } = startApi(COLLECTIONS);
    const { token, record } = (await send("POST", "users/auth-anonymously")).body;
    const made = await send("POST", "users/transfer-code", { token });
    assert.equal(made.status, 200);
    assert.deepEqual(Object.keys(made.body), ["code", "expires"]);
    assert.equal(made.body.expires, new Date(clock.now + 600_000).toISOString());
    refusal(await send("POST", "customers/auth-with-transfer-code", { body: { code: made.body.code } }), 400, INVALID);
    const used = await send("POST", "users/auth-with-transfer-code", { body: { code: made.body.code } });
    assert.deepEqual([used.status, Object.keys(used.body)], [200, ["record", "token"]]);
    assert.deepEqual([used.body.record.id, used.headers.get("set-cookie")], [record.id, null]);
    refusal(await send("POST", "users/auth-with-transfer-code", { body: { code: made.body.code } }), 400, INVALID);
    refusal(await send("POST", "users/auth-with-transfer-code", { body: {} }), 400, { code: "validation_required" });
    refusal(await send("POST", "users/auth-with-transfer-code", { body: { code: 7 } }), 400, {
      code: "validation_invalid_value",
    });
    refusal(await send("POST", "users/transfer-code"), 401);
  });

  it("sets the cookie with `cookies: true`, but not for pages of other sites", async () => {
    const { anon, send } = startApi({ api: { cookies: true } });
    const phone = await anon.signInAnonymously();
    const { code } = await anon.createTransferCode(phone.token);
    const forged = { origin: "https://evil.example" };
    refusal(await send("POST", "users/auth-with-transfer-code", { body: { code }, headers: forged }), 403);
    const own = { origin: "https://shop.example" };
    const used = await send("POST", "users/auth-with-transfer-code", { body: { code }, headers: own });
    assert.match(used.headers.get("set-cookie") ?? "", /^__Host-anon=/);
  });

  it("can be guessed 20 times in 15 minutes from one address, and valid codes do not count", async () => {
    const { anon } = setUp(memory(), { maxSessions: 100, limits: { transferCodesPerAccount: false } });
    const { token, record } = await anon.signInAnonymously();
    const here = sender(anon, "https://shop.example", { remoteAddress: "192.0.2.1" });
    const there = sender(anon, "https://shop.example", { remoteAddress: "192.0.2.2" });
    const right = async (send = here) => {
      const { code } = await anon.createTransferCode(token);
      return await send("POST", "users/auth-with-transfer-code", { body: { code } });
    };
    for (let i = 0; i < 20; i++) {
      assert.equal((await right()).body.record.id, record.id);
      refusal(await here("POST", "users/auth-with-transfer-code", { body: { code: WRONG } }), 400, INVALID);
    }
    const limited = await right();
    refusal(limited, 429);
    assert.match(limited.headers.get("retry-after") ?? "", /^\d+$/);
    assert.equal((await right(there)).status, 200);
    // passwords are counted separately
    const login = { identity: "ada@example.com", password: PASSWORD };
    refusal(await here("POST", "users/auth-with-password", { body: login }), 400);
  });

  it("can be created 10 times an hour by one account", async () => {
    const { anon, send } = startApi();
    const { token } = await anon.signInAnonymously();
    for (let i = 0; i < 10; i++) assert.equal((await send("POST", "users/transfer-code", { token })).status, 200);
    refusal(await send("POST", "users/transfer-code", { token }), 429);
  });

  it("does not count as wrong when a hook refuses the sign-in", async () => {
    const { anon } = setUp(memory(), {
      limits: { codesPerAddress: { max: 1, per: "1h" } },
      hooks: { beforeSignIn: () => false },
    });
    const { token } = await anon.signInAnonymously();
    const { code } = await anon.createTransferCode(token);
    const context = await anon.context(new Request("https://shop.example/"), { remoteAddress: "192.0.2.1" });
    const attempt = (typed: string) => context.signInWithTransferCode(typed).catch(({ code }: AnonError) => code);
    const outcomes = [await attempt(code), await attempt(code), await attempt(WRONG), await attempt(code)];
    assert.deepEqual(outcomes, ["refused", "refused", "invalid_transfer_code", "rate_limited"]);
  });
});
