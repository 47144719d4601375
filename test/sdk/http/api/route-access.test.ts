/** Every route of the table in docs/http.md, called by every kind of caller. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, describe, it } from "node:test";
import type { Mail } from "../../../../sdk/contract/records.ts";
import { refusal, type Send, sender, startApi } from "../../../support/api.ts";
import { describedBy, descriptionOf } from "../../../support/described.ts";
import { collect, PASSWORD, refused, setUp } from "../../../support/sdk.ts";
import { withServiceTokens } from "../../../support/service-keys.ts";
import { STORES } from "../../../support/stores.ts";

const LONG = { timeout: 300_000 };
const EMAIL = { password: PASSWORD, passwordConfirm: PASSWORD };
const CALLERS = ["signedOut", "guest", "registered", "other", "elsewhere"] as const;

type Statuses = readonly [signedOut: number, guest: number, registered: number, other: number, elsewhere: number];

/** The status for each caller. `other` is another account of the collection, `elsewhere` an account of another collection. */
const EXPECTED: Record<string, { body?: object; statuses: Statuses }> = {
  "POST auth-anonymously": { statuses: [200, 200, 200, 200, 200] },
  "POST auth-with-password": {
    body: { identity: "nobody@example.com", password: PASSWORD },
    statuses: [400, 400, 400, 400, 400],
  },
  "POST auth-with-transfer-code": { body: { code: "0000-0000-0000-0000" }, statuses: [400, 400, 400, 400, 400] },
  "POST transfer-code": { statuses: [401, 200, 200, 200, 403] },
  "POST auth-refresh": { statuses: [401, 200, 200, 200, 403] },
  "GET me": { statuses: [200, 200, 200, 200, 200] },
  "POST sign-out": { statuses: [204, 204, 204, 204, 204] },
  "GET auth-methods": { statuses: [200, 200, 200, 200, 200] },
  "POST records": { body: EMAIL, statuses: [200, 200, 200, 200, 200] },
  "POST convert": { body: EMAIL, statuses: [401, 200, 403, 200, 403] },
  "POST merge": { body: { token: "none" }, statuses: [401, 400, 400, 400, 403] },
  "GET records/{id}": { statuses: [404, 200, 200, 404, 404] },
  "PATCH records/{id}": { body: { a: 1 }, statuses: [404, 200, 200, 404, 404] },
  "DELETE records/{id}": { statuses: [404, 204, 204, 404, 404] },
  "GET export": { statuses: [401, 200, 200, 200, 403] },
  "GET sessions": { statuses: [401, 200, 200, 200, 403] },
  // the id is not a session's: self-service.test.ts ends a session of the caller
  "DELETE sessions/{id}": { statuses: [401, 404, 404, 404, 403] },
  "POST request-verification": { body: { email: "ada@example.com" }, statuses: [204, 204, 204, 204, 204] },
  "POST confirm-verification": { body: { token: "none" }, statuses: [400, 400, 400, 400, 400] },
  "POST request-password-reset": { body: { email: "ada@example.com" }, statuses: [204, 204, 204, 204, 204] },
  "POST confirm-password-reset": { body: { token: "none", ...EMAIL }, statuses: [400, 400, 400, 400, 400] },
  "POST request-conversion": { body: { email: "new@example.com" }, statuses: [401, 204, 403, 204, 403] },
  "POST confirm-conversion": { body: { token: "none" }, statuses: [400, 400, 400, 400, 400] },
  "POST request-email-change": { body: { newEmail: "new@example.com" }, statuses: [401, 204, 204, 204, 403] },
  "POST confirm-email-change": { body: { token: "none", password: PASSWORD }, statuses: [400, 400, 400, 400, 400] },
};

/** An API with an account of each kind; `id` is the account that a route names. */
async function start() {
  const mails: Mail[] = [];
  const { anon, send, clock } = startApi({
    limits: false,
    sendMail: (mail) => mails.push(mail),
    ...withServiceTokens(),
  });
  const guest = await anon.signInAnonymously();
  const made = await anon.signInAnonymously();
  const registered = await anon.convert(made.token, { email: "ada@example.com", password: PASSWORD });
  const other = await anon.signInAnonymously();
  const elsewhere = await anon.signInAnonymously({ collection: "customers" });
  const tokens = { signedOut: undefined, guest: guest.token, registered: registered.token, other: other.token };
  return { anon, send, clock, mails, guest, registered, tokens: { ...tokens, elsewhere: elsewhere.token } };
}

describe("the routes of the HTTP API", () => {
  it("match the table in docs/http.md", async () => {
    const page = await readFile(new URL("../../../../docs/http.md", import.meta.url), "utf8");
    const routes = [...page.matchAll(/^\| `((?:GET|POST|PATCH|DELETE) [^`]+)` \|/gm)].map(([, route]) => route);
    assert.deepEqual(routes, Object.keys(EXPECTED));
  });

  for (const [route, { body, statuses }] of Object.entries(EXPECTED)) {
    it(`serve only the callers that may use them: ${route}`, LONG, async () => {
      const [method = "", path = ""] = route.split(" ");
      for (const [index, caller] of CALLERS.entries()) {
        const { anon, send, mails, guest, registered, tokens } = await start();
        const { id } = (caller === "registered" ? registered : guest).record;
        const email = path === "records" || path === "convert" ? { email: `${caller}@example.com` } : {};
        const reply = await send(method, `users/${path.replace("{id}", id)}`, {
          body: body && { ...body, ...email },
          token: tokens[caller],
        });
        assert.equal(reply.status, statuses[index], `${caller}: ${JSON.stringify(reply.body)}`);
        const sent = body && { ...body, ...email };
        const where = `/api/collections/users/${path.replace("{id}", id)}`;
        const received = reply.body ?? undefined;
        describedBy(await descriptionOf(anon))({ method, path: where, sent, status: reply.status, received });
        if (reply.status >= 400) assert.deepEqual(Object.keys(reply.body), ["status", "code", "message", "data"]);
        await new Promise((resolve) => setTimeout(resolve, 20));
        // only a registered account can change its email
        if (path === "request-email-change") assert.equal(mails.length, caller === "registered" ? 1 : 0, caller);
      }
    });
  }

  it("serve the public keys for other services to every caller, and the same ones", LONG, async () => {
    const { anon, tokens } = await start();
    const path = "/.well-known/jwks.json";
    const check = describedBy(await descriptionOf(anon));
    const texts = new Set<string>();
    for (const caller of CALLERS) {
      const headers = { authorization: tokens[caller] ?? "" };
      const response = await anon.handler(new Request(`https://shop.example${path}`, { headers }));
      const text = await response.text();
      check({ method: "GET", path, status: response.status, received: JSON.parse(text) });
      assert.equal(response.status, 200, caller);
      assert.equal(response.headers.get("set-cookie"), null);
      texts.add(text);
    }
    assert.equal(texts.size, 1);
  });

  it("list the authentication methods", async () => {
    const { send } = startApi();
    assert.deepEqual((await send("GET", "users/auth-methods")).body, {
      password: { enabled: true, identityFields: ["email", "username"] },
      oauth2: { enabled: false, providers: [] },
      mfa: { enabled: false, duration: 0 },
      otp: { enabled: false, duration: 0 },
    });
  });

  it("look up only the given identityField", LONG, async () => {
    const { anon, send } = startApi({ limits: false });
    const { token } = await anon.signInAnonymously();
    await anon.convert(token, { email: "ada@example.com", password: PASSWORD, username: "ada" });
    const signIn = async (identity: string, identityField: unknown) =>
      await send("POST", "users/auth-with-password", { body: { identity, identityField, password: PASSWORD } });
    for (const [identity, field] of [
      ["ada", "username"],
      ["ada@example.com", "email"],
      ["ada", ""],
    ]) {
      assert.equal((await signIn(identity as string, field)).status, 200);
    }
    refusal(await signIn("ada", "email"), 400);
    refusal(await signIn("ada@example.com", "username"), 400);
    refusal(await signIn("ada", "phone"), 400, { identityField: "validation_in_invalid" });
  });

  it("report why the account itself does not allow a request", LONG, async () => {
    const { send, registered, tokens } = await start();
    const convert = { ...EMAIL, email: "new@example.com" };
    refusal(await send("POST", "users/convert", { body: convert, token: registered.token }), 403);
    refusal(
      await send("PATCH", `users/records/${registered.record.id}`, {
        token: registered.token,
        body: { emailVisibility: true, id: "x" },
      }),
      400,
      { id: "validation_pk_change" },
    );
    const shown = await send("PATCH", `users/records/${registered.record.id}`, {
      token: registered.token,
      body: { emailVisibility: true },
    });
    assert.deepEqual([shown.status, shown.body.emailVisibility], [200, false]);
    const headers = { "idempotency-key": "9f1c2b7e-1b0c-4b44" };
    const first = await send("POST", "users/auth-anonymously", { headers });
    await send("DELETE", `users/records/${first.body.record.id}`, { token: first.body.token });
    refusal(await send("POST", "users/auth-anonymously", { headers }), 409);
    const texts = Object.fromEntries(Array.from({ length: 5 }, (_, i) => [`text${i}`, "x".repeat(60_000)]));
    for (const [name, text] of Object.entries(texts).slice(0, 4)) {
      const sent = await send("PATCH", `users/records/${await idOf(send, tokens.guest)}`, {
        token: tokens.guest,
        body: { [name]: text },
      });
      assert.equal(sent.status, 200);
    }
    const more = await send("PATCH", `users/records/${await idOf(send, tokens.guest)}`, {
      token: tokens.guest,
      body: { text5: texts.text4 },
    });
    refusal(more, 413);
  });
});

async function idOf(send: Send, token: string): Promise<string> {
  return (await send("POST", "users/auth-refresh", { token })).body.record.id;
}

describe("domains that cannot receive mail", () => {
  it("get no mail, and the response does not reveal it", LONG, async () => {
    const { send, mails, registered } = await start();
    for (const domain of ["foo.invalid", "foo.test", "a.localhost", "sub.anonymous.invalid", "shop.example"]) {
      const email = `x@${domain}`;
      assert.equal((await send("POST", "users/records", { body: { ...EMAIL, email } })).status, 200);
      for (const path of ["request-verification", "request-password-reset"]) {
        assert.equal((await send("POST", `users/${path}`, { body: { email } })).status, 204);
      }
      const body = { newEmail: `y@${domain}` };
      assert.equal((await send("POST", "users/request-email-change", { body, token: registered.token })).status, 204);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(mails, []);
  });
});

for (const store of STORES) {
  describe(`a mailed token over ${store.name}`, () => {
    after(() => store.cleanup());

    it("works once, even in concurrent requests", LONG, async () => {
      const mails: Mail[] = [];
      const { anon } = setUp(await store.open(), { limits: false, sendMail: (mail) => mails.push(mail) });
      const send = sender(anon);
      const { token } = await anon.signInAnonymously();
      await anon.convert(token, { email: "ada@example.com", password: PASSWORD });
      for (const [asking, confirming, more] of [
        ["request-verification", "confirm-verification", {}],
        ["request-password-reset", "confirm-password-reset", EMAIL],
      ] as const) {
        await send("POST", `users/${asking}`, { body: { email: "ada@example.com" } });
        while (mails.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        const body = { token: mails.pop()?.token, ...more };
        const all = await Promise.all(Array.from({ length: 6 }, () => send("POST", `users/${confirming}`, { body })));
        assert.deepEqual(all.map(({ status }) => status).sort(), [204, 400, 400, 400, 400, 400]);
      }
      await refused(anon.refresh(token), "invalid_token");
      assert.equal((await collect(anon.admin.list())).length, 1);
    });
  });
}
