/** `deleteDue` when Redis refuses its commands or is down. The conformance suite tests the rest. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { command } from "../../../scripts/redis/resp.mjs";
import redis from "../../../storage-drivers/redis/index.ts";
import { needsRedis, ownRedis, stopServers } from "../../support/redis.ts";

const LONG = needsRedis("own", { timeout: 300_000 });
const WHAT = { limit: 32, keys: ["acc:"], beginning: "guest" };

describe("redis: deleteDue", () => {
  after(stopServers);

  it("deletes nothing if the server refuses its commands, and rejects if the server is down", LONG, async () => {
    const server = await ownRedis();
    const driver = redis({ url: server.url });
    const sweep = async (one = driver, cursor?: string) => one.deleteDue?.(100, { ...WHAT, cursor: cursor ?? null });
    for (let i = 0; i < 40; i++) await driver.swap(`acc:users:${i}`, null, "guest", i);
    for (const refused of ["zcount", "zrange"]) {
      const rules = ["reset", "on", ">pass", "~*", "+@all", `-${refused}`];
      await command(server.port, ["ACL", "SETUSER", refused, ...rules]);
      const limited = redis({ url: server.url, username: refused, password: "pass" });
      assert.deepEqual(await sweep(limited), { deleted: 0, cursor: null }, `without ${refused}`);
      await limited.dispose();
    }
    const first = await sweep();
    assert.ok(first && first.deleted > 0 && first.cursor !== null);
    for (const cursor of ["", "1", "a:b:c", `${first.cursor},1`]) {
      const invalid = { name: "DriverError", code: "invalid_option" };
      await assert.rejects(sweep(driver, cursor), invalid, JSON.stringify(cursor));
    }
    await server.kill();
    await assert.rejects(sweep(), { name: "DriverError", code: "unavailable" });
    await driver.dispose();
  });
});
