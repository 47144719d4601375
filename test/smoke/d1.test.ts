/** Accounts in D1, in workerd without `nodejs_compat`. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Miniflare, type WorkerOptions } from "miniflare";
import { TABLE } from "../../examples/workers/counts.ts";
import { driverConformance } from "../../storage-drivers/testing/index.ts";
import { KEYS } from "../storage-drivers/suite.ts";
import { bundleWorker } from "./worker-bundle.ts";

const TIMEOUT = { timeout: 300_000 };

/** What miniflare's types lose without the package of Cloudflare's types. */
interface Worker {
  fetch: typeof fetch;
  scheduled(event: { cron: string }): Promise<{ outcome: string }>;
}

type Query = Record<string, string>;

/** Cancels requests to an isolate: a client that only closes its connection is not noticed before the response. */
const GATEWAY: WorkerOptions = {
  name: "gateway",
  modules: [
    {
      type: "ESModule",
      path: "gateway.mjs",
      contents: `export default {
        fetch(request, env) {
          const { searchParams } = new URL(request.url);
          const signal = AbortSignal.timeout(searchParams.get("cancelAfter"));
          return env[searchParams.get("isolate")].fetch(request, { signal }).catch((error) => new Response(String(error)));
        },
      };`,
    },
  ],
  compatibilityDate: "2026-04-01",
  serviceBindings: { SLOW: "slow", CAPPED: "capped" },
};

describe("D1", () => {
  let bundle: string;
  let server: Miniflare;

  before(async () => {
    bundle = await bundleWorker("test/smoke/d1-worker.ts");
    const isolate = (name: string, delay = 0, database = "accounts"): WorkerOptions => ({
      name,
      modules: [{ type: "ESModule", path: "worker.mjs", contents: bundle }],
      compatibilityDate: "2026-04-01",
      d1Databases: { DB: database },
      bindings: { KEYS, DELAY: delay, CAP: name === "capped" ? 3 : 10_000 },
    });
    server = new Miniflare({
      host: "127.0.0.1",
      workers: [isolate("one"), isolate("two"), isolate("slow", 20), isolate("capped", 0, "capped"), GATEWAY],
    });
    await server.ready;
  });
  after(() => server?.dispose());

  const urlOf = (path: string, query: Query = {}): string => `http://localhost${path}?${new URLSearchParams(query)}`;

  const workerOf = async (isolate: string): Promise<Worker> => (await server.getWorker(isolate)) as unknown as Worker;

  async function send(path: string, query: Query = {}, isolate = "one") {
    const response = await (await workerOf(isolate)).fetch(urlOf(path, query));
    return { status: response.status, text: await response.text() };
  }

  /** What a call returns in an isolate. */
  async function call(path: string, query: Query = {}, isolate = "one") {
    const { status, text } = await send(path, query, isolate);
    assert.equal(status, 200, text);
    return JSON.parse(text);
  }

  async function errorOf(path: string) {
    const { status, text } = await send(path);
    assert.equal(status, 500, text);
    return JSON.parse(text);
  }

  it("bundles no client of SQL, and nothing of Node", () => {
    assert.doesNotMatch(bundle, /^import\b/m);
    assert.doesNotMatch(bundle, /pg-protocol|node_modules\/(pg|postgres|better-sqlite3)\//);
  });

  it("makes one schema for the first requests of two isolates", TIMEOUT, async () => {
    const isolates = Array.from({ length: 20 }, (_, number) => (number % 2 ? "one" : "two"));
    const tokens = await Promise.all(isolates.map((isolate) => call("/sign-in", {}, isolate)));
    for (const [number, token] of tokens.entries()) {
      const id = await call("/authenticate", { token }, isolates[(number + 1) % 2]);
      assert.equal(typeof id, "string");
    }
  });

  for (const { name } of driverConformance({ open: () => assert.fail() })) {
    it(`conformance: ${name}`, TIMEOUT, () => call("/conformance", { name }));
  }

  it("writes and reads together what one request does at once", TIMEOUT, async () => {
    const { swapped, read, batches } = await call("/many", { key: "together", count: "30" });
    assert.deepEqual(new Set(swapped), new Set([true]));
    assert.deepEqual(new Set(read), new Set(["value"]));
    assert.ok(batches <= 3, `${batches} round trips`);
  });

  it("lets one of many requests in two isolates win", TIMEOUT, async () => {
    const wins = await Promise.all(
      Array.from({ length: 40 }, (_, number) =>
        call("/swap", { key: "won-once", value: `${number}` }, number % 2 ? "one" : "two"),
      ),
    );
    assert.equal(wins.filter(Boolean).length, 1);
    const tokens = await Promise.all(
      Array.from({ length: 10 }, (_, number) => call("/sign-in", {}, number % 2 ? "one" : "two")),
    );
    const taken = await Promise.all(
      tokens.map((token, number) => send("/convert", { token, key: `${number}` }, number % 2 ? "two" : "one")),
    );
    assert.equal(taken.filter(({ status }) => status === 200).length, 1);
    for (const { status, text } of taken) if (status !== 200) assert.match(text, /email_taken/);
  });

  it("mails a code after the response, through waitUntil", TIMEOUT, async () => {
    const worker = await workerOf("one");
    const response = await worker.fetch(urlOf("/api/collections/users/request-password-reset"), {
      method: "POST",
      body: JSON.stringify({ email: "ada@example.com" }),
      headers: { "Content-Type": "application/json" },
    });
    assert.equal(response.status, 204, await response.text());
    let mails: string[] = [];
    while (mails.length === 0) mails = await call("/mails");
    assert.deepEqual(mails, ["ada@example.com"]);
  });

  it("creates one guest for requests with one idempotency key", TIMEOUT, async () => {
    const key = "k".repeat(24);
    const tokens = await Promise.all(
      Array.from({ length: 10 }, (_, number) => call("/sign-in", { key }, number % 3 ? "one" : "two")),
    );
    const ids = await Promise.all(tokens.map((token) => call("/authenticate", { token })));
    assert.equal(new Set(ids).size, 1);
  });

  it("goes on after requests that were cancelled at any point", TIMEOUT, async () => {
    for (let number = 0; number < 40; number++) {
      const { text } = await send("/sign-in", { isolate: "SLOW", cancelAfter: `${5 * number}` }, "gateway");
      if (number === 0) assert.match(text, /aborted/);
    }
    const tokens = await Promise.all(Array.from({ length: 20 }, () => call("/sign-in", {}, "slow")));
    for (const token of tokens) assert.equal(typeof (await call("/authenticate", { token })), "string");
  });

  it("keeps no place below maxAnonymous for requests that were cancelled", TIMEOUT, async () => {
    await call("/sign-in", {}, "capped");
    await call("/stuck", { writes: "yes" }, "capped");
    const query = { isolate: "CAPPED", cancelAfter: "300" };
    await Promise.all(Array.from({ length: 5 }, () => send("/sign-in", query, "gateway")));
    await call("/stuck", { writes: "no" }, "capped");
    for (let number = 2; number <= 3; number++) await call("/sign-in", {}, "capped");
    assert.match((await send("/sign-in", {}, "capped")).text, /too_many_anonymous/);
  });

  it("reports what D1 refuses", TIMEOUT, async () => {
    const large = await errorOf("/large");
    assert.deepEqual([large.name, large.code], ["DriverError", "invalid_value"], large.message);
    const foreign = await errorOf("/foreign");
    assert.deepEqual([foreign.name, foreign.code], ["DriverError", "corrupt"], foreign.message);
    // its reads may come from a replica
    const session = await errorOf("/session");
    assert.deepEqual([session.name, session.code], ["DriverError", "invalid_option"], session.message);
  });
});

describe("the example workers on D1", () => {
  let server: Miniflare;
  before(async () => {
    const contents = await bundleWorker("examples/workers/worker.ts");
    server = new Miniflare({
      host: "127.0.0.1",
      modules: [{ type: "ESModule", path: "worker.mjs", contents }],
      compatibilityDate: "2026-04-01",
      compatibilityFlags: ["nodejs_als"],
      d1Databases: { DB: "counter" },
      bindings: { ANON_SECRET: "a secret of at least 32 characters!" },
    });
  });
  after(() => server?.dispose());

  it("deletes inactive guests and their counts by a Cron Trigger, also before there is any", TIMEOUT, async () => {
    const database = await server.getD1Database("DB");
    await database.exec(TABLE);
    const worker = (await server.getWorker()) as unknown as Worker;
    const runCron = async () => (await worker.scheduled({ cron: "0 3 * * *" })).outcome;
    const counts = async () => (await database.prepare("SELECT count FROM counts").all()).results;
    assert.equal(await runCron(), "ok");
    const body = new URLSearchParams({ key: "k".repeat(20) });
    const headers = { "Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded" };
    for (let number = 0; number < 2; number++) {
      const init = { method: "POST", body: `${body}`, headers, redirect: "manual" } as const;
      const { status } = await server.dispatchFetch("http://localhost/count", init);
      assert.equal(status, 303);
    }
    assert.equal(await runCron(), "ok");
    assert.deepEqual(await counts(), [{ count: 2 }]);
    const inactive = `json_set(value, '$.lastActive', json_extract(value, '$.lastActive') - 31 * 86400000)`;
    await database.exec(`UPDATE anon_accounts SET due = 1, value = ${inactive} WHERE key >= 'acc:' AND key < 'acc;'`);
    assert.equal(await runCron(), "ok");
    assert.deepEqual(await counts(), []);
  });
});
