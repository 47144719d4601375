/** The Redis servers of a test: handed in by the test script, or started here. */
import { randomBytes } from "node:crypto";
import process from "node:process";
import { redisServerOnPath } from "../../scripts/redis/find-redis.mjs";
import { startCluster, startRedis } from "../../scripts/redis/servers.mjs";

/** A server that the test started and may kill. */
export interface RedisServer {
  url: string;
  port: number;
  pid: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** Whether a server can be started here. Without one the tests say so, or fail when Redis is required. */
export const canStartRedis: boolean = redisServerOnPath() !== null;

/** Says loudly that the tests named `what` do not run; throws when Redis is required. */
export function withoutRedis(what: string): void {
  const reason = `no redis-server or valkey-server on the PATH: ${what} SKIPPED`;
  if (process.env.ANON_REQUIRE_REDIS === "1") throw new Error(`ANON_REQUIRE_REDIS=1, but ${reason}`);
  console.log(`\n!!! ${reason} !!!\n`);
}

const started: { stop(): Promise<void> }[] = [];

/** The URL of a standalone server, `null` when there is none. */
export async function standaloneUrl(): Promise<string | null> {
  if (process.env.ANON_TEST_REDIS_URL) return process.env.ANON_TEST_REDIS_URL;
  return canStartRedis ? (await ownRedis()).url : null;
}

/** The URL of a cluster of three masters, `null` when there is none. */
export async function clusterUrl(): Promise<string | null> {
  if (process.env.ANON_TEST_REDIS_CLUSTER) return process.env.ANON_TEST_REDIS_CLUSTER;
  if (!canStartRedis) return null;
  const cluster = await startCluster();
  started.push(cluster);
  return cluster.url;
}

/** A server of the test's own, to be killed and reconfigured. */
export async function ownRedis(args: string[] = []): Promise<RedisServer> {
  const server = (await startRedis({ args })) as RedisServer;
  started.push(server);
  return server;
}

/** Stops every server that was started here. */
export async function stopServers(): Promise<void> {
  await Promise.all(started.splice(0).map((server) => server.stop()));
}

/** A base that no other test uses. */
export function uniqueBase(): string {
  return `test-${randomBytes(6).toString("hex")}`;
}
