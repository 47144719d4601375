import assert from "node:assert/strict";
import { realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createAnon } from "../../../sdk/index.ts";
import fs from "../../../storage-drivers/fs/index.ts";
import { documents, inDirectory, run, SLOW } from "../run.ts";

describe("anon gc", () => {
  it("reports in a dry run what it would delete, then deletes it", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(`${cwd}/anon.config.json`, '{"activityResolution":"0s"}');
      await run(["create", "--count", "5"], { cwd });
      await run(["create", "--collection", "customers"], { cwd });
      const [dry] = documents(await run(["gc", "--older-than", "0s", "--dry-run", "--json"], { cwd }));
      assert.equal(dry?.deleted, 6);
      assert.equal(dry?.dryRun, true);
      assert.equal(documents(await run(["list", "--json"], { cwd })).length, 5);
      const [old] = documents(await run(["gc", "--older-than", "P30D", "--json"], { cwd }));
      assert.equal(old?.deleted, 0);
      const part = await run(["gc", "--older-than", "0s", "--collection", "users", "--limit", "2", "--json"], { cwd });
      assert.equal(documents(part)[0]?.deleted, 2);
      assert.equal(documents(part)[0]?.remaining, true);
      const rest = await run(["gc", "--older-than", "0s"], { cwd });
      assert.equal(rest.code, 0);
      assert.match(rest.stdout, /^deleted +4$/m);
      assert.equal(rest.stderr, `[info] Worked on all collections of fs:${join(await realpath(cwd), ".anon")}\n`);
    }),
  );

  it("says once why keepMany failed, and keeps the accounts", SLOW, () =>
    inDirectory(async (cwd) => {
      const config = `export default { activityResolution: "0s", keepMany() { throw new Error("no table orders"); } };`;
      await writeFile(`${cwd}/anon.config.mjs`, config);
      await run(["create", "--count", "6"], { cwd });
      const failed = await run(["gc", "--older-than", "0s", "--batch", "2"], { cwd });
      assert.equal(failed.code, 1, failed.stderr);
      assert.match(failed.stdout, /^failed +6$/m);
      assert.equal(failed.stderr.match(/^anon: keepMany failed: no table orders$/gm)?.length, 1);
    }),
  );

  it("lists with --dry-run --ids the accounts that it would collect, and reports on stderr", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(`${cwd}/anon.config.json`, '{"activityResolution":"0s"}');
      const made = documents<{ record: { id: string } }>(await run(["create", "--count", "40", "--json"], { cwd }));
      const ids = made.map(({ record }) => record.id).sort();
      const dry = ["gc", "--older-than", "0s", "--dry-run", "--ids"];
      const plain = await run([...dry, "--batch", "7"], { cwd });
      assert.equal(plain.code, 0, plain.stderr);
      assert.deepEqual(plain.stdout.trim().split("\n").sort(), ids);
      assert.match(plain.stderr, /^\[info\] examined 40, deleted 40, cutoff \d/);
      assert.doesNotMatch(plain.stderr, /not in collection users/);
      const json = await run([...dry, "--json"], { cwd });
      assert.deepEqual(
        documents(json)
          .map(({ id, collectionName }) => `${collectionName} ${id}`)
          .sort(),
        ids.map((id) => `users ${id}`),
      );
      await run(["create", "--collection", "shops"], { cwd });
      const all = await run(dry, { cwd });
      assert.equal(all.stdout.trim().split("\n").length, 41);
      assert.match(all.stderr, /Some of these are not in collection users: with --json/);
      const shops = await run([...dry, "--collection", "shops"], { cwd });
      assert.doesNotMatch(shops.stderr, /not in collection users/);
      assert.equal((await run(["gc", "--older-than", "0s", "--ids"], { cwd })).code, 2);
      const nothing = await run(["gc", "--older-than", "30d", "--dry-run", "--ids"], { cwd });
      assert.equal(nothing.stdout, "");
      assert.equal(documents(await run(["list", "--json"], { cwd })).length, 40);
    }),
  );

  it("prints a report without lines of zeros, and with all fields under --json", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(`${cwd}/anon.config.json`, '{"activityResolution":"0s","quarantine":"1d"}');
      const [{ record }] = documents<{ record: { id: string } }>(await run(["create", "--json"], { cwd })) as [
        { record: { id: string } },
      ];
      await run(["hold", record.id], { cwd });
      await run(["create", "--count", "2"], { cwd });
      const names = ({ stdout }: { stdout: string }) =>
        stdout.match(/^\S+(?: \S+)*(?= {2})/gm)?.filter((name) => name !== "durationMs");
      const first = await run(["gc", "--older-than", "0s"], { cwd });
      assert.match(first.stdout, /^quarantined +2$/m);
      assert.deepEqual(names(first), ["examined", "quarantined", "cutoff", "kept held"]);
      const empty = await run(["gc", "--older-than", "30d", "--dry-run", "--collection", "shops"], { cwd });
      assert.deepEqual(names(empty), ["examined", "deleted", "cutoff", "dryRun"]);
      const [report] = documents<{ kept: object }>(await run(["gc", "--older-than", "30d", "--json"], { cwd }));
      assert.equal(Object.keys(report!.kept).length, 9);
    }),
  );

  it("deletes from configured collections without the default name or without settings", SLOW, () =>
    inDirectory(async (cwd) => {
      const collections = { members: null, staff: { activityResolution: "0s" } };
      await writeFile(`${cwd}/anon.config.json`, JSON.stringify({ collections }));
      await run(["create", "--collection", "staff"], { cwd });
      for (const flags of [["--dry-run"], []]) {
        const done = await run(["gc", "--older-than", "0s", ...flags, "--json"], { cwd });
        assert.equal(documents(done)[0]?.deleted, 1, done.stderr);
      }
    }),
  );

  it("calls beforeDelete of the configuration, and exits with 1 when the hook fails", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(
        `${cwd}/anon.config.mjs`,
        `export default { activityResolution: "0s", hooks: { beforeDelete({ record }) {
           if (record.collectionName === "broken") throw new Error("no");
           return record.collectionName !== "kept";
         } } };`,
      );
      for (const collection of ["users", "kept", "broken"]) await run(["create", "--collection", collection], { cwd });
      const ran = await run(["gc", "--older-than", "0s", "--json"], { cwd });
      assert.equal(ran.code, 1);
      const [report] = documents<{ deleted: number; failed: number; kept: { vetoed: number } }>(ran);
      assert.deepEqual([report?.deleted, report?.kept.vetoed, report?.failed], [1, 1, 1]);
      const dry = await run(["gc", "--older-than", "0s", "--dry-run", "--json"], { cwd });
      assert.equal(documents(dry)[0]?.deleted, 2);
      assert.match(dry.stderr, /does not call beforeDelete, keep and keepMany/);
    }),
  );

  it("warns of accounts of an app with another activityResolution, and leaves them queued for that app", SLOW, () =>
    inDirectory(async (cwd) => {
      const app = createAnon({
        storage: fs({ base: `${cwd}/.anon` }),
        secret: "a secret of at least 32 characters!",
        activityResolution: "0s",
      });
      await app.signInAnonymously();
      for (const args of [[], ["--dry-run"], ["--collection", "users"]]) {
        const ran = await run(["gc", "--older-than", "0s", "--json", ...args], { cwd });
        const [report] = documents<{ examined: number; deleted: number; otherResolution: number }>(ran);
        assert.deepEqual([report?.examined, report?.deleted, report?.otherResolution], [1, 0, 1]);
        assert.match(
          ran.stderr,
          /1 account was kept as active: the times in the queue were written with another activityResolution than this run has/,
        );
      }
      assert.equal((await app.admin.gc({ olderThan: "0s" })).deleted, 1);
      await app.dispose();
      const clean = await run(["gc", "--older-than", "0s"], { cwd });
      assert.doesNotMatch(clean.stderr, /activityResolution/);
    }),
  );
});
