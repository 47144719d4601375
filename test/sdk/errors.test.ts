import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { turnstile } from "../../sdk/captcha/turnstile.ts";
import * as ambient from "../../sdk/context.ts";
import type { Anon } from "../../sdk/contract/anon.ts";
import { createAnon } from "../../sdk/create-anon.ts";
import { AnonError, type AnonErrorCode } from "../../sdk/errors.ts";
import { verifyEmail } from "../../sdk/operations/verify-email.ts";
import type { Duration } from "../../sdk/types.ts";
import { createServiceVerifier } from "../../sdk/verify/index.ts";
import memory from "../../storage-drivers/memory.ts";
import { open } from "../../storage-drivers/open.ts";
import { intercepting, SECRET, setUp } from "../support/sdk.ts";
import { createWorld } from "../support/world.ts";

const verifyService = createServiceVerifier({ jwks: { keys: 1 as unknown as [] }, issuer: "shop", audience: "orders" });
const KEY = "an-idempotency-key";
const read = (path: string): Promise<string> => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

/** The codes and statuses in the source. */
async function codesOfSource(): Promise<Map<string, number>> {
  const source = await read("sdk/errors.ts");
  const table = /const STATUS = \{([\s\S]*?)\} as const/.exec(source)?.[1] ?? "";
  return new Map([...table.matchAll(/(\w+): (\d+),/g)].map(([, code, status]) => [code as string, Number(status)]));
}

describe("error codes", () => {
  it("are all documented with their status, and no others are", async () => {
    const documented = [...(await read("docs/errors.md")).matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(
      ([, code, status]) => [code, Number(status)] as const,
    );
    assert.deepEqual([...documented].sort(), [...(await codesOfSource())].sort());
    assert(documented.length > 20);
  });

  it("have a valid HTTP status", async () => {
    for (const [code, status] of await codesOfSource()) {
      const error = new AnonError(code as AnonErrorCode, "Cannot");
      assert.deepEqual([error.code, error.status, error.name], [code, status, "AnonError"]);
      assert(status >= 400 && status < 600);
    }
  });

  it("belong to errors that keep their cause and issues", () => {
    const cause = new Error("why");
    const issues = [{ path: "a", message: "is bad" }];
    const error = new AnonError("invalid_data", "Cannot", { cause, issues });
    assert.equal(error.cause, cause);
    assert.deepEqual(error.issues, issues);
    assert.equal("cause" in new AnonError("conflict", "Cannot"), false);
    assert.deepEqual(new AnonError("conflict", "Cannot").issues, []);
    assert(error instanceof Error);
  });
});

const LONE = { provider: "oidc", subject: "lone" };

/** Checks more passwords at once than may wait, all of accounts that do not exist. */
async function flood(anon: Anon): Promise<unknown> {
  const wrong = (_: unknown, i: number) => anon.signInWithPassword(`nobody${i}@example.com`, "a wrong password");
  const done = await Promise.allSettled(Array.from({ length: 400 }, wrong));
  const refused = done.find((one) => one.status === "rejected" && one.reason.code === "overloaded");
  throw (refused as PromiseRejectedResult | undefined)?.reason;
}

/** The token of an account whose only way in is that identity. */
async function loneIdentity(anon: Anon): Promise<string> {
  const { token } = await anon.signInAnonymously();
  return (await anon.convertWithIdentity(token, LONE)).token;
}

describe("every refusal of invalid input", () => {
  it("has its own code, follows the grammar of error messages, and contains no password, token or secret", async () => {
    const chosen = "hunter2-hunter2";
    const short = "hunt3r2";
    const shortSecret = "s3cr3t-too-short";
    const driver = memory();
    const { anon } = setUp(driver, { collections: { users: {} } });
    const { anon: open_ } = setUp(memory());
    const guest = await anon.signInAnonymously();
    const made = await anon.admin.createUser();
    const other = await anon.signInAnonymously();
    const valid = { email: "ada@example.com", password: chosen, username: "ada" };
    const { token } = await anon.convert(guest.token, valid);
    const forged = `${token.slice(0, -4)}AAAA`;
    const down = setUp(intercepting(driver, { read: () => Promise.reject(new Error("gone")) })).anon;
    await anon.signOut((await anon.signInAnonymously({ idempotencyKey: KEY })).token);
    const late = await anon.context(new Request("https://shop.example/"));
    late.respond(new Response());
    const slow = await anon.context(
      new Request("https://shop.example/", { headers: { cookie: `__Host-anon=${guest.token}` } }),
    );
    const busy = setUp(intercepting(driver, { swap: async () => false })).anon;
    await driver.swap("acc:users:aaaaaaaaaaaaaaa", null, "damaged");
    const { anon: full } = setUp(driver, { maxAnonymous: 0 });
    const { anon: strict } = setUp(driver, {
      capabilities: { registered: ["admin:*"] },
    });
    const { anon: limited } = setUp(driver, {
      limits: { passwordsPerIdentity: { max: 1, per: "1h" } },
      hooks: { beforeCreate: () => false, beforeDelete: () => false },
    });
    const captcha = turnstile({
      secret: chosen,
      token: () => short,
      fetch: () => Promise.reject(new Error("offline")),
    });
    const { anon: guarded } = setUp(driver, { hooks: { beforeCreate: captcha } });
    const readOnly = anon.visitor({ headers: new Headers(), cookies: { get: () => undefined } });
    await assert.rejects(limited.signInWithPassword("ada@example.com", `${chosen}x`));
    const bad = (input: Partial<typeof valid> & { data?: unknown }) => () =>
      anon.convert(other.token, { ...valid, email: "b@example.com", username: "bbb", ...input } as typeof valid);
    const refusals: [AnonErrorCode, () => unknown][] = [
      ["unknown_collection", () => anon.signInAnonymously({ collection: "staff" as "users" })],
      ["invalid_collection", () => open_.signInAnonymously({ collection: "No Such" })],
      ["invalid_secret", () => createAnon({ storage: memory(), secret: shortSecret })],
      ["invalid_secret", () => createAnon({ storage: memory(), secret: undefined })],
      ["invalid_options", () => createAnon({ storage: memory(), secret: SECRET, maxSessions: 0 })],
      ["invalid_email", bad({ email: "ada" })],
      ["reserved_email", bad({ email: other.record.email })],
      ["email_taken", bad({ email: "ADA@example.com" })],
      ["invalid_username", bad({ username: "a b" })],
      ["reserved_username", bad({ username: other.record.username })],
      ["username_taken", bad({ username: "ADA" })],
      ["weak_password", bad({ password: short })],
      ["weak_password", bad({ password: chosen.repeat(100) })],
      ["session_replaced", () => slow.signInAnonymously()],
      ["already_registered", () => anon.convert(token, valid)],
      ["invalid_token", () => anon.convert(forged, valid)],
      ["invalid_token", () => anon.refresh(forged)],
      ["invalid_token", () => anon.signInWithToken(guest.token)],
      ["not_found", () => anon.admin.convert({ id: "nobody" }, valid)],
      ["not_found", () => anon.admin.update("nobody", {})],
      ["invalid_credentials", () => anon.signInWithPassword("ada@example.com", `${chosen}x`)],
      ["invalid_credentials", () => anon.signInWithPassword(made.email, `${made.password}x`)],
      ["invalid_credentials", () => anon.signInWithPassword("nobody@example.com", chosen)],
      ["invalid_duration", () => anon.createTransferCode(token, { expiresIn: "1s" })],
      ["invalid_duration", () => anon.admin.gc({ olderThan: "30x" as Duration })],
      ["reserved_field", bad({ data: JSON.parse('{"__proto__":{}}') })],
      ["invalid_data", bad({ data: { when: new Date() } })],
      ["record_too_large", bad({ data: { text: chosen.repeat(20_000) } })],
      ["unknown_storage_scheme", () => open(`mysql://user:${chosen}@host/`)],
      ["invalid_storage_url", () => open(`redis+cluster://user:${chosen}@host:notaport`)],
      ["invalid_action_token", () => verifyEmail(createWorld().process(), token)],
      ["invalid_transfer_code", () => anon.signInWithTransferCode(chosen)],
      ["registration_required", () => anon.authorize(other.record, "cart:write")],
      ["capability_required", () => strict.authorize(other.record, "cart:write")],
      ["invalid_token", () => anon.authorize(null, "cart:write")],
      ["invalid_options", () => anon.can(other.record, "Cart Write")],
      ["outside_request", () => ambient.auth()],
      ["response_sent", () => late.signOut()],
      ["invalid_idempotency_key", () => anon.signInAnonymously({ idempotencyKey: short })],
      ["idempotency_key_used", () => anon.signInAnonymously({ idempotencyKey: KEY })],
      ["rate_limited", () => limited.signInWithPassword("ada@example.com", `${chosen}x`)],
      ["overloaded", () => flood(anon)],
      ["creation_refused", () => limited.signInAnonymously()],
      ["cookies_read_only", () => readOnly.signInAnonymously()],
      ["captcha_unavailable", () => guarded.signInAnonymously()],
      ["service_tokens_unconfigured", () => anon.issueServiceToken(token, { audience: "orders" })],
      ["jwks_unavailable", () => verifyService(`${btoa('{"alg":"ES256"}')}.e30.AA`)],
      ["invalid_id", () => anon.admin.importAccount({ id: "a:b" })],
      ["unsupported_hash", () => anon.admin.importAccount({ id: "a", passwordHash: chosen })],
      ["invalid_identity", () => anon.signInWithIdentity({ provider: "", subject: "1" })],
      ["not_registered", () => anon.link(other.token, { provider: "oidc", subject: "1" })],
      ["last_way_in", async () => loneIdentity(anon).then((token) => anon.unlink(token, LONE))],
      ["identity_taken", () => anon.link(token, LONE)],
      ["merge_refused", () => anon.merge({ anonymous: other.token, account: token, strategy: "refuse" })],
      ["account_held", async () => anon.admin.hold(made.record.id).then(() => anon.admin.delete(made.record.id))],
      ["refused", () => limited.admin.delete(other.record.id)],
      ["too_many_anonymous", () => full.signInAnonymously()],
      ["conflict", () => busy.signInAnonymously()],
      ["storage_unavailable", () => down.authenticate(token)],
      ["storage_corrupt", () => anon.admin.get("aaaaaaaaaaaaaaa")],
    ];
    const secrets = [chosen, short, shortSecret, SECRET, made.password, token, forged, guest.token];
    for (const [code, refuse] of refusals) {
      let error: unknown;
      try {
        await refuse();
      } catch (thrown) {
        error = thrown;
      }
      assert(error instanceof AnonError, `${code}: ${error}`);
      assert.equal(error.code, code, error.message);
      assert.match(error.message, /^Cannot .*[^.]$/s);
      const shown = `${error.message} ${error.stack} ${JSON.stringify(error)}`;
      for (const secret of secrets) assert.equal(shown.includes(secret), false, `${code} contains a secret`);
    }
    const covered = new Set(refusals.map(([code]) => code));
    const missing = [...(await codesOfSource()).keys()].filter((code) => !covered.has(code as AnonErrorCode));
    assert.deepEqual(missing, []);
  });
});

describe("AnonError", () => {
  it("recognises the errors of another copy of the package, and no other object", async () => {
    const other = "../../sdk/errors.ts?copy";
    const { AnonError: Copy } = (await import(other)) as { AnonError: typeof AnonError };
    assert.notEqual(Copy, AnonError);
    assert(new Copy("conflict", "Cannot do this") instanceof AnonError);
    for (const value of [new Error("Cannot do this"), { name: "AnonError", code: "conflict" }, null, undefined]) {
      assert.equal(value instanceof AnonError, false);
    }
  });
});
