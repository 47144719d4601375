import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { TestOptions } from "../../support/needs.ts";
import { needsPostgres, postgresUrl, stopServers as stopPostgres } from "../../support/postgres.ts";
import { clusterUrl, needsRedis, ownRedis, standaloneUrl, stopServers, uniqueCollection } from "../../support/redis.ts";
import { documents, inDirectory, run, SLOW } from "../run.ts";

type Account = { id: string; anonymous: boolean };

const STORAGES: readonly (readonly [name: string, url: () => Promise<string>, options: TestOptions])[] = [
  ["fs:", async () => "fs:accounts", SLOW],
  ["sqlite:", async () => "sqlite:accounts.db", SLOW],
  ["postgres://", postgresUrl, needsPostgres("shared", SLOW)],
  ["redis://", standaloneUrl, needsRedis("standalone", SLOW)],
  ["redis+cluster://", clusterUrl, needsRedis("cluster", SLOW)],
];

/** Creates, converts, lists and deletes accounts in a collection of its own, each command in a process of its own. */
async function runLifecycle(cwd: string, url: string): Promise<void> {
  const collection = uniqueCollection();
  await writeFile(join(cwd, "anon.config.json"), '{"activityResolution":"0s"}');
  const env = { ANON_STORAGE: url, ANON_SECRET: "a secret for tests, long enough." };
  const anon = async <T>(args: string[], input = ""): Promise<T[]> => {
    const ran = await run([...args, "--collection", collection, "--json"], { cwd, env, input });
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    assert.doesNotMatch(ran.stderr.replace(/^\[info\] Worked on collection \w+ of \S+\n$/, ""), /./);
    return documents<T>(ran);
  };
  const created = await anon<{ record: Account }>(["create", "--count", "5"]);
  const [first] = created;
  const [converted] = await anon<{ record: Account }>(
    ["convert", first!.record.id, "--email", "ada@example.com", "--password-stdin"],
    "correct horse\n",
  );
  assert.equal(converted!.record.id, first!.record.id);
  const [report] = await anon<{ deleted: number; dryRun: boolean }>(["gc", "--older-than", "0s", "--dry-run"]);
  assert.deepEqual([report!.deleted, report!.dryRun], [4, true]);
  const listed = await anon<Account>(["list"]);
  assert.deepEqual(listed.map(({ id }) => id).sort(), created.map(({ record }) => record.id).sort());
  assert.equal(listed.filter(({ anonymous }) => !anonymous).length, 1);
  const [done] = await anon<{ deleted: number }>(["gc", "--older-than", "0s"]);
  assert.equal(done!.deleted, 4);
  assert.deepEqual(await anon<{ deleted: string[] }>(["delete", first!.record.id, "--yes"]), [
    { deleted: [first!.record.id] },
  ]);
}

describe("the CLI", () => {
  after(() => Promise.all([stopServers(), stopPostgres()]));

  for (const [name, storageUrl, options] of STORAGES) {
    it(`creates, converts, lists and deletes accounts on ${name}`, options, async () => {
      const url = await storageUrl();
      await inDirectory((cwd) => runLifecycle(cwd, url));
    });
  }

  it("reports the progress of gc and the error when the server dies midway", needsRedis("own", SLOW), () =>
    inDirectory(async (cwd) => {
      const server = await ownRedis();
      await writeFile(
        join(cwd, "anon.config.mjs"),
        `let calls = 0;
         export default { activityResolution: "0s", storage: ${JSON.stringify(server.url)}, hooks: { async beforeDelete() {
           if (++calls === 25) process.kill(${server.pid}, "SIGKILL");
           await new Promise((resolve) => setTimeout(resolve, calls < 25 ? 0 : 200));
         } } };`,
      );
      const env = { ANON_SECRET: "a secret for tests, long enough." };
      await run(["create", "--count", "60"], { cwd, env });
      const args = ["gc", "--older-than", "0s", "--batch", "10"];
      const ran = await run([...args, "--json"], { cwd });
      assert.equal(ran.code, 1);
      const [report] = documents<{ deleted: number; remaining: boolean; error: { code: string; message: string } }>(
        ran,
      );
      assert.deepEqual([report?.deleted, report?.remaining, report?.error.code], [20, true, "storage_unavailable"]);
      assert.match(report?.error.message ?? "", /^Cannot .*Redis at 127\.0\.0\.1/);
      assert.doesNotMatch(ran.stdout + ran.stderr, /report (?:this|it)|max retries|is closed|ioredis/i);
      const plain = await run(args, { cwd });
      assert.equal(plain.code, 1);
      assert.match(plain.stdout, /^deleted +0$/m);
      assert.match(plain.stderr, /\nanon: Cannot [^\n]+\[storage_unavailable\]\n$/);
    }),
  );

  it("says how a URL of PostgreSQL is written, without the password of the wrong one", SLOW, () =>
    inDirectory(async (cwd) => {
      const ran = await run(["list", "--storage", "postgres://ada:hunter/2@127.0.0.1/shop"], { cwd });
      assert.equal(ran.code, 2);
      assert.match(
        ran.stderr,
        /use postgres:\/\/host:port\/database, with user:password@ before the host; write .* %40/,
      );
      assert.doesNotMatch(ran.stderr, /hunter/);
    }),
  );

  it("reports an unreachable server in one line, without the URL's password", SLOW, () =>
    inDirectory(async (cwd) => {
      // port 1 on loopback: nothing listens there
      const ran = await run(["list", "--storage", "redis://ada:hunter2@127.0.0.1:1"], { cwd });
      assert.equal(ran.code, 1);
      assert.match(ran.stderr, /^anon: Cannot [^\n]+\[storage_unavailable\]\n$/);
      assert.doesNotMatch(ran.stderr, /hunter2/);
    }),
  );
});
