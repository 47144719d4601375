/**
 * Accounts in Redis or Valkey (6.2 or newer), standalone, behind Sentinel or as a Cluster: for many machines.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { AtomicDriver, JointSwap } from "../../sdk/storage/port.ts";
import { DriverError } from "../shared/driver-error.ts";
import { checkDue } from "../shared/due-page.ts";
import { checkJointSwaps } from "../shared/joint-swaps.ts";
import { Batcher } from "./batch.ts";
import { Connection } from "./connection.ts";
import { openCounter } from "./counter.ts";
import { duePage, dueTimes } from "./due.ts";
import { readEntries } from "./entries.ts";
import { plan, type RedisDriverOptions } from "./options.ts";
import { scanKeys } from "./scan.ts";
import { Layout } from "./shards.ts";
import { sweepDue } from "./sweep.ts";
import { checkKey, checkValue } from "./text.ts";

export type { RedisDriverOptions } from "./options.ts";

/** So many keys are removed in one step of `clear`. */
const CLEAR_BATCH = 512;

/**
 * A driver over Redis. Guarantee: `cluster`. It connects on first use. A call that is not answered within `timeout`
 * (2 s), or whose connection breaks, rejects with `unavailable`; a write that was sent is then never sent again, and
 * may have happened. Values and keys are well-formed Unicode, keys up to 512 bytes. Keys of equal due come in the order
 * of their UTF-8 bytes. A `keyPrefix` of a client of your own is not used: `base` is the prefix.
 *
 * @example
 * ```ts
 * import redis from "anon-accounts/drivers/redis";
 *
 * const storage = redis({ url: process.env.REDIS_URL ?? "redis://127.0.0.1:6379", base: "example" });
 * console.assert(storage.guarantee === "cluster");
 * await storage.dispose();
 * ```
 */
export default function redis(options: RedisDriverOptions = {}): AtomicDriver {
  const settings = plan(options);
  const layout = new Layout(settings.base);
  const connection = new Connection(settings);
  const batcher = new Batcher(connection, layout, settings.where);
  const { db } = settings.redis;

  async function* keyPages(prefix: string): AsyncGenerator<string[]> {
    connection.check();
    yield* scanKeys(connection, layout, prefix);
  }

  async function* keys(prefix: string): AsyncGenerator<string> {
    for await (const page of keyPages(prefix)) yield* page;
  }

  // not an async function, and neither is swap: they are called so often that its promise would be felt
  function read(key: string): Promise<string | null> {
    try {
      connection.check();
      checkKey(key);
      return batcher.read(key);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async function force(key: string, value: string | null): Promise<void> {
    await batcher.swap(key, null, value, null, true);
  }

  async function swapAll(swaps: readonly JointSwap[]): Promise<boolean> {
    connection.check();
    checkJointSwaps(swaps);
    for (const { key, expected, next } of swaps) {
      checkKey(key);
      if (expected !== null) checkValue(expected);
      checkValue(next);
    }
    return batcher.swapAll(swaps);
  }

  return {
    name: "redis",
    // for messages: nothing that opens it
    options: { base: settings.base, where: db ? `${settings.where}/${db}` : settings.where },
    guarantee: "cluster",

    read,

    swap(key, expected, next, due) {
      try {
        connection.check();
        checkKey(key);
        if (expected !== null) checkValue(expected);
        if (next !== null) checkValue(next);
        if (due !== null && due !== undefined) checkDue(due);
        return batcher.swap(key, expected, next, due);
      } catch (error) {
        return Promise.reject(error);
      }
    },

    // the keys of a cluster are on several nodes
    ...(connection.isCluster ? {} : { swapAll }),

    async readMany(keys) {
      connection.check();
      keys.forEach(checkKey);
      return batcher.readMany(keys);
    },

    async deleteDue(before, what) {
      connection.check();
      return sweepDue(connection, layout, before, what);
    },

    async due(before, options) {
      connection.check();
      return duePage(connection, layout, before, options);
    },

    async readEntries(keys) {
      connection.check();
      keys.forEach(checkKey);
      return readEntries(connection, layout, batcher, keys);
    },

    async dueTimes(keys) {
      connection.check();
      keys.forEach(checkKey);
      return dueTimes(connection, layout, keys);
    },

    keys,
    keyPages,

    async hasItem(key) {
      return (await read(key)) !== null;
    },

    getItem: read,

    /** Writes whatever is there, and takes the key out of the due queue as a `swap` without `due` does. */
    async setItem(key, value, options) {
      connection.check();
      checkKey(key);
      checkValue(value);
      if (options?.ttl) throw new DriverError("invalid_option", "Cannot use a ttl: schedule the key in the due queue");
      await force(key, value);
    },

    async removeItem(key) {
      connection.check();
      checkKey(key);
      await force(key, null);
    },

    async getKeys(base = "") {
      const found = new Set<string>();
      for await (const key of keys(base)) found.add(key);
      return Array.from(found);
    },

    /** Removes key by key: not atomic, and when it rejects a part is gone. */
    async clear(base = "") {
      let batch: Promise<void>[] = [];
      for await (const key of keys(base)) {
        batch.push(force(key, null));
        if (batch.length < CLEAR_BATCH) continue;
        await Promise.all(batch);
        batch = [];
      }
      await Promise.all(batch);
    },

    async getMeta(key) {
      const value = await read(key);
      return value === null ? null : { size: Buffer.byteLength(value) };
    },

    counter: (name, limit) => openCounter(connection, `${settings.base}:${name}`, limit),

    dispose: () => connection.close(),
  };
}
