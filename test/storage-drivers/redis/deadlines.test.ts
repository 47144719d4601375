/** A call ends within its timeout: whatever the clock on the wall does, and also between two sends. */
import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { after, describe, it } from "node:test";
import { Redis } from "ioredis";
import { Deadlines, type Waiting } from "../../../storage-drivers/redis/deadlines.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import { needsRedis, standaloneUrl, stopServers, uniqueBase } from "../../support/redis.ts";

const LONG = { timeout: 30_000 };

/** Lets nothing else run, as a program does that computes. */
function compute(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe("redis: the time a call may take", () => {
  after(stopServers);

  it("is not prolonged or cut by a clock that is set", LONG, async () => {
    const now = Date.now;
    const started = performance.now();
    // keeps the process, which the timer of the deadlines does not
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

  it("counts a call that is sent once more: dispose waits for it, and it ends", LONG, async () => {
    const sockets: Socket[] = [];
    // knows no script, and never says what came of it when it is sent in full
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

  it(
    "is not used up by a program that does not come to reading the answer",
    needsRedis("standalone", LONG),
    async () => {
      const driver = redis({ url: await standaloneUrl(), base: uniqueBase(), timeout: 200 });
      await driver.swap("key", null, "value");
      const once = driver.read("key");
      compute(1000);
      assert.equal(await once, "value");
      const often = Array.from({ length: 20 }, () => driver.read("key"));
      // one turn of the loop between two of them: what is sent in one is answered in another
      for (let turn = 0; turn < 8; turn += 1) {
        compute(150);
        await new Promise((resolve) => setTimeout(resolve));
      }
      assert.deepEqual(await Promise.all(often), new Array(20).fill("value"));
      await driver.dispose();
    },
  );

  it("begins when a call is made, and not with what was computed before", LONG, async () => {
    // keeps the process, which the timer of the deadlines does not
    const alive = setTimeout(() => undefined, 10_000);
    let started = 0;
    await new Promise<Waiting>((resolve) => {
      const deadlines = new Deadlines<Waiting>(320, resolve);
      const answered = { deadline: deadlines.now + 320 };
      deadlines.add(answered);
      deadlines.remove(answered);
      const before = deadlines.now;
      compute(3000);
      assert.ok(deadlines.now - before < 200, `${deadlines.now - before} of 3000 ms`);
      started = performance.now();
      deadlines.add({ deadline: deadlines.now + 320 });
    });
    clearTimeout(alive);
    const took = performance.now() - started;
    assert.ok(took >= 315 && took < 10_000, `${took} ms`);
  });

  it("ends beside a busy program too, when there is no answer", LONG, async () => {
    const expired = new Promise<number>((resolve) => {
      const deadlines = new Deadlines<Waiting>(200, () => resolve(performance.now()));
      deadlines.add({ deadline: deadlines.now + 200 });
    });
    const started = performance.now();
    const busy = setInterval(() => compute(20), 25);
    const took = (await expired) - started;
    clearInterval(busy);
    assert.ok(took >= 199 && took < 10_000, `${took} ms`);
  });
});
