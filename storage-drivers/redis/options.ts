/** What the driver accepts, and the options for ioredis. */
import type { Cluster, ClusterOptions, Redis, RedisOptions } from "ioredis";
import { DriverError } from "../shared/driver-error.ts";

/** Options of the redis driver. Exactly one of `url`, `client`, `nodes` and `options.sentinels` says where. */
export interface RedisDriverOptions {
  /** `redis://[user:password@]host[:port][/db]`, `rediss://…` for TLS, `redis+cluster://host:port,host:port`. */
  url?: string;
  /**
   * A client of your own, standalone or cluster, that reads from masters only, connects again, and behind Sentinel has
   * `failoverDetector: true`. `dispose` leaves it open.
   */
  client?: Redis | Cluster;
  /** Some nodes of a Redis Cluster; the others are found. */
  nodes?: { host: string; port: number }[];
  username?: string;
  password?: string;
  /** TLS settings of ioredis; `{}` for the defaults. */
  tls?: RedisOptions["tls"];
  /** Begins every Redis key. Default `anon`. */
  base?: string;
  /**
   * How long a call may take, connecting included, in milliseconds. Default 2000. Time in which the program computes, and
   * so cannot read replies, does not count.
   */
  timeout?: number;
  /** Passed on to ioredis: sentinels, for instance. It does not override what the driver's guarantees depend on. */
  options?: RedisOptions;
}

/** Where to connect and how: the options, checked. */
export interface Plan {
  readonly base: string;
  readonly timeout: number;
  /** For messages; never with a password. */
  readonly where: string;
  readonly client?: Redis | Cluster;
  readonly nodes?: { host: string; port: number }[];
  readonly redis: RedisOptions;
}

/** Checks the options. */
export function plan(options: RedisDriverOptions): Plan {
  const { base = "anon", timeout = 2000, client, url, nodes, username, password, tls } = options;
  if (!/^[^{}\s]{1,64}$/.test(base)) {
    throw invalid("Cannot use this base: use 1 to 64 characters without braces and spaces");
  }
  if (!Number.isSafeInteger(timeout) || timeout < 1 || timeout > 2 ** 31 - 1) {
    throw invalid(`Cannot use the timeout ${timeout}: use a positive integer of milliseconds`);
  }
  const given = [url, client, nodes, options.options?.sentinels].filter((one) => one !== undefined && one !== null);
  if (given.length > 1) {
    throw invalid("Cannot choose a Redis: give one of url, client, nodes, sentinels");
  }
  const credentials: RedisOptions = {};
  if (username !== undefined) credentials.username = username;
  if (password !== undefined) credentials.password = password;
  if (tls !== undefined) credentials.tls = tls;
  const common: RedisOptions = {
    ...options.options,
    ...credentials,
    connectTimeout: timeout,
    disconnectTimeout: 100,
    disableClientInfo: true,
    enableAutoPipelining: false,
    enableOfflineQueue: true,
    lazyConnect: true,
    keyPrefix: "",
    readOnly: false,
    stringNumbers: false,
  };
  if (client) checkClient(client);
  if (client) return { base, timeout, client, where: "the given client", redis: {} };
  const target = url === undefined ? {} : parseUrl(url);
  const all = nodes ?? target.nodes;
  if (all) {
    if (all.length === 0) throw invalid("Cannot connect to a cluster without nodes: name one");
    const where = all.map(({ host, port }) => `${host}:${port}`).join(",");
    return { base, timeout, nodes: all, where, redis: { ...common, ...target.redis } };
  }
  const redis: RedisOptions = {
    ...common,
    ...target.redis,
    ...credentials,
    role: "master",
    // without it ioredis passes over tls behind sentinels, and sends the password as plain text
    enableTLSForSentinelMode: options.options?.enableTLSForSentinelMode ?? (tls ?? options.options?.tls) !== undefined,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(times * 50, 500, Math.ceil(timeout / 4)),
    reconnectOnError: null,
    // A master that was frozen takes writes again until it is demoted, and loses them then: clients leave it before.
    failoverDetector: true,
    sentinelRetryStrategy: options.options?.sentinelRetryStrategy ?? ((times) => Math.min(times * 10, 1000)),
    sentinelReconnectStrategy:
      options.options?.sentinelReconnectStrategy ?? ((times) => Math.min(times * 1000, 10_000)),
  };
  const where = redis.sentinels
    ? `the master ${redis.name ?? ""} of the sentinels`
    : (redis.path ?? `${redis.host ?? "localhost"}:${redis.port ?? 6379}`);
  return { base, timeout, where, redis };
}

function invalid(message: string): DriverError {
  return new DriverError("invalid_option", message);
}

/** Refuses a client that would break the driver's guarantees. */
function checkClient(client: Redis | Cluster): void {
  const { sendCommand, status } = client as { sendCommand?: unknown; status?: unknown };
  // clients of other packages have a sendCommand too, from which the driver would get no reply
  if (typeof sendCommand !== "function" || typeof status !== "string") {
    throw invalid("Cannot use this client: give a Redis or a Cluster of ioredis, or a url");
  }
  const options = (client.options ?? {}) as Record<string, unknown>;
  const { scaleReads = "master", role = "master", readOnly, sentinels, failoverDetector } = options;
  const refuse = (what: string, todo: string) => {
    throw invalid(`Cannot use a client that ${what}: ${todo}`);
  };
  if (scaleReads !== "master" || role !== "master" || readOnly === true) {
    refuse("reads from replicas, which may be behind", "leave out scaleReads, role and readOnly");
  }
  if (sentinels && failoverDetector !== true) {
    refuse("stays with the old master after a failover, which loses writes", "set failoverDetector: true");
  }
  const strategies = client.isCluster ? ["clusterRetryStrategy"] : ["retryStrategy", "sentinelRetryStrategy"];
  for (const strategy of strategies) {
    if (strategy in options && typeof options[strategy] !== "function") {
      refuse("does not connect again", `leave out ${strategy}, or return milliseconds`);
    }
  }
}

/** How ioredis is to run a cluster: nothing is resent after a lost connection, nothing waits without a bound. */
export function clusterOptions(plan: Plan): ClusterOptions {
  return {
    lazyConnect: true,
    enableAutoPipelining: false,
    clusterRetryStrategy: (times) => Math.min(times * 50, 500),
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 100,
    retryDelayOnTryAgain: 50,
    slotsRefreshTimeout: Math.max(1, Math.floor(plan.timeout / 2)),
    redisOptions: plan.redis,
  };
}

function parseUrl(text: string): { redis?: RedisOptions; nodes?: { host: string; port: number }[] } {
  const wrong = (why: string) => invalid(`Cannot parse the Redis URL: ${why}`);
  const [, scheme = "", credentials, hosts = "", path = ""] =
    /^(rediss?(?:\+cluster)?):\/\/(?:([^@/]*)@)?([^/?#]*)(?:\/([^?#]*))?$/.exec(text) ?? [];
  // what follows another @ may be the rest of a password, which no message and no look-up of a host may show
  if (`${hosts}${path}`.includes("@") || /@[^@]*@/.test(text)) {
    throw wrong("its user name or password has an @ or a /, write %40 and %2F");
  }
  if (scheme === "") throw wrong("use redis://host:port/db, rediss://… or redis+cluster://host:port,host:port");
  const redis: RedisOptions = {};
  try {
    if (credentials !== undefined) {
      const colon = credentials.indexOf(":");
      const user = decodeURIComponent(colon < 0 ? credentials : credentials.slice(0, colon));
      if (user !== "") redis.username = user;
      if (colon >= 0) redis.password = decodeURIComponent(credentials.slice(colon + 1));
    }
  } catch {
    throw wrong("its user name or password has a % that encodes nothing, write %25");
  }
  if (scheme.startsWith("rediss")) redis.tls = {};
  const nodes = hosts.split(",").map((host) => {
    const [, name = "", port = "6379"] = /^(\[[0-9a-fA-F:.]+\]|[\p{L}\p{N}._-]+)(?::(\d{1,5}))?$/u.exec(host) ?? [];
    if (name === "" || Number(port) < 1 || Number(port) > 65535) throw wrong("a host or port is malformed");
    return { host: name.replace(/^\[|\]$/g, ""), port: Number(port) };
  });
  if (scheme.endsWith("+cluster")) {
    if (path !== "" && path !== "0") throw wrong("a cluster has no databases, leave out the number");
    return { redis, nodes };
  }
  const [node] = nodes;
  if (nodes.length !== 1 || !node) throw wrong("several hosts need redis+cluster://");
  if (!/^\d{0,5}$/.test(path)) throw wrong("the database must be a number");
  if (path !== "") redis.db = Number(path);
  return { redis: { ...redis, ...node } };
}
