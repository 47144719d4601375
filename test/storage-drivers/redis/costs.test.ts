/** What an operation costs in round trips, as the server counts its commands. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { command } from "../../../scripts/redis/resp.mjs";
import redis from "../../../storage-drivers/redis/index.ts";
import { needsRedis, ownRedis, stopServers } from "../../support/redis.ts";
import { setUp } from "../../support/sdk.ts";

const LONG = needsRedis("own", { timeout: 300_000 });

/** The commands that clients sent since the last time, and how often. */
async function commandsOf(port: number): Promise<Record<string, number>> {
  const text = String(await command(port, ["INFO", "commandstats"]));
  await command(port, ["CONFIG", "RESETSTAT"]);
  const counts: Record<string, number> = {};
  for (const [, name = "", calls] of text.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) counts[name] = Number(calls);
  return counts;
}

describe("redis: what operations cost", () => {
  after(stopServers);

  it("a sign-in is one call of one script, an authentication one read, a round trip each", LONG, async () => {
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
      // what is asked with here is not the driver's
      const others = Object.keys(counts).filter((name) => !/^(info|config)/.test(name) && !own.includes(name as never));
      assert.deepEqual(others, []);
    }
    await driver.dispose();
  });

  it("sign-ins of one tick share a call", LONG, async () => {
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
