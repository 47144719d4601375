/** Limits on sign-ups and passwords by address and identity. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { Anon } from "../../../sdk/contract/anon.ts";
import type { AnonError } from "../../../sdk/errors.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import memory from "../../../storage-drivers/memory.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import { refusal, sender } from "../../support/api.ts";
import { clusterUrl, needsRedis, ownRedis, standaloneUrl, stopServers, uniqueBase } from "../../support/redis.ts";
import { PASSWORD, refused, setUp } from "../../support/sdk.ts";

const URL_OF_SHOP = "https://shop.example/";
const TWO = { max: 2, per: "1h" } as const;
const LONG = { timeout: 300_000 };

/** The outcome of a sign-up from this address: "done", or the code of the error. */
async function signUp(anon: Anon, address: string | undefined, headers: Record<string, string> = {}): Promise<string> {
  const context = await anon.context(new Request(URL_OF_SHOP, { headers }), { remoteAddress: address });
  try {
    const { record } = await context.signInAnonymously();
    assert.match(record.id, /^[a-z0-9]{15}$/);
    return "done";
  } catch (error) {
    return (error as AnonError).code;
  }
}

async function inSequence(calls: (() => Promise<string>)[]): Promise<string[]> {
  const outcomes: string[] = [];
  for (const call of calls) outcomes.push(await call());
  return outcomes;
}

const LIMITED = ["done", "done", "rate_limited"];

describe("sign-ups of one address", () => {
  it("are limited to 30 an hour by default", async () => {
    const { anon } = setUp(memory());
    for (let i = 0; i < 30; i++) assert.equal(await signUp(anon, "192.0.2.1"), "done");
    assert.equal(await signUp(anon, "192.0.2.1"), "rate_limited");
    assert.equal(await signUp(anon, "192.0.2.2"), "done");
    // not limited: requests without an address, and direct calls by the application
    for (let i = 0; i < 31; i++) assert.equal(await signUp(anon, undefined), "done");
    for (let i = 0; i < 31; i++) await anon.signInAnonymously();
  });

  it("are counted by IPv6 network, and by IPv4 address in any notation", async () => {
    const { anon } = setUp(memory(), { limits: { signUpsPerAddress: TWO } });
    const from = (...addresses: string[]) => inSequence(addresses.map((address) => () => signUp(anon, address)));
    assert.deepEqual(await from("2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::"), LIMITED);
    assert.deepEqual(await from("2001:db8:0:100::1"), ["done"]);
    assert.deepEqual(await from("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"), LIMITED);
    // a malformed address is counted too
    assert.deepEqual(await from("somewhere", "somewhere", "somewhere"), LIMITED);
  });

  it("are counted by IPv6 /56, a usual subscriber's 256 networks, or by `ipv6Prefix` bits", async () => {
    const networks = Array.from({ length: 60 }, (_, i) => `2001:db8:0:${i.toString(16)}::1`);
    const passed = async (ipv6Prefix?: number): Promise<number> => {
      const { anon } = setUp(memory(), { limits: { signUpsPerAddress: TWO, ipv6Prefix } });
      const outcomes = await inSequence(networks.map((address) => () => signUp(anon, address)));
      return outcomes.filter((one) => one === "done").length;
    };
    assert.deepEqual([await passed(), await passed(56), await passed(48), await passed(64)], [2, 2, 2, 60]);
  });

  it("count created accounts, but no signed-in visitors and no repeated requests", async () => {
    const { anon } = setUp(memory(), { limits: { signUpsPerAddress: TWO } });
    const { token } = await anon.signInAnonymously();
    for (let i = 0; i < 5; i++) assert.equal(await signUp(anon, "192.0.2.1", { authorization: token }), "done");
    const key = { "idempotency-key": "9f1c2b7e-1b0c-4b44" };
    for (let i = 0; i < 5; i++) assert.equal(await signUp(anon, "192.0.2.1", key), "done");
    const others = { "idempotency-key": "another key, please".replaceAll(" ", "-") };
    const both = await Promise.all([signUp(anon, "192.0.2.2", others), signUp(anon, "192.0.2.2", others)]);
    assert.deepEqual(both, ["done", "done"]);
    assert.deepEqual(await inSequence([() => signUp(anon, "192.0.2.2"), () => signUp(anon, "192.0.2.2")]), [
      "done",
      "rate_limited",
    ]);
  });

  it("use the address of a header only from a trusted proxy", async () => {
    const forged = (i: number) => ({ "x-forwarded-for": `203.0.113.${i}` });
    const { anon } = setUp(memory(), { limits: { signUpsPerAddress: TWO } });
    assert.deepEqual(await inSequence([1, 2, 3].map((i) => () => signUp(anon, "192.0.2.1", forged(i)))), LIMITED);

    const limits = { signUpsPerAddress: TWO };
    const { anon: proxied } = setUp(memory(), { limits, trustedProxy: { header: "X-Forwarded-For" } });
    for (const i of [1, 2, 3]) assert.equal(await signUp(proxied, "192.0.2.1", forged(i)), "done");
    // the client's own entries come before the one that the proxy adds
    const added = (i: number) => ({ "x-forwarded-for": `203.0.113.${i}, 198.51.100.1` });
    assert.deepEqual(await inSequence([1, 2, 3].map((i) => () => signUp(proxied, "192.0.2.1", added(i)))), LIMITED);
    // without the header, or with a malformed one, the sender's address counts
    const none: Record<string, string>[] = [{}, { "x-forwarded-for": "unknown" }, { "x-forwarded-for": "" }];
    assert.deepEqual(await inSequence(none.map((headers) => () => signUp(proxied, "192.0.2.9", headers))), LIMITED);

    const { anon: two } = setUp(memory(), { limits, trustedProxy: { header: "x-forwarded-for", hops: 2 } });
    const through = (i: number) => ({ "x-forwarded-for": `203.0.113.${i}, 198.51.100.1, 10.0.0.${i}` });
    assert.deepEqual(await inSequence([1, 2, 3].map((i) => () => signUp(two, "192.0.2.1", through(i)))), LIMITED);
  });

  it("are allowed again when the period is over", LONG, async () => {
    const { anon } = setUp(memory(), { limits: { signUpsPerAddress: { max: 1, per: "1s" } } });
    assert.equal(await signUp(anon, "192.0.2.1"), "done");
    assert.equal(await signUp(anon, "192.0.2.1"), "rate_limited");
    while ((await signUp(anon, "192.0.2.1")) !== "done") await new Promise((resume) => setTimeout(resume, 50));
  });
});

describe("the API under limits", () => {
  const from = { remoteAddress: "192.0.2.1" };

  it("returns 429 with Retry-After, counting guests and registrations together", LONG, async () => {
    const { anon } = setUp(memory(), { limits: { signUpsPerAddress: TWO } });
    const send = sender(anon, undefined, from);
    const body = { email: "ada@example.com", password: PASSWORD, passwordConfirm: PASSWORD };
    assert.equal((await send("POST", "users/records", { body })).status, 200);
    assert.equal((await send("POST", "users/auth-anonymously")).status, 200);
    const over = await send("POST", "users/auth-anonymously");
    refusal(over, 429);
    assert.equal(over.body.message, "Too Many Requests.");
    const seconds = Number(over.headers.get("retry-after"));
    assert.ok(Number.isInteger(seconds) && seconds > 0 && seconds <= 3_600, `${seconds}`);
    refusal(await send("POST", "users/records", { body: { ...body, email: "bob@example.com" } }), 429);
  });

  it("counts failed registrations, which would reveal which emails are taken", LONG, async () => {
    const { anon } = setUp(memory(), { limits: { signUpsPerAddress: { max: 3, per: "1h" } } });
    const send = sender(anon, undefined, from);
    const body = { email: "ada@example.com", password: PASSWORD, passwordConfirm: PASSWORD };
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await send("POST", "users/records", { body })).status);
    assert.deepEqual(statuses, [200, 400, 400, 429]);
  });

  it("limits wrong passwords from one address, across accounts", LONG, async () => {
    const { anon } = setUp(memory(), { limits: { passwordsPerAddress: TWO } });
    const guess = async (identity: string, address: string): Promise<number> =>
      (
        await sender(anon, undefined, { remoteAddress: address })("POST", "users/auth-with-password", {
          body: { identity, password: PASSWORD },
        })
      ).status;
    assert.deepEqual(
      [await guess("a@example.com", "192.0.2.1"), await guess("b@example.com", "192.0.2.1")],
      [400, 400],
    );
    assert.deepEqual(
      [await guess("c@example.com", "192.0.2.1"), await guess("c@example.com", "192.0.2.2")],
      [429, 400],
    );
  });

  it("limits guesses of the old password with a stolen session", LONG, async () => {
    const { anon } = setUp(memory(), { limits: { passwordsPerIdentity: TWO } });
    const send = sender(anon);
    const guest = await anon.signInAnonymously();
    const { token, record } = await anon.convert(guest.token, { email: "ada@example.com", password: PASSWORD });
    const change = async (oldPassword: string): Promise<number> => {
      const body = { oldPassword, password: "another password", passwordConfirm: "another password" };
      return (await send("PATCH", `users/records/${record.id}`, { body, token })).status;
    };
    assert.deepEqual([await change("wrong one"), await change("wrong two"), await change(PASSWORD)], [400, 400, 429]);
  });

  it("calls beforeCreate with the request, and returns 403 if it refuses", async () => {
    const { anon } = setUp(memory(), {
      hooks: {
        beforeCreate: ({ request, address }) => request?.headers.get("x-captcha") === `solved by ${address}`,
      },
    });
    const send = sender(anon, undefined, from);
    refusal(await send("POST", "users/auth-anonymously"), 403);
    const headers = { "x-captcha": "solved by 192.0.2.1" };
    assert.equal((await send("POST", "users/auth-anonymously", { headers })).status, 200);
    const { anon: full } = setUp(memory(), { maxAnonymous: 0 });
    refusal(await sender(full)("POST", "users/auth-anonymously"), 503);
  });
});

describe("collections that are not configured", () => {
  const ROUTES = [
    ["POST", "auth-anonymously"],
    ["POST", "records"],
    ["POST", "auth-with-password"],
    ["GET", "auth-methods"],
    ["POST", "request-password-reset"],
    ["GET", "records/aaaaaaaaaaaaaaa"],
  ] as const;

  it("return 404 over HTTP: without `collections` only `users` exists, with its cap", async () => {
    for (const options of [{ maxAnonymous: 5 }, { maxAnonymous: 5, collections: { users: {} } }]) {
      const driver = memory();
      const { anon } = setUp(driver, options);
      const send = sender(anon as Anon);
      for (let i = 0; i < 100; i++) refusal(await send("POST", `c${i}/auth-anonymously`), 404);
      for (const [method, path] of ROUTES) {
        const unknown = await send(method, `customers/${path}`, { body: method === "GET" ? undefined : {} });
        refusal(unknown, 404);
        assert.equal(unknown.body.message, "Missing or invalid collection context.");
      }
      const statuses: number[] = [];
      for (let i = 0; i < 7; i++) statuses.push((await send("POST", "users/auth-anonymously")).status);
      assert.deepEqual(statuses, [200, 200, 200, 200, 200, 503, 503]);
      let guests = 0;
      for await (const _ of driver.keys("acc:")) guests++;
      assert.equal(guests, 5);
    }
  });
});

describe("limits over redis", () => {
  after(stopServers);

  for (const [kind, url] of [
    ["standalone", standaloneUrl],
    ["cluster", clusterUrl],
  ] as const) {
    it(`count across all processes (${kind})`, needsRedis(kind, LONG), async () => {
      const [where, base] = [await url(), uniqueBase()];
      const drivers: AtomicDriver[] = [redis({ url: where, base }), redis({ url: where, base })];
      const processes = drivers.map(
        (driver) =>
          setUp(driver, { limits: { signUpsPerAddress: { max: 9, per: "1h" }, passwordsPerIdentity: TWO } }).anon,
      ) as [Anon, Anon];
      const outcomes = await Promise.all(
        Array.from({ length: 24 }, (_, i) => signUp(processes[i % 2] as Anon, "192.0.2.1")),
      );
      assert.equal(outcomes.filter((one) => one === "done").length, 9);
      assert.equal(outcomes.filter((one) => one === "rate_limited").length, 15);
      const [one, other] = processes;
      await refused(one.signInWithPassword("ada@example.com", PASSWORD), "invalid_credentials");
      await refused(other.signInWithPassword("ada@example.com", PASSWORD), "invalid_credentials");
      const { retryAfter = 0 } = await refused(one.signInWithPassword("ada@example.com", PASSWORD), "rate_limited");
      assert.ok(retryAfter > 3_500 && retryAfter <= 3_600, `${retryAfter}`);
      // counters are not among the accounts' keys
      const keys: string[] = [];
      for await (const key of (drivers[0] as AtomicDriver).keys("")) keys.push(key);
      assert.equal(keys.length, 9);
      for (const driver of drivers) await driver.dispose();
    });
  }

  it("refuse every request while the server is down", needsRedis("own", LONG), async () => {
    const server = await ownRedis();
    const driver = redis({ url: server.url, timeout: 500 });
    const { anon } = setUp(driver, { limits: { signUpsPerAddress: TWO } });
    assert.equal(await signUp(anon, "192.0.2.1"), "done");
    await server.kill();
    assert.equal(await signUp(anon, "192.0.2.1"), "storage_unavailable");
    await refused(anon.signInWithPassword("ada@example.com", PASSWORD), "storage_unavailable");
    await server.restart();
    assert.equal(await signUp(anon, "192.0.2.1"), "done");
    await driver.dispose();
  });
});
