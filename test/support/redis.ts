/** The Redis servers of a test: passed by the test script, or started here. */
import { randomBytes } from "node:crypto";
import process from "node:process";
import { redisServerOnPath } from "../../scripts/redis/find-redis.mjs";
import { startCluster, startRedis } from "../../scripts/redis/servers.mjs";
import { needs, type TestOptions } from "./needs.ts";

/** A server that the test started and may kill. */
export interface RedisServer {
  url: string;
  port: number;
  pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

const canStart = redisServerOnPath() !== null;
const given = { standalone: process.env.ANON_TEST_REDIS_URL, cluster: process.env.ANON_TEST_REDIS_CLUSTER };

/** The server that a test uses: its own, to kill and reconfigure, or a shared one. */
export type Kind = "own" | "standalone" | "cluster";

/** Whether such a server is available. With `ANON_REQUIRE_REDIS=1` it returns true, so that tests without a server fail. */
export function hasRedis(kind: Kind): boolean {
  return canStart || (kind !== "own" && given[kind] !== undefined) || process.env.ANON_REQUIRE_REDIS === "1";
}

/** Options of a test that needs such a server. */
export function needsRedis(kind: Kind, options: { timeout?: number } = {}): TestOptions {
  return needs(hasRedis(kind), "no redis-server or valkey-server on the PATH", options);
}

const started: { stop(): Promise<void> }[] = [];

/** The URL of a standalone server. */
export async function standaloneUrl(): Promise<string> {
  return given.standalone ?? (await ownRedis()).url;
}

/** The URL of a cluster of three masters. */
export async function clusterUrl(): Promise<string> {
  if (given.cluster) return given.cluster;
  const cluster = await startCluster();
  started.push(cluster);
  return cluster.url;
}

/** Starts a server for one test, which may kill and reconfigure it. */
export async function ownRedis(args: string[] = [], config?: string): Promise<RedisServer> {
  const server = (await startRedis({ args, config })) as RedisServer;
  started.push(server);
  return server;
}

/** Stops every server that was started here. */
export async function stopServers(): Promise<void> {
  await Promise.all(started.splice(0).map((server) => server.stop()));
}

// the test script removes keys with this prefix from a server that it did not start
const RUN = process.env.ANON_TEST_RUN ?? `test${randomBytes(4).toString("hex")}`;

/** A base that no other test uses. */
export function uniqueBase(): string {
  return `${RUN}-${randomBytes(6).toString("hex")}`;
}

/** A collection that no other test uses, for tests that cannot choose a base. */
export function uniqueCollection(): string {
  return `${RUN}_${randomBytes(6).toString("hex")}`;
}
