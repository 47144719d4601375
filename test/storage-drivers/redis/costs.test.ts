/** The round trips of an operation, by the server's command statistics. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { command } from "../../../scripts/redis/resp.mjs";
import redis from "../../../storage-drivers/redis/index.ts";
import { needsRedis, ownRedis, stopServers } from "../../support/redis.ts";
import { setUp } from "../../support/sdk.ts";

const LONG = needsRedis("own", { timeout: 300_000 });

/** How often each command was sent since the last call. */
async function commandsOf(port: number): Promise<Record<string, number>> {
  const text = String(await command(port, ["INFO", "commandstats"]));
  await command(port, ["CONFIG", "RESETSTAT"]);
  const counts: Record<string, number> = {};
  for (const [, name = "", calls] of text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) counts[name] = Number(calls);
  return counts;
}

describe("redis: round trips", () => {
  after(stopServers);

  it("are one script call for a sign-in and one read for an authentication", LONG, async () => {
    const { port, url } = await ownRedis();
    const driver = redis({ url });
    const { anon } = setUp(driver);
    await anon.signInAnonymously();
    await commandsOf(port);
    const { token } = await anon.signInAnonymously();
    const signIn = await commandsOf(port);
    assert.equal(signIn.evalsha, 1);
    await anon.authenticate(token);
    const authentication = await commandsOf(port);
    assert.equal(authentication.get, 1);
    for (const [counts, own] of [
      [signIn, ["evalsha", "set", "zadd"]],
      [authentication, ["get"]],
    ] as const) {
      // INFO and CONFIG are sent by this test
      const others = Object.keys(counts).filter((name) => !/^(info|config)/.test(name) && !own.includes(name as never));
      assert.deepEqual(others, []);
    }
    await driver.dispose();
  });

  it("are shared by calls of the same tick", LONG, async () => {
    const { port, url } = await ownRedis();
    const driver = redis({ url });
    const { anon } = setUp(driver);
    await anon.signInAnonymously();
    await commandsOf(port);
    const signedIn = await Promise.all(Array.from({ length: 32 }, () => anon.signInAnonymously()));
    assert.ok(((await commandsOf(port)).evalsha ?? 0) <= 2);
    await Promise.all(signedIn.map(({ token }) => anon.authenticate(token)));
    const { mget = 0, get = 0 } = await commandsOf(port);
    assert.ok(mget >= 1 && mget + get <= 2, `${mget} mget, ${get} get`);
    await driver.dispose();
  });
});
