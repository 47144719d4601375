/** A call ends within its timeout, even if the system clock is changed or the call is sent twice. */
import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { after, describe, it } from "node:test";
import { Redis } from "ioredis";
import { Deadlines, type Waiting } from "../../../storage-drivers/redis/deadlines.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import { needsRedis, standaloneUrl, stopServers, uniqueBase } from "../../support/redis.ts";

const LONG = { timeout: 30_000 };

/** Blocks the event loop. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe("redis: the timeout of a call", () => {
  after(stopServers);

  it("does not change when the system clock is set", LONG, async () => {
    const now = Date.now;
    const started = performance.now();
    // keeps the process alive, which the timer of the deadlines does not
    const alive = setTimeout(() => undefined, 10_000);
    try {
      const expired = await new Promise<Waiting>((resolve) => {
        const deadlines = new Deadlines(1600, resolve);
        deadlines.add({ deadline: started + 60_000 });
        deadlines.add({ deadline: started + 200 });
        Date.now = () => now() - 3_600_000;
      });
      assert.equal(expired.deadline, started + 200);
    } finally {
      Date.now = now;
      clearTimeout(alive);
    }
    assert.ok(performance.now() - started >= 199);
  });

  it("applies to a call that is sent again, and dispose waits for that call", LONG, async () => {
    const sockets: Socket[] = [];
    // knows no script, and never replies to the EVAL that follows
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on("data", (data) => {
        if (/evalsha/i.test(String(data))) socket.write("-NOSCRIPT No matching script. Please use EVAL.\r\n");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const client = new Redis({ port, host: "127.0.0.1", enableReadyCheck: false, disableClientInfo: true });
    client.on("error", () => undefined);
    const driver = redis({ client, timeout: 500 });
    const swap = assert.rejects(driver.swap("a", null, "b", 1), { name: "DriverError", code: "unavailable" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all([driver.dispose(), swap]);
    client.disconnect();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it("is not used up while a busy program cannot read the reply", needsRedis("standalone", LONG), async () => {
    const driver = redis({ url: await standaloneUrl(), base: uniqueBase(), timeout: 200 });
    await driver.swap("key", null, "value");
    const once = driver.read("key");
    block(1000);
    assert.equal(await once, "value");
    const often = Array.from({ length: 20 }, () => driver.read("key"));
    // a reply arrives in a later turn of the event loop than its command was sent in
    for (let turn = 0; turn < 8; turn += 1) {
      block(150);
      await new Promise((resolve) => setTimeout(resolve));
    }
    assert.deepEqual(await Promise.all(often), new Array(20).fill("value"));
    await driver.dispose();
  });

  it("starts when a call is made, not with the blocking work before it", LONG, async () => {
    // keeps the process alive, which the timer of the deadlines does not
    const alive = setTimeout(() => undefined, 10_000);
    let started = 0;
    await new Promise<Waiting>((resolve) => {
      const deadlines = new Deadlines<Waiting>(320, resolve);
      const settled = { deadline: deadlines.now + 320 };
      deadlines.add(settled);
      deadlines.remove(settled);
      const before = deadlines.now;
      block(3000);
      assert.ok(deadlines.now - before < 200, `${deadlines.now - before} of 3000 ms`);
      started = performance.now();
      deadlines.add({ deadline: deadlines.now + 320 });
    });
    clearTimeout(alive);
    const took = performance.now() - started;
    assert.ok(took >= 315 && took < 10_000, `${took} ms`);
  });

  it("expires in a busy program too, if there is no reply", LONG, async () => {
    const expired = new Promise<number>((resolve) => {
      const deadlines = new Deadlines<Waiting>(200, () => resolve(performance.now()));
      deadlines.add({ deadline: deadlines.now + 200 });
    });
    const started = performance.now();
    const busy = setInterval(() => block(20), 25);
    const took = (await expired) - started;
    clearInterval(busy);
    assert.ok(took >= 199 && took < 10_000, `${took} ms`);
  });
});
