/** Property test: the API responds to every request as its description says, and reveals no other account's data. */
import assert from "node:assert/strict";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { ROUTES } from "../../../../sdk/http/api/handler.ts";
import memory from "../../../../storage-drivers/memory.ts";
import { describedBy, descriptionOf } from "../../../support/described.ts";
import { PASSWORD, setUp } from "../../../support/sdk.ts";
import { ISSUER, serviceKey } from "../../../support/service-keys.ts";

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);

const IDS: Readonly<Record<string, readonly string[]>> = {
  "records/{id}": ["OWN", "OTHER"],
  "sessions/{id}": ["aaaaaaaaaaaaaaaa"],
};
const route = fc.constantFrom(
  ...new Set(ROUTES.flatMap(({ path }) => (IDS[path] ?? [""]).map((id) => path.replace("{id}", id)))),
);
const path = fc.oneof(
  { weight: 6, arbitrary: route.map((name) => `/api/collections/users/${name}`) },
  { weight: 1, arbitrary: fc.webPath() },
  { weight: 1, arbitrary: fc.constant("/.well-known/jwks.json") },
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
    code: fc.constantFrom("0000-0000-0000-0000", ""),
    everywhere: fc.boolean(),
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

/** The JSON value of a text; `undefined` if it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

describe("the HTTP API, for arbitrary requests,", () => {
  before(() => process.on("unhandledRejection", note));
  after(() => process.off("unhandledRejection", note));

  it("never returns a server error, a hash, another account's data or what is not described", {
    timeout: 180_000,
  }, async () => {
    let mailed = "";
    const key = serviceKey("one");
    const { anon } = setUp(memory(), {
      limits: false,
      serviceTokens: { issuer: ISSUER, keys: { keys: [key] } },
      sendMail({ token }) {
        mailed = token;
        throw new Error("from the application");
      },
    });
    const mark = "belongs-to-another-account";
    const other = await anon.signInAnonymously({ data: { mark } });
    const registered = await anon.admin.createUser({ data: { mark } });
    await anon.admin.convert({ id: registered.record.id }, { email: "ada@example.com", password: PASSWORD });
    const check = describedBy(await descriptionOf(anon));
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
        assert.ok(!visible.includes(key.d), "a private key");
        const mine = response.status === 200 && /auth-with-password/.test(where);
        if (!mine) assert.ok(!text.includes(mark), text);
        if (text !== "" && response.status >= 400) {
          assert.deepEqual(Object.keys(JSON.parse(text)), ["status", "code", "message", "data"]);
        }
        const { pathname, searchParams } = new URL(request.url);
        check({
          // Bun makes GET of a method that it does not know
          ...{
            method: request.method,
            path: pathname,
            sent: parsed(sent === null ? "" : fill(sent)),
            status: response.status,
          },
          ...{ received: parsed(text), partial: searchParams.has("fields") },
        });
      }),
      { numRuns: 1_500, endOnFailure: true },
    );
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.deepEqual(unhandled, []);
    assert.equal((await anon.admin.get(other.record.id))?.mark, mark);
    assert.equal((await anon.admin.get(registered.record.id))?.mark, mark);
  });
});
