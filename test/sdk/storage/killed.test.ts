/** A server process, or the server of its database, is killed while it writes: nothing that was acknowledged is lost. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { needsPostgres, ownPostgres, stopServers } from "../../support/postgres.ts";
import { startWorker, type Worker } from "../../support/processes.ts";
import { SECRET } from "../../support/sdk.ts";
import { bySize } from "../../support/size.ts";
import type { WritersInput, Written } from "../../support/workers/writers.ts";

const WORKER = new URL("../../support/workers/writers.ts", import.meta.url);
const TIMES = bySize({ full: 5, short: 2 });
/** How many lines the journal grows between two kills. */
const LINES = bySize({ full: 400, short: 150 });
const TIMEOUT = { timeout: 300_000 };

const directories: string[] = [];

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "anon-killed-"));
  directories.push(directory);
  return directory;
}

async function linesOf(journal: string): Promise<Written[]> {
  const lines = existsSync(journal) ? (await readFile(journal, "utf8")).split("\n") : [];
  // the last one is empty, or was not written completely
  return lines.slice(0, -1).map((line) => JSON.parse(line) as Written);
}

/** Waits until the journal has grown by so many lines. */
async function grow(journal: string, worker: Worker): Promise<void> {
  const wanted = (await linesOf(journal)).length + LINES;
  const ended = worker.ended.then(() => assert.fail("the process ended"));
  ended.catch(() => undefined);
  while ((await linesOf(journal)).length < wanted) await Promise.race([setTimeout(20), ended]);
}

/** Checks that the storage has what the journal says. */
async function check(url: string, journals: string[]): Promise<void> {
  const lines = (await Promise.all(journals.map(linesOf))).flat();
  assert.deepEqual(
    lines.filter(({ what }) => what === "unexpected"),
    [],
  );
  const last = new Map(lines.map((line) => [line.id, line]));
  const anon = createAnon({ storage: await open(url), secret: SECRET });
  try {
    for (const { id, what, token, email } of last.values()) {
      const record = await anon.admin.get(id);
      if (what === "deleted") assert.equal(record, null, `${id} was deleted`);
      // the change may have happened or not
      if (what === "deleted" || what === "tried") continue;
      assert.equal((await anon.authenticate(token))?.record.id, id, `${id} was ${what}`);
      if (what === "converted") assert.equal((await anon.admin.findByEmail(email as string))?.id, id);
      assert.equal(record?.anonymous, what === "signed in");
    }
    const { damaged, complete, queue } = await anon.admin.doctor();
    assert.deepEqual([damaged.count, complete, queue], [0, true, { missing: 0, stray: 0, repaired: 0 }]);
    const count = (wanted: Written["what"]) => [...last.values()].filter(({ what }) => what === wanted).length;
    for (const what of ["signed in", "converted", "deleted"] as const) assert.ok(count(what) > 0, `some were ${what}`);
  } finally {
    await anon.dispose();
  }
}

describe("what was acknowledged", () => {
  after(async () => {
    await stopServers();
    for (const directory of directories) await rm(directory, { recursive: true, force: true });
  });

  it("survives the kill of processes that write to one file of SQLite", TIMEOUT, async () => {
    const directory = await newDirectory();
    const url = `sqlite:${join(directory, "accounts.db")}`;
    const inputs = Array.from({ length: 2 * TIMES }, (_, number) => {
      const name = `visitor${number}x`;
      return { url, secret: SECRET, name, journal: join(directory, name) } satisfies WritersInput;
    });
    for (let time = 0; time < TIMES; time++) {
      const pair = inputs.slice(2 * time, 2 * time + 2);
      const workers = pair.map((input) => startWorker(WORKER, input));
      try {
        await Promise.all(workers.map((worker, index) => grow(pair[index]!.journal, worker)));
      } finally {
        await Promise.all(workers.map((worker) => worker.kill()));
      }
    }
    await check(
      url,
      inputs.map(({ journal }) => journal),
    );
  });

  it("survives kills and restarts of PostgreSQL, and the process goes on", needsPostgres("own", TIMEOUT), async () => {
    const server = await ownPostgres();
    const journal = join(await newDirectory(), "journal");
    const worker = startWorker(WORKER, { url: server.url, secret: SECRET, name: "visitor", journal });
    try {
      assert.equal(await worker.next(), "ready");
      for (let time = 0; time < TIMES; time++) {
        await grow(journal, worker);
        await server.kill();
        await server.restart();
        await grow(journal, worker);
        await server.restart();
      }
      await grow(journal, worker);
      worker.send("stop");
      assert.equal(await worker.next(), "done");
    } finally {
      await worker.kill();
    }
    await check(server.url, [journal]);
  });
});
