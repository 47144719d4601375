/** Real processes that work on one storage at the same time. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestOptions } from "./needs.ts";
import { needsPostgres, stopServers as stopPostgres, uniqueSchemaUrl } from "./postgres.ts";
import { startWorker, type Worker } from "./processes.ts";
import { clusterUrl, needsRedis, standaloneUrl, stopServers as stopRedis } from "./redis.ts";
import { FULL } from "./size.ts";

export const PROCESSES = 4;

// includes waiting for locks and starting servers
const TIMEOUT = { timeout: 300_000 };

const directories: string[] = [];

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "anon-races-"));
  directories.push(directory);
  return directory;
}

type SharedStorage = readonly [name: string, url: () => Promise<string>, options: TestOptions];

/** The storages that processes can share. The short size omits the cluster, which differs from Redis only in the driver. */
export const SHARED_STORAGES: readonly SharedStorage[] = [
  ["fs", async () => `fs:${await newDirectory()}`, TIMEOUT],
  ["sqlite", async () => `sqlite:${join(await newDirectory(), "accounts.db")}`, TIMEOUT],
  ["redis", standaloneUrl, needsRedis("standalone", TIMEOUT)],
  ["postgres", () => uniqueSchemaUrl(), needsPostgres("shared", TIMEOUT)],
  ...(FULL ? [["redis cluster", clusterUrl, needsRedis("cluster", TIMEOUT)] as const] : []),
];

/** Starts a worker for each input, starts them all at once, and waits for their results. */
export async function race<T>(script: URL, inputs: readonly unknown[]): Promise<T[]> {
  const workers: Worker[] = inputs.map((input) => startWorker(script, input));
  try {
    for (const worker of workers) assert.equal(await worker.next(), "ready");
    for (const worker of workers) worker.send("go");
    const results = await Promise.all(workers.map((worker) => worker.next<T>()));
    for (const worker of workers) assert.equal(await worker.ended, 0);
    return results;
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()));
  }
}

/** Stops the servers, and removes the directories that this file created. */
export async function tidyUp(): Promise<void> {
  await Promise.all([stopRedis(), stopPostgres()]);
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
}
