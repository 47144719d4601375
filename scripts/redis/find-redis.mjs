/** Finds a Redis for tests and benchmarks. */
import { installFromDebian, onPath } from "../run/programs.mjs";

/** The path of `redis-server` or `valkey-server` on the PATH, or null. */
export function redisServerOnPath() {
  return onPath("redis-server", "valkey-server");
}

/** `{ url }` if REDIS_URL is set, `{ redisServer }` with the path of a server program, or null. */
export function findRedis() {
  if (process.env.REDIS_URL) return { url: process.env.REDIS_URL };
  const redisServer = findServer();
  return redisServer === null ? null : { redisServer };
}

/** The path of a server program, installed if that needs no prompt, or null. */
export function findServer() {
  return redisServerOnPath() ?? (installFromDebian("redis-server") ? redisServerOnPath() : null);
}
