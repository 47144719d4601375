/** Arbitrary keys and values against every driver: each is refused as invalid, or read back exactly. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { createStorage } from "unstorage";
import type { AtomicDriver } from "../../sdk/storage/port.ts";
import { adapt } from "../../storage-drivers/adapter.ts";
import fs from "../../storage-drivers/fs/index.ts";
import memory from "../../storage-drivers/memory.ts";
import redis from "../../storage-drivers/redis/index.ts";
import type { DriverError } from "../../storage-drivers/shared/driver-error.ts";
import { clusterUrl, needsRedis, standaloneUrl, stopServers, uniqueBase } from "../support/redis.ts";

const directory = mkdtempSync(join(tmpdir(), "anon-property-keys-"));
after(async () => {
  rmSync(directory, { recursive: true, force: true });
  await stopServers();
});

const key = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 20 }),
  fc
    .array(fc.constantFrom("..", ".", "/", "\\", ":", "a", "A", "é", "e\u0301", "%2e", "{", "}", "\n", "\0"), {
      maxLength: 9,
    })
    .map((parts) => parts.join("")),
  fc.string({ unit: fc.constantFrom("a", "b", ":", "_", "-", "0"), minLength: 1, maxLength: 300 }),
);
/** The keys of accounts and uniqueness locks, which no driver may refuse. */
const PLAIN = /^[a-z0-9_-]{1,63}(:[a-z0-9_-]{1,64}){0,2}$/;

const value = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.json(),
  fc.constantFrom("", "true", "123", "base64:YQ==", "\ud800"),
);

/** Creates an entry; returns the result of the swap, or "refused" for an invalid key or value. */
async function create(driver: AtomicDriver, name: string, text: string): Promise<boolean | "refused"> {
  try {
    return await driver.swap(name, null, text, 1);
  } catch (error) {
    assert.match((error as DriverError).code, /^invalid_(key|value)$/, String(error));
    await assert.rejects(async () => {
      if ((error as DriverError).code === "invalid_key") await driver.read(name);
      else throw error;
    });
    assert.ok(!(PLAIN.test(name) && text.isWellFormed()), `${name} is refused`);
    return "refused";
  }
}

async function roundTrip(driver: AtomicDriver, entries: [string, string][]): Promise<void> {
  const stored = new Map<string, string>();
  for (const [name, text] of entries) {
    const created = await create(driver, name, text);
    if (created === "refused") continue;
    assert.equal(created, !stored.has(name));
    if (created) stored.set(name, text);
  }
  for (const [name, text] of stored) assert.equal(await driver.read(name), text);
  const listed: string[] = [];
  for await (const name of driver.keys("")) listed.push(name);
  assert.deepEqual(listed.sort(), [...stored.keys()].sort());
  const { entries: due } = await driver.due(1, { limit: 1_000 });
  assert.deepEqual(due.map((entry) => entry.key).sort(), [...stored.keys()].sort());
  for (const [name, text] of stored) assert.equal(await driver.swap(name, text, null), true);
}

describe("any key and value", () => {
  const LONG = { timeout: 300_000 };
  const drivers: [string, ReturnType<typeof needsRedis>, () => Promise<AtomicDriver>][] = [
    ["memory", LONG, async () => memory()],
    ["fs", LONG, async () => fs({ base: mkdtempSync(join(directory, "base-")) })],
    ["adapter", LONG, async () => adapt(createStorage())],
    ["redis", needsRedis("standalone", LONG), async () => redis({ url: await standaloneUrl(), base: uniqueBase() })],
    ["redis cluster", needsRedis("cluster", LONG), async () => redis({ url: await clusterUrl(), base: uniqueBase() })],
  ];
  for (const [name, options, open] of drivers) {
    it(`is refused, or is read back exactly and never mixed up with another key (${name})`, options, async () => {
      const driver = await open();
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(key, value), { maxLength: 12 }), (entries) => roundTrip(driver, entries)),
        { numRuns: 60, endOnFailure: true },
      );
      await driver.dispose();
    });
  }
});
