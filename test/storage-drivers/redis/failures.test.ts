import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { execFile } from "node:child_process";
import { connect, createServer, type Server, type Socket } from "node:net";
import process from "node:process";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { command } from "../../../scripts/redis/resp.mjs";
import redis from "../../../storage-drivers/redis/index.ts";
import { SWAP } from "../../../storage-drivers/redis/scripts.ts";
import { shardOf, TAGS } from "../../../storage-drivers/redis/shards.ts";
import { clusterUrl, needsRedis, ownRedis, standaloneUrl, stopServers, uniqueBase } from "../../support/redis.ts";

const LONG = { timeout: 300_000 };

/** A test that needs a server of its own. */
function itWithRedis(name: string, run: () => Promise<void>): void {
  it(name, needsRedis("own", LONG), run);
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => {
    const { name, code: found, message } = error as { name: string; code: string; message: string };
    assert.equal(name, "DriverError", String(error));
    assert.equal(found, code, message);
    return true;
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

/** The slot of a hash tag, by the cluster specification: CRC16 (XMODEM) modulo 16384. */
function slotOf(tag: string): number {
  let crc = 0;
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff;
  }
  return crc % 16384;
}

describe("redis: failures", () => {
  after(stopServers);

  it("spreads the hash tags evenly over the slots", () => {
    assert.equal(new Set(TAGS).size, 16);
    TAGS.forEach((tag, i) => {
      assert.equal(tag.length, 2);
      assert.ok(Math.abs(slotOf(tag) - (1024 * i + 512)) <= 64, `${tag} is at ${slotOf(tag)}`);
    });
  });

  it("assigns each key a fixed shard, and uses all shards evenly", () => {
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) counts[shardOf(`acc:users:${i.toString(36).padStart(15, "0")}`)]!++;
    assert.ok(Math.min(...counts) > 700 && Math.max(...counts) < 1300, counts.join(" "));
    assert.deepEqual(["a", "acc:users:abc", "é"].map(shardOf), [12, 11, 10]);
  });

  it("rejects within the timeout if the server never replies", LONG, async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => sockets.push(socket));
    const port = await listen(server);
    for (const scheme of ["redis", "redis+cluster"]) {
      const driver = redis({ url: `${scheme}://127.0.0.1:${port}`, timeout: 300 });
      const start = Date.now();
      await assert.rejects(driver.read("a"), hasCode("unavailable"));
      await assert.rejects(driver.swap("a", null, "b"), hasCode("unavailable"));
      assert.ok(Date.now() - start < 5000);
      await driver.dispose();
    }
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it("rejects within the timeout if the server is down, without the password in the message", LONG, async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    for (const scheme of ["redis", "redis+cluster"]) {
      const driver = redis({ url: `${scheme}://user:hunter2@127.0.0.1:${port}`, timeout: 300 });
      await assert.rejects(driver.read("a"), (error: Error) => {
        assert.ok(!error.message.includes("hunter2"));
        return hasCode("unavailable")(error);
      });
      await driver.dispose();
    }
  });

  it(
    "rejects with a message of its own if the server is not Redis or hangs up, without what it sent",
    LONG,
    async () => {
      const behaviors: ((socket: Socket) => void)[] = [
        (socket) => socket.on("data", () => socket.write("hunter2 is no reply\r\n")),
        (socket) => socket.on("data", () => socket.write("+OK\r\n+hunter2\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n")),
        (socket) => socket.on("data", () => socket.destroy()),
        (socket) => void socket.destroy(),
      ];
      for (const behave of behaviors) {
        const server = createServer((socket) => {
          socket.on("error", () => undefined);
          behave(socket);
        });
        const port = await listen(server);
        for (const scheme of ["redis", "redis+cluster"]) {
          const driver = redis({ url: `${scheme}://127.0.0.1:${port}`, timeout: 300 });
          for (const call of [() => driver.swap("a", null, "b"), () => driver.due(1, { limit: 1 })]) {
            await assert.rejects(call(), (error: Error) => {
              assert.doesNotMatch(
                error.message,
                /hunter2|report (?:this|it)|max retries|is closed|offline|ioredis|startup/i,
              );
              return /Redis at 127\.0\.0\.1/.test(error.message);
            });
          }
          await driver.dispose();
        }
        await new Promise((resolve) => server.close(resolve));
      }
    },
  );

  itWithRedis("rejects a swap whose reply is lost, and does not send it again", async () => {
    const server = await ownRedis();
    let cut = false;
    const proxy = createServer((socket) => {
      const upstream = connect(server.port, "127.0.0.1");
      for (const end of [socket, upstream]) end.on("error", () => end.destroy());
      socket.pipe(upstream);
      upstream.on("data", (data) => {
        if (cut) socket.destroy();
        else socket.write(data);
      });
      socket.on("close", () => upstream.destroy());
      upstream.on("close", () => socket.destroy());
    });
    const port = await listen(proxy);
    const { Redis } = await import("ioredis");
    // a passed client has ioredis's defaults, which resend pending commands after a lost connection
    const own = new Redis({ port, host: "127.0.0.1", lazyConnect: true });
    own.on("error", () => undefined);
    for (const options of [{ url: `redis://127.0.0.1:${port}` }, { client: own }]) {
      cut = false;
      const driver = redis({ ...options, base: uniqueBase(), timeout: 2000 });
      assert.equal(await driver.swap("warm", null, "up", 1), true);
      cut = true;
      await assert.rejects(driver.swap("a", null, "b", 1), hasCode("unavailable"));
      cut = false;
      assert.equal(await driver.read("a"), "b", "the swap was executed, but its reply was lost");
      await driver.dispose();
    }
    own.disconnect();
    await new Promise((resolve) => proxy.close(resolve));
  });

  itWithRedis("rejects while the server is down, and works again after a restart", async () => {
    const server = await ownRedis();
    const driver = redis({ url: server.url, timeout: 2000 });
    assert.equal(await driver.swap("a", null, "1"), true);
    await server.kill();
    const start = Date.now();
    await assert.rejects(driver.swap("a", "1", "2"), hasCode("unavailable"));
    await assert.rejects(driver.read("a"), hasCode("unavailable"));
    // two timeouts, doubled; ioredis itself gives up after 10 s
    assert.ok(Date.now() - start < 8000);
    await server.restart();
    // the restarted server is empty and has no scripts: the next swap gets NOSCRIPT
    assert.equal(await driver.swap("a", null, "3"), true);
    await command(server.port, ["SCRIPT", "FLUSH"]);
    const both = await Promise.all([driver.swap("a", "3", "4"), driver.swap("b", null, "5")]);
    assert.deepEqual(both, [true, true]);
    assert.match(SWAP.sha, /^[0-9a-f]{40}$/);
    await driver.dispose();
  });

  itWithRedis("settles the items of a batch independently, and rejects only those with a foreign type", async () => {
    const server = await ownRedis();
    const driver = redis({ url: server.url, base: "b" });
    const foreign = `b:{${TAGS[shardOf("list")]}}:list`;
    await command(server.port, ["RPUSH", foreign, "x"]);
    await driver.swap("old", null, "1", 5);
    const results = await Promise.allSettled([
      driver.swap("new", null, "1", 1),
      driver.swap("list", null, "1", 1),
      driver.swap("old", "other", "2"),
      driver.swap("old", "1", "2", 7),
      driver.swap("gone", "1", null),
    ]);
    assert.deepEqual(
      results.map((result) => (result.status === "fulfilled" ? result.value : result.reason.code)),
      [true, "corrupt", false, true, false],
    );
    const reads = await Promise.allSettled(["new", "list", "absent"].map((key) => driver.read(key)));
    assert.deepEqual(
      reads.map((result) => (result.status === "fulfilled" ? result.value : result.reason.code)),
      ["1", "corrupt", null],
    );
    assert.deepEqual((await driver.due(10, { limit: 10 })).entries, [
      { key: "new", due: 1 },
      { key: "old", due: 7 },
    ]);
    // the key of the due queue has another type: no value may be stored without its queue entry
    await command(server.port, ["SET", `b:{${TAGS[shardOf("q")]}}due`, "x"]);
    await assert.rejects(driver.swap("q", null, "1", 1), hasCode("corrupt"));
    assert.equal(await driver.read("q"), null);
    await driver.dispose();
  });

  itWithRedis("reports a full server, a read-only replica and a wrong password with different codes", async () => {
    const server = await ownRedis();
    const driver = redis({ url: server.url });
    await command(server.port, ["CONFIG", "SET", "maxmemory", "1"]);
    await assert.rejects(driver.swap("a", null, "b", 1), hasCode("full"));
    await command(server.port, ["CONFIG", "SET", "maxmemory", "0"]);
    assert.equal(await driver.read("a"), null);
    await command(server.port, ["REPLICAOF", "127.0.0.1", "1"]);
    await assert.rejects(driver.swap("a", null, "b", 1), hasCode("unavailable"));
    await command(server.port, ["REPLICAOF", "NO", "ONE"]);
    // READONLY closed the connection; the next call opens another
    assert.equal(await driver.swap("a", null, "b", 1), true);
    await driver.dispose();

    await command(server.port, ["CONFIG", "SET", "requirepass", "right"]);
    for (const password of ["hunter2", undefined]) {
      const stranger = redis({ url: server.url, password, timeout: 1000 });
      await assert.rejects(stranger.read("a"), (error: Error) => {
        assert.ok(!error.message.includes("hunter2"));
        return hasCode("denied")(error);
      });
      await stranger.dispose();
    }
  });

  for (const [kind, find] of [
    ["standalone", standaloneUrl],
    ["cluster", clusterUrl],
  ] as const) {
    it(
      `loses no increment of four processes, and creates each key in one of them (${kind})`,
      needsRedis(kind, LONG),
      async () => {
        const url = await find();
        const base = uniqueBase();
        const worker = fileURLToPath(new URL("../../support/redis-worker.ts", import.meta.url));
        const runner = "Deno" in globalThis ? ["run", "-A", worker] : [worker];
        const run = promisify(execFile);
        const outputs = await Promise.all(
          [1, 2, 3, 4].map(() => run(process.execPath, [...runner, url, base, "100"], { timeout: 50_000 })),
        );
        const won = outputs.map(({ stdout }) => (JSON.parse(stdout) as { won: number }).won);
        assert.equal(
          won.reduce((sum, one) => sum + one, 0),
          100,
        );
        const driver = redis({ url, base });
        assert.equal(await driver.read("counter"), "400");
        await driver.clear?.("", {});
        await driver.dispose();
      },
    );
  }
});
