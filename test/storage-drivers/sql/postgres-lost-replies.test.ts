/** A statement whose reply is lost may have been executed: it is reported as such, and never sent again. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { Client } from "pg";
import sql from "../../../storage-drivers/sql/index.ts";
import { isDriverError } from "../../support/driver-errors.ts";
import { needsPostgres, ownPostgres, type PostgresServer, stopServers } from "../../support/postgres.ts";
import { CLIENTS, type Opened } from "../../support/postgres-clients.ts";
import { startProxy, type TcpProxy } from "../../support/tcp-proxy.ts";

const LONG = needsPostgres("own", { timeout: 120_000 });
const TIMEOUT = 1_000;
const MAY_HAVE_HAPPENED = isDriverError("unavailable", /a write may have happened/);

async function openProxy(): Promise<{ server: PostgresServer; proxy: TcpProxy; url: string }> {
  const server = await ownPostgres();
  const proxy = await startProxy(server.port);
  return { server, proxy, url: server.url.replace(`:${server.port}`, `:${proxy.port}`) };
}

async function until(ready: () => Promise<boolean>): Promise<void> {
  while (!(await ready())) await new Promise((resolve) => setTimeout(resolve, 20));
}

for (const [name, open] of CLIENTS) {
  describe(`PostgreSQL by ${name}: lost replies`, () => {
    after(stopServers);

    // postgres.js keeps a connection that does not reply until the system ends it
    for (const replies of name === "postgres.js" ? (["hang up"] as const) : (["hang up", "drop"] as const)) {
      it(`a write is not sent again (${replies})`, LONG, async () => {
        const { proxy, url } = await openProxy();
        const { driver, end } = open(url, { timeout: TIMEOUT });
        await driver.swap("a", null, "old");
        await driver.swap("b", null, "old");
        const writes: [needle: string, write: () => Promise<unknown>][] = [
          ["created-7", () => driver.swap("c", null, "created-7")],
          ["replaced-7", () => driver.swap("a", "old", "replaced-7")],
          ["deleted-7", () => driver.swap("deleted-7", "old", null)],
          ["forced-7", async () => driver.setItem!("b", "forced-7", {})],
          ["counted-7", () => driver.counter!("limit", { max: 5, seconds: 60 }).take("counted-7")],
          ["acc:swept-7", () => driver.deleteDue!(1, { keys: ["acc:swept-7"], beginning: "x", limit: 9 })],
        ];
        // one entry, without which a run of gc reads and does not write
        await driver.swap("acc:swept-7:1", null, "x", 1);
        for (const [needle, write] of writes) {
          const before = proxy.sent(needle);
          proxy.replies = replies;
          await assert.rejects(
            write(),
            needle.startsWith("acc") ? isDriverError("unavailable") : MAY_HAVE_HAPPENED,
            needle,
          );
          proxy.replies = "pass";
          // the next call gets a connection that works
          await until(() =>
            driver.read("a").then(
              () => true,
              () => false,
            ),
          );
          assert.ok(proxy.sent(needle) - before <= 1, `${needle} was sent ${proxy.sent(needle) - before} times`);
        }
        if (name !== "postgres.js") {
          assert.equal(await driver.read("c"), "created-7", "it was executed, but its reply was lost");
          assert.equal(await driver.read("a"), "replaced-7");
        }
        await end();
        await proxy.close();
      });
    }

    it("a read is sent again on another connection", LONG, async () => {
      const { proxy, url } = await openProxy();
      const { driver, end } = open(url, { timeout: 20_000 });
      await driver.swap("a", null, "1");
      const { accepted } = proxy;
      proxy.replies = "hang up";
      const reads = [driver.read("a"), driver.readMany!(["a", "b"]), driver.due(1, { limit: 1 })];
      await until(async () => proxy.accepted > accepted);
      proxy.replies = "pass";
      assert.deepEqual(await Promise.all(reads), ["1", ["1", null], { entries: [], cursor: null }]);
      await end();
      await proxy.close();
    });

    // postgres.js cannot take such a write back, and the error says that it may have happened
    const isTakenBack = name !== "postgres.js";

    it("a write that waits for a connection until the timeout is not sent later", LONG, async () => {
      const { server, proxy, url } = await openProxy();
      const { driver, end } = open(url, { timeout: TIMEOUT, connections: 1 });
      await driver.swap("a", null, "1");
      await server.restart();
      server.pause();
      const late = ["late-7", "late-8"].map((key) => driver.swap(key, null, "1"));
      for (const swap of late)
        await assert.rejects(
          swap,
          isTakenBack ? isDriverError("unavailable", /no free connection in time$/) : MAY_HAVE_HAPPENED,
        );
      server.resume();
      await until(() => driver.swap("b", null, "1").catch(() => false));
      await new Promise((resolve) => setTimeout(resolve, 200));
      const sent = ["late-7", "late-8"].map((key) => proxy.sent(key));
      assert.ok(
        sent.every((times) => times <= (isTakenBack ? 0 : 1)),
        String(sent),
      );
      const stored = sent.map((times) => (times === 0 ? null : "1"));
      assert.deepEqual(await driver.readMany!(["late-7", "late-8", "b"]), [...stored, "1"]);
      await end();
      await proxy.close();
    });
  });
}

describe("PostgreSQL by Client of pg: lost replies", () => {
  after(stopServers);

  it("a write is not sent again, and later calls say that a Client does not connect again", LONG, async () => {
    const { proxy, url } = await openProxy();
    const client = new Client({ connectionString: url });
    client.on("error", () => undefined);
    await client.connect();
    const opened: Opened = { driver: sql({ client, timeout: TIMEOUT }), end: () => client.end() };
    await opened.driver.swap("a", null, "old");
    proxy.replies = "hang up";
    await assert.rejects(opened.driver.swap("a", "old", "replaced-7"), MAY_HAVE_HAPPENED);
    proxy.replies = "pass";
    assert.equal(proxy.sent("replaced-7"), 1);
    for (const call of [() => opened.driver.read("a"), () => opened.driver.swap("b", null, "1")]) {
      await assert.rejects(call(), isDriverError("unavailable", /its connection is closed.*pass a Pool$/));
    }
    await opened.end();
    await proxy.close();
  });
});
