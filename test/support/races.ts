/** Real processes that work on one storage at the same time. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestOptions } from "./needs.ts";
import { startWorker, type Worker } from "./processes.ts";
import { clusterUrl, needsRedis, standaloneUrl, stopServers } from "./redis.ts";

export const PROCESSES = 4;

// includes waiting for locks and starting servers
const TIMEOUT = { timeout: 300_000 };

const directories: string[] = [];

/** The storages that processes can share. */
export const SHARED_STORAGES: readonly [name: string, url: () => Promise<string>, options: TestOptions][] = [
  [
    "fs",
    async () => {
      const base = await mkdtemp(join(tmpdir(), "anon-races-"));
      directories.push(base);
      return `fs:${base}`;
    },
    TIMEOUT,
  ],
  ["redis", standaloneUrl, needsRedis("standalone", TIMEOUT)],
  ["redis cluster", clusterUrl, needsRedis("cluster", TIMEOUT)],
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
  await stopServers();
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true, force: true });
}
