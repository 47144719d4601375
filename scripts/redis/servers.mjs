/** Starts Redis servers on loopback, for tests and benchmarks. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, until } from "../run/ports.mjs";
import { redisServerOnPath } from "./find-redis.mjs";
import { command } from "./resp.mjs";

const SLOTS = 16384;

/**
 * A standalone server: `{ url, port, pid, stop(), kill(), restart() }`. `restart` starts it empty on the same port.
 * `config` is a configuration file, which is read before `args`.
 */
export async function startRedis({ redisServer, args = [], config } = {}) {
  const port = await freePort();
  const server = await launch({ redisServer, port, args, config });
  return Object.assign(server, { url: `redis://127.0.0.1:${port}` });
}

/** A cluster of masters: `{ url, urls, nodes, pid, stop(), kill(), restart() }`; the last two act on its first node. */
export async function startCluster({ masters = 3, redisServer, args = [] } = {}) {
  const nodes = [];
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    for (let i = 0; i < masters; i++) {
      const port = await freePort(true);
      const cluster = [
        "--cluster-enabled",
        "yes",
        "--cluster-node-timeout",
        "5000",
        "--cluster-port",
        `${port + 10000}`,
      ];
      nodes.push(await launch({ redisServer, port, args: [...cluster, ...args] }));
    }
    for (const [i, { port }] of nodes.entries()) {
      const first = Math.ceil((SLOTS / masters) * i);
      const last = Math.ceil((SLOTS / masters) * (i + 1)) - 1;
      const slots = Array.from({ length: last - first + 1 }, (_, slot) => `${first + slot}`);
      await command(port, ["CLUSTER", "ADDSLOTS", ...slots]);
      await command(port, ["CLUSTER", "SET-CONFIG-EPOCH", `${i + 1}`]);
    }
    for (const { port } of nodes.slice(1)) await command(nodes[0].port, ["CLUSTER", "MEET", "127.0.0.1", `${port}`]);
    await until(async () => {
      const infos = await Promise.all(nodes.map(({ port }) => command(port, ["CLUSTER", "INFO"])));
      return infos.every(
        (info) => info.includes("cluster_state:ok") && info.includes(`cluster_known_nodes:${masters}`),
      );
    }, "the cluster to form");
  } catch (error) {
    await stop();
    throw error;
  }
  const [first] = nodes;
  return {
    url: `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(",")}`,
    urls: nodes.map(({ port }) => `redis://127.0.0.1:${port}`),
    nodes,
    get pid() {
      return first.pid;
    },
    stop,
    kill: () => first.kill(),
    restart: () => first.restart(),
  };
}

async function launch({ redisServer = redisServerOnPath(), port, args, config }) {
  if (!redisServer) throw new Error("Cannot start Redis: neither redis-server nor valkey-server is on the PATH");
  const folder = mkdtempSync(join(tmpdir(), "anon-redis-"));
  const all = [
    ...(config ? [config] : []),
    "--port",
    `${port}`,
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--save",
    "",
    "--appendonly",
    "no",
    ...args,
  ];
  let child;
  const end = async (signal) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, "exit");
    child.ref();
    child.kill(signal);
    await gone;
  };
  const start = async () => {
    child = spawn(redisServer, all, { stdio: ["ignore", "ignore", "ignore"] });
    let failure = null;
    child.on("error", (error) => {
      failure = error;
    });
    child.unref();
    await until(async () => {
      if (failure) throw failure;
      if (child.exitCode !== null) throw new Error(`Redis ended with exit code ${child.exitCode}`);
      return /^(PONG|.*NOAUTH)/.test(await command(port, ["PING"]).catch((error) => error.message));
    }, "Redis to reply");
  };
  // The process that started the server may end without stopping it.
  const last = () => {
    child?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  process.on("exit", last);
  await start();
  return {
    port,
    get pid() {
      return child.pid;
    },
    async stop() {
      await end("SIGKILL");
      process.off("exit", last);
      rmSync(folder, { recursive: true, force: true });
    },
    kill: () => end("SIGKILL"),
    async restart() {
      await end("SIGKILL");
      await start();
    },
  };
}
