/** A call ends within its timeout: whatever the clock on the wall does, and also between two sends. */
import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { describe, it } from "node:test";
import { Redis } from "ioredis";
import { Deadlines, type Waiting } from "../../storage-drivers/redis/deadlines.ts";
import redis from "../../storage-drivers/redis/index.ts";

const LONG = { timeout: 30_000 };

describe("redis: the time a call may take", () => {
  it("is not prolonged or cut by a clock that is set", LONG, async () => {
    const now = Date.now;
    const started = performance.now();
    // keeps the process, which the timer of the deadlines does not
    const alive = setTimeout(() => undefined, 10_000);
    try {
      const expired = await new Promise<Waiting>((resolve) => {
        const deadlines = new Deadlines(resolve);
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
});
