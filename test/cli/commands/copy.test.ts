import assert from "node:assert/strict";
import { symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { AnonRecord } from "../../../sdk/contract/records.ts";
import type { CopyReport } from "../../../sdk/transfer/copy.ts";
import { needsRedis, standaloneUrl, stopServers, uniqueCollection } from "../../support/redis.ts";
import { documents, inDirectory, run, SLOW } from "../run.ts";

describe("anon copy", () => {
  after(stopServers);

  it("copies accounts whose tokens are valid at the target with the same secret", SLOW, () =>
    inDirectory(async (cwd) => {
      const env = { ANON_SECRET: "the secret of the servers, with 32 characters or more" };
      const [guest, created] = documents<{ token: string; record: AnonRecord }>(
        await run(["create", "--count", "2", "--json"], { cwd, env }),
      );
      const token = guest?.token as string;
      const { record } = created as { record: AnonRecord };
      const converting = ["convert", record.id, "--email", "ada@example.com", "--password-stdin"];
      assert.equal((await run(converting, { cwd, env, input: "correct horse battery" })).code, 0);
      const first = await run(["copy", "--to", "fs:./target", "--json"], { cwd, env });
      assert.equal(first.code, 0, first.stderr);
      const [report] = documents<CopyReport>(first);
      // two accounts, and the lock of an email
      assert.deepEqual([report?.copied, report?.extra, report?.complete], [3, 0, true]);
      assert.match(first.stderr, /same secret/);
      const there = ["--storage", "fs:./target"];
      assert.equal((await run(["verify", token, ...there], { cwd, env })).code, 0);
      assert.equal((await run(["show", "ada@example.com", ...there], { cwd, env })).code, 0);

      assert.equal((await run(["hold", record.id, ...there], { cwd, env })).code, 0);
      const differing = await run(["copy", "--to", "fs:./target", "--json"], { cwd, env });
      assert.equal(differing.code, 1);
      assert.match(differing.stderr, /1 differ at the target and were left: --overwrite/);
      const replaced = await run(["copy", "--to", "fs:./target", "--overwrite"], { cwd, env });
      assert.equal(replaced.code, 0, replaced.stderr);
      assert.match(replaced.stdout, /^overwritten +1$/m);
    }),
  );

  it("deletes at the target with --remove what was deleted since the first copy", SLOW, () =>
    inDirectory(async (cwd) => {
      const [one, other] = documents<{ record: AnonRecord }>(await run(["create", "--count", "2", "--json"], { cwd }));
      await run(["copy", "--to", "sqlite:./target.db"], { cwd });
      await run(["delete", one?.record.id as string, "--yes"], { cwd });
      const kept = await run(["copy", "--to", "sqlite:./target.db", "--overwrite"], { cwd });
      assert.match(kept.stderr, /1 are at the target alone.*--remove/);
      const removed = await run(["copy", "--to", "sqlite:./target.db", "--overwrite", "--remove"], { cwd });
      assert.equal(removed.code, 0, removed.stderr);
      const left = await run(["list", "--storage", "sqlite:./target.db", "--json"], { cwd });
      assert.deepEqual(
        documents<AnonRecord>(left).map(({ id }) => id),
        [other?.record.id],
      );
    }),
  );

  it("refuses its own storage under another name", needsRedis("standalone", SLOW), () =>
    inDirectory(async (cwd) => {
      const url = await standaloneUrl();
      const collection = ["--collection", uniqueCollection()];
      const env = { ANON_SECRET: "a secret for tests, long enough." };
      const { code, stderr } = await run(["create", "--storage", url, ...collection], { cwd, env });
      assert.equal(code, 0, stderr);
      const other = url.replace("127.0.0.1", "localhost");
      assert.notEqual(other, url);
      const copied = await run(["copy", "--storage", url, "--to", other, ...collection], { cwd, env });
      assert.equal(copied.code, 2, copied.stdout + copied.stderr);
      assert.match(copied.stderr, /a storage to itself/);
    }),
  );

  it("refuses a target that it cannot be", SLOW, () =>
    inDirectory(async (cwd) => {
      assert.equal((await run(["create"], { cwd })).code, 0);
      await symlink(join(cwd, ".anon"), join(cwd, "link"));
      const intoMemory = /Cannot copy to a memory, which is gone when this command ends: use another storage$/m;
      const refused: [args: string[], message: RegExp][] = [
        [[], /without a target: give --to/],
        [["--to", "fs:.anon"], /a storage to itself/],
        [["--to", "fs:./link"], /a storage to itself/],
        [["--to", "memory:"], intoMemory],
        [["--to", "memory:", "--dry-run"], intoMemory],
        [["--to", "sqlite::memory:"], intoMemory],
        [["--to", "ftp://u:hunter2@h"], /--to/],
        [["--to", `fs:${join(cwd, "link")}/../.anon/`], /a storage to itself/],
        [["--to", "fs:./other", "--remove"], /--remove without --overwrite/],
      ];
      for (const [args, message] of refused) {
        const { code, stderr } = await run(["copy", ...args], { cwd });
        assert.equal(code, 2, `${args}: ${stderr}`);
        assert.match(stderr, message);
        assert.doesNotMatch(stderr, /hunter2/);
      }
      await writeFile(join(cwd, "file"), "");
      const blocked = await run(["copy", "--to", "fs:./file/below"], { cwd });
      assert.equal(blocked.code, 1, blocked.stderr);
    }),
  );
});
