/**
 * Accounts in a directory: one file per key, safe for any number of processes of one machine.
 *
 * @module
 */

import * as nodeFs from "node:fs";
import { join } from "node:path";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { DriverError } from "../shared/driver-error.ts";
import { checkDue } from "../shared/due-page.ts";
import { openSecretFile } from "../shared/secret-file.ts";
import { openDueDeletion } from "./due-deletion.ts";
import { openDueLog } from "./due-log.ts";
import { openDueScan } from "./due-scan.ts";
import { openFiles } from "./files.ts";
import { allNames } from "./listing.ts";
import { dataPath, decodeKey, encodeKey } from "./names.ts";
import { parseRecord, parseValue } from "./record.ts";
import { openSlices } from "./slices.ts";
import { openStore } from "./store.ts";
import { sweep } from "./sweep.ts";

/** Options of the fs driver. */
export interface FsOptions {
  /** The directory, made on the first write with access for its owner alone. Default `.anon`. */
  base?: string;
  /**
   * What is flushed to disk before it is acknowledged: everything (`disk`), what the caller asks to be durable
   * (`registered`, the default), or nothing (`os`). Every choice survives the death of processes; this is about power.
   */
  durability?: "disk" | "registered" | "os";
  /** How long a write waits for another process that changes the same key, in milliseconds. Default 10,000. */
  lockTimeout?: number;
}

/**
 * A driver that keeps every key in a file of its own. Guarantee: `host`. Writes are complete or did not happen,
 * whenever a process is killed. Rejects with `DriverError`: `denied`, `full`, `locked`, `corrupt`, `unavailable`,
 * `invalid_key` for names over 220 bytes, `invalid_value` for what is not valid Unicode.
 *
 * @example
 * ```ts
 * import fs from "anon-accounts/drivers/fs";
 *
 * const storage = fs({ base: ".anon" });
 * await storage.swap("greeting", null, "hello");
 * console.assert((await storage.read("greeting")) === "hello");
 * await storage.removeItem?.("greeting", {});
 * await storage.dispose();
 * ```
 */
export default function fs(options: FsOptions = {}): AtomicDriver {
  const { base = ".anon", durability = "registered", lockTimeout = 10_000 } = options;
  checkOptions(base, durability, lockTimeout);
  const files = openFiles(base);
  const log = openDueLog(files);
  const pause = openSlices();
  const scan = openDueScan(files, log, pause);
  const deleteDue = openDueDeletion(base, files, scan, pause, durability === "disk");
  const store = openStore(files, log, durability, lockTimeout);
  let closed = false;
  let sweeping: Promise<void> | undefined;
  let isSwept = false;

  function open(): void {
    if (closed) throw new DriverError("closed", `Cannot use the fs driver of ${base}: it was disposed of`);
  }

  function opened(key: string): string {
    open();
    return encodeKey(key);
  }

  /** For writes only, so that a reader of a missing or foreign directory leaves no trace. */
  function openedForWrite(key: string): string {
    const name = opened(key);
    if (!isSwept) startSweep();
    return name;
  }

  /** What it finds is only litter: a failure shows in the write itself. */
  function startSweep(): void {
    isSwept = true;
    sweeping ??= sweep(files)
      .then(() => store.restoreReserve())
      .catch(() => undefined)
      .finally(() => {
        sweeping = undefined;
      });
  }

  async function read(key: string): Promise<string | null> {
    const path = dataPath(opened(key));
    const text = await files.read(path);
    return text === null ? null : parseValue(text, key, path);
  }

  async function* keys(prefix: string): AsyncGenerator<string> {
    open();
    for (const shard of await files.list("data")) {
      for (const name of await allNames(files, `data/${shard}`)) {
        open();
        const key = decodeKey(name);
        if (key?.startsWith(prefix)) yield key;
      }
    }
  }

  async function remove(key: string): Promise<void> {
    await store.change(openedForWrite(key), null, null);
  }

  return {
    name: "fs",
    options: { base, durability, lockTimeout },
    guarantee: "host",
    secretFile: openSecretFile(nodeFs, join(base, "secret"), { makeDirectory: true }),
    read,

    async swap(key, expected, next, due, write) {
      const name = openedForWrite(key);
      if (due !== null && due !== undefined) checkDue(due);
      checkValue(next);
      return store.swap(key, name, expected, next, due ?? null, write?.durable === true);
    },

    async due(before, { limit, cursor }) {
      open();
      // gc and doctor begin here
      if (cursor === null || cursor === undefined) startSweep();
      return scan.page(before, limit, cursor);
    },

    async deleteDue(before, what) {
      open();
      return deleteDue(before, what);
    },

    async readEntries(keys) {
      const paths = keys.map((key) => dataPath(opened(key)));
      return Promise.all(
        paths.map(async (path, at) => {
          const text = await files.read(path);
          return text === null ? null : parseRecord(text, keys[at] as string, path);
        }),
      );
    },

    async dueTimes(keys) {
      open();
      keys.forEach(encodeKey);
      return scan.times(keys);
    },

    keys,

    async hasItem(key) {
      return (await files.stat(dataPath(opened(key)))) !== null;
    },

    getItem: read,

    /** Writes whatever is there, and takes the key out of the due queue as a `swap` without `due` does. */
    async setItem(key, value) {
      const name = openedForWrite(key);
      checkValue(value);
      await store.change(name, value, null);
    },

    removeItem: remove,

    async getKeys(prefix = "") {
      const found: string[] = [];
      for await (const key of keys(prefix)) found.push(key);
      return found;
    },

    /** Not one step: a failure leaves the keys that were not reached. */
    async clear(prefix = "") {
      for await (const key of keys(prefix)) await remove(key);
    },

    async getMeta(key) {
      const path = dataPath(opened(key));
      const [text, stats] = await Promise.all([files.read(path), files.stat(path)]);
      if (text === null || stats === null) return null;
      return { size: Buffer.byteLength(parseValue(text, key, path)), mtime: stats.mtime, atime: stats.atime };
    },

    async dispose() {
      closed = true;
      await sweeping;
    },
  };
}

function checkOptions(base: string, durability: string, lockTimeout: number): void {
  if (typeof base !== "string" || base === "") {
    throw new DriverError("invalid_option", "Cannot open the fs driver: base must be the path of a directory");
  }
  if (!["disk", "registered", "os"].includes(durability)) {
    throw new DriverError("invalid_option", `Cannot use durability "${durability}": use disk, registered or os`);
  }
  if (!(Number.isFinite(lockTimeout) && lockTimeout >= 0)) {
    throw new DriverError("invalid_option", `Cannot use lockTimeout ${lockTimeout}: use milliseconds from 0 on`);
  }
}

function checkValue(value: string | null): void {
  if (value !== null && !value.isWellFormed()) {
    throw new DriverError("invalid_value", "Cannot store this value: it holds half of a surrogate pair, encode it");
  }
}
