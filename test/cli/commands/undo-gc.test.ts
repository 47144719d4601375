/** A gc that was a mistake is undone by `anon restore --since`, and one that is to come is prevented by `gc --dry-run --ids`. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { BulkReport } from "../../../cli/shared/bulk.ts";
import type { AnonRecord, AuthData } from "../../../sdk/contract/records.ts";
import type { DoctorReport, GcReport } from "../../../sdk/contract/retention.ts";
import { type Anon, createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import type { TestOptions } from "../../support/needs.ts";
import { needsRedis, standaloneUrl, stopServers, uniqueCollection } from "../../support/redis.ts";
import { HOUR } from "../../support/sdk.ts";
import { bySize } from "../../support/size.ts";
import { documents, inDirectory, run, SLOW } from "../run.ts";

const COUNT = bySize({ full: 10_000, short: 2_000 });
const EARLIER = 50;

const SECRET = "a secret for tests, long enough.";

const STORAGES: readonly (readonly [name: string, url: (cwd: string) => Promise<string>, options: TestOptions])[] = [
  ["fs:", async (cwd) => `fs:${join(cwd, "accounts")}`, SLOW],
  ["sqlite:", async (cwd) => `sqlite:${join(cwd, "accounts.db")}`, SLOW],
  ["redis://", standaloneUrl, needsRedis("standalone", SLOW)],
];

async function guests(anon: Anon, collection: string, count: number): Promise<AuthData[]> {
  const made: AuthData[] = [];
  while (made.length < count) {
    const some = Array.from({ length: Math.min(100, count - made.length) }, (_, index) =>
      anon.signInAnonymously({ collection, data: { number: made.length + index } }),
    );
    made.push(...(await Promise.all(some)));
  }
  return made;
}

async function undo(cwd: string, url: string): Promise<void> {
  const collection = uniqueCollection();
  const env = { ANON_STORAGE: url, ANON_SECRET: SECRET };
  const config = { activityResolution: "0s", collections: { [collection]: { quarantine: "7d" } } } as const;
  await writeFile(join(cwd, "anon.config.json"), JSON.stringify(config));
  const cli = async <T>(args: string[], input?: string): Promise<T> => {
    const ran = await run([...args, "--collection", collection, "--json"], { cwd, env, input });
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    return documents<T & object>(ran).at(-1) as T;
  };
  const storage = await open(url);
  const clock = { now: Date.now() - 3 * HOUR };
  const limits = false;
  const anon: Anon = createAnon({ ...config, storage, secret: SECRET, limits, now: () => clock.now });
  try {
    // what an earlier run collected is to stay where it is
    const earlier = await guests(anon, collection, EARLIER);
    clock.now += 1;
    assert.equal((await anon.admin.gc({ olderThan: 0, collection })).quarantined, EARLIER);
    clock.now = Date.now() - HOUR;
    const made = await guests(anon, collection, COUNT);
    const [held, registered] = made as [AuthData, AuthData];
    await anon.admin.convert(
      { collection, id: registered.record.id },
      { email: "ada@example.com", password: "correct horse battery" },
    );
    // the ids that gc would collect go to hold, by which it keeps them
    const dry = await run(["gc", "--older-than", "0s", "--limit", "100", "--dry-run", "--ids"], { cwd, env });
    const ids = dry.stdout.trim().split("\n");
    assert.equal(ids.length, 100);
    assert.equal(
      (await cli<BulkReport>(["hold", "-", "--reason", "under review"], `${dry.stdout}${held.record.id}`)).done,
      101,
    );
    const kept = new Set([...ids, held.record.id, registered.record.id]);

    const mistake = await cli<GcReport>(["gc", "--older-than", "0s"]);
    assert.deepEqual([mistake.quarantined, mistake.deleted], [COUNT - kept.size, 0]);
    clock.now = Date.now();
    const some = made.filter(({ record }) => !kept.has(record.id)).slice(0, 20);
    for (const { token } of some) assert.equal(await anon.authenticate(token), null);

    const undone = await cli<BulkReport>(["restore", "--since", "2h"]);
    assert.deepEqual([undone.done, undone.failed, undone.absent, undone.complete], [COUNT - kept.size, 0, 0, true]);
    clock.now = Date.now();
    for (const { token, record } of some) assert.deepEqual((await anon.authenticate(token))?.record, record);
    const records = new Map<string, AnonRecord>();
    for await (const record of anon.admin.list({ collection })) records.set(record.id, record);
    assert.equal(records.size, COUNT);
    for (const { record } of made) {
      // hold and conversion changed the others
      if (!kept.has(record.id)) assert.deepEqual(records.get(record.id), record);
    }
    const { queue, accounts } = await cli<DoctorReport>(["doctor"]);
    assert.deepEqual(queue, { missing: 0, stray: 0, repaired: 0 });
    assert.deepEqual([accounts.anonymous, accounts.quarantined], [COUNT - 1, EARLIER]);
    assert.ok((await anon.admin.inspect({ collection, id: earlier[0]!.record.id }))?.quarantine);
    assert.equal((await cli<BulkReport>(["restore", "--since", "4h"])).done, EARLIER);

    // bulk deletion ends the test, and leaves nothing but what is on hold
    const ended = await cli<BulkReport>(["delete", "--inactive-for", "0s", "--yes"]);
    assert.deepEqual([ended.done, ended.refused], [COUNT + EARLIER - 101, { account_held: 101 }]);
    await cli<BulkReport>(["hold", "--anonymous", "--release"]);
    assert.equal((await cli<BulkReport>(["delete", "--anonymous", "--yes"])).done, 101);
  } finally {
    await anon.dispose();
  }
}

describe("a gc that was a mistake", () => {
  after(stopServers);

  for (const [name, storageUrl, options] of STORAGES) {
    it(`is undone by anon restore --since on ${name}`, options, () =>
      inDirectory(async (cwd) => undo(cwd, await storageUrl(cwd))),
    );
  }
});
