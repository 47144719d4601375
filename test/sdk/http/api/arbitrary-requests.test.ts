/** Property test: the API responds to every request in wire format, and reveals no other account's data. */
import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import memory from "../../../../storage-drivers/memory.ts";
import { PASSWORD, setUp } from "../../../support/sdk.ts";

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

const route = fc.constantFrom(
  "auth-anonymously",
  "auth-with-password",
  "auth-refresh",
  "me",
  "sign-out",
  "auth-methods",
  "records",
  "convert",
  "merge",
  "records/OWN",
  "records/OTHER",
  "export",
  "sessions",
  "sessions/aaaaaaaaaaaaaaaa",
  "request-verification",
  "confirm-verification",
  "request-password-reset",
  "confirm-password-reset",
  "request-conversion",
  "confirm-conversion",
  "request-email-change",
  "confirm-email-change",
);
const path = fc.oneof(
  { weight: 6, arbitrary: route.map((name) => `/api/collections/users/${name}`) },
  { weight: 1, arbitrary: fc.webPath() },
  { weight: 1, arbitrary: fc.webPath().map((rest) => `/api/collections/users/${rest}`) },
  { weight: 1, arbitrary: fc.webPath().map((rest) => `/api/collections/${rest}/records`) },
);
const method = fc.constantFrom("GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS", "BREW");
const header = fc.tuple(
  fc.constantFrom(
    "authorization",
    "cookie",
    "content-type",
    "origin",
    "sec-fetch-site",
    "x-forwarded-proto",
    "idempotency-key",
    "content-length",
    "accept-language",
  ),
  fc.oneof(
    fc.constantFrom(
      "TOKEN",
      "Bearer TOKEN",
      "__Host-anon=TOKEN",
      "application/json",
      "same-origin",
      "null",
      "-1",
      "NaN",
    ),
    fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 40 }),
  ),
);
const credentials = fc.record(
  {
    identity: fc.constantFrom("ada@example.com", "nobody@example.com", ""),
    email: fc.oneof(fc.emailAddress(), fc.constant("ada@example.com"), fc.jsonValue() as fc.Arbitrary<never>),
    password: fc.constantFrom("short", PASSWORD),
    passwordConfirm: fc.constantFrom("short", PASSWORD),
    newEmail: fc.constantFrom("ada@example.com", "x@example.com", "x"),
    token: fc.constantFrom("TOKEN", "MAILED", ""),
    username: fc.constantFrom("ada", "grace", "x y"),
    data: fc.jsonValue() as fc.Arbitrary<never>,
  },
  { requiredKeys: [] },
);
const body = fc.oneof(
  fc.constant(null),
  credentials.map((value) => JSON.stringify(value)),
  fc.json(),
  fc.string({ unit: "binary", maxLength: 200 }),
);

describe("the HTTP API, for arbitrary requests,", () => {
  before(() => process.on("unhandledRejection", note));
  after(() => process.off("unhandledRejection", note));

  it("never returns a server error, a hash or another account's data", { timeout: 180_000 }, async () => {
    let mailed = "";
    const { anon } = setUp(memory(), {
      limits: false,
      sendMail({ token }) {
        mailed = token;
        throw new Error("from the application");
      },
    });
    const mark = "belongs-to-another-account";
    const other = await anon.signInAnonymously({ data: { mark } });
    const registered = await anon.admin.createUser({ data: { mark } });
    await anon.admin.convert({ id: registered.record.id }, { email: "ada@example.com", password: PASSWORD });
    await fc.assert(
      fc.asyncProperty(method, path, fc.array(header, { maxLength: 4 }), body, async (verb, where, headers, sent) => {
        const own = await anon.signInAnonymously();
        const fill = (text: string): string =>
          text
            .replace("TOKEN", own.token)
            .replace("MAILED", mailed)
            .replace("OWN", own.record.id)
            .replace("OTHER", other.record.id);
        const request = new Request(`https://shop.example${fill(where)}`, {
          method: verb,
          headers: new Headers(headers.map(([name, value]): [string, string] => [name, fill(value)])),
          body: verb === "GET" || verb === "HEAD" || sent === null ? null : fill(sent),
        });
        const response = await anon.handler(request);
        const text = await response.text();
        assert.ok(response.status < 500, `${response.status} ${text}`);
        const visible = text + JSON.stringify([...response.headers]);
        assert.doesNotMatch(visible, /\$argon2|\$sha256|"fence"/);
        const mine = response.status === 200 && /auth-with-password/.test(where);
        if (!mine) assert.ok(!text.includes(mark), text);
        if (text !== "" && response.status >= 400) {
          assert.deepEqual(Object.keys(JSON.parse(text)), ["status", "code", "message", "data"]);
        }
      }),
      { numRuns: 1_500, endOnFailure: true },
    );
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(unhandled, []);
    assert.equal((await anon.admin.get(other.record.id))?.mark, mark);
    assert.equal((await anon.admin.get(registered.record.id))?.mark, mark);
  });
});
