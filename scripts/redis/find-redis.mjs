/** Finds a Redis for tests and benchmarks. */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

/** The path of `redis-server` or `valkey-server` on the PATH, or null. */
export function redisServerOnPath() {
  for (const name of ["redis-server", "valkey-server"]) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not in this folder.
      }
    }
  }
  return null;
}

/** `{ url }` when REDIS_URL is set, `{ redisServer }` with the path of a server program, or null when there is none. */
export function findRedis() {
  if (process.env.REDIS_URL) return { url: process.env.REDIS_URL };
  const redisServer = findServer();
  return redisServer === null ? null : { redisServer };
}

/** The path of a server program, installed where that needs no question, or null. */
export function findServer() {
  return redisServerOnPath() ?? install();
}

/** Installs redis-server where that needs no question: Debian, as root. The service is not started. */
function install() {
  const debian = existsSync("/etc/debian_version") || /debian/.test(readOsRelease());
  if (!debian || process.getuid?.() !== 0) return null;
  console.error("redis-server is not installed: installing it with apt-get");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", "redis-server"]]) {
    const { status } = spawnSync("apt-get", args, { env, stdio: ["ignore", 2, 2] });
    if (status !== 0) {
      console.error(`apt-get ${args[0]} failed`);
      return null;
    }
  }
  return redisServerOnPath();
}

function readOsRelease() {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}
