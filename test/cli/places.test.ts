import assert from "node:assert/strict";
import { mkdir, readdir, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { needsRedis, standaloneUrl, stopServers, uniqueCollection } from "../support/redis.ts";
import { documents, inDirectory, run, SLOW } from "./run.ts";

type Reported = { storage: string; collections: string[] | null; error?: { code: string } };

describe("a storage directory that is not there", () => {
  it("is refused by every command but create, with its whole path, and not made", SLOW, () =>
    inDirectory(async (cwd) => {
      const path = join(await realpath(cwd), "typo");
      const id = "abcdefghijklmno";
      const commands = [
        ["gc", "--older-than", "30d"],
        ["list"],
        ["doctor"],
        ["show", id],
        ["export", id],
        ["sessions", id],
        ["hold", id],
        ["restore", id],
        ["delete", id, "--yes"],
        ["convert", id, "--identity", "google:1"],
        ["confirm", "7K2M-9QXR-4TBD-W0AE"],
        ["merge", "a.b.c", "d.e.f"],
        ["code", "a.b.c"],
        ["verify", "a.b.c"],
      ];
      for (const args of commands) {
        const ran = await run([...args, "--storage", "fs:typo", "--json"], { cwd });
        assert.equal(ran.code, 2, args.join(" "));
        const [{ error } = { error: { code: "", message: "" } }] = documents<{
          error: { code: string; message: string };
        }>(ran);
        assert.equal(error.code, "invalid_storage_url", args.join(" "));
        assert.ok(error.message.includes(`fs:${path}:`) && error.message.includes("anon create"), error.message);
      }
      const elsewhere = await run(["gc", "--older-than", "30d"], { cwd });
      assert.equal(elsewhere.code, 2);
      assert.match(elsewhere.stderr, /\.anon: there is no such directory/);
      assert.deepEqual(await readdir(cwd), []);
      assert.equal((await run(["create", "--storage", "fs:typo"], { cwd })).code, 0);
      assert.equal((await run(["list", "--storage", "fs:typo"], { cwd })).code, 0);
    }),
  );

  it("does not matter to verify where the secret comes from elsewhere", SLOW, () =>
    inDirectory(async (cwd) => {
      const env = { ANON_SECRET: "a secret for tests, long enough." };
      const [{ token } = { token: "" }] = documents<{ token: string }>(
        await run(["create", "--storage", "fs:there", "--json"], { cwd, env }),
      );
      assert.equal((await run(["verify", token], { cwd, env })).code, 0);
    }),
  );
});

describe("gc, list and doctor", () => {
  after(stopServers);

  it("say which storage and which collections they worked on, the report too", SLOW, () =>
    inDirectory(async (cwd) => {
      await run(["create"], { cwd });
      const storage = `fs:${join(await realpath(cwd), ".anon")}`;
      const places: [string[], string[] | null][] = [
        [["gc", "--older-than", "30d"], null],
        [["gc", "--older-than", "30d", "--collection", "users"], ["users"]],
        [["doctor"], ["users"]],
      ];
      for (const [args, collections] of places) {
        const ran = await run([...args, "--json"], { cwd });
        const [report] = documents<Reported>(ran);
        assert.deepEqual([report?.storage, report?.collections], [storage, collections]);
        const said = collections === null ? "all collections" : "collection users";
        assert.equal(ran.stderr, `[info] Worked on ${said} of ${storage}\n`);
      }
      assert.equal((await run(["list"], { cwd })).stderr, `[info] Worked on collection users of ${storage}\n`);
      await writeFile(join(cwd, "anon.config.json"), '{"collections":{"users":{},"customers":{}},"retention":"30d"}');
      const [report] = documents<Reported>(await run(["gc", "--json"], { cwd }));
      assert.deepEqual(report?.collections, ["users", "customers"]);
    }),
  );

  it("warn of a collection in which there is no account at all, and of no other", SLOW, () =>
    inDirectory(async (cwd) => {
      await run(["create", "--collection", "customers"], { cwd });
      const warned = /There is no account in collection "costumers" of fs:.*: check the name/;
      for (const args of [["gc", "--older-than", "30d"], ["list"], ["list", "--anonymous"], ["doctor"]]) {
        const wrong = await run([...args, "--collection", "costumers"], { cwd });
        assert.equal(wrong.code, 0);
        assert.match(wrong.stderr, warned, args.join(" "));
        const right = await run([...args, "--collection", "customers"], { cwd });
        assert.doesNotMatch(right.stderr, /There is no account/, args.join(" "));
      }
      const filtered = await run(["list", "--collection", "customers", "--registered"], { cwd });
      assert.doesNotMatch(filtered.stderr, /There is no account/);
      await writeFile(join(cwd, "anon.config.json"), '{"collections":{"users":{}}}');
      const known = await run(["list"], { cwd });
      assert.doesNotMatch(known.stderr, /There is no account/);
      assert.equal((await run(["list", "--collection", "costumers"], { cwd })).code, 2);
    }),
  );

  it("name a Redis without its user and password", needsRedis("standalone", SLOW), () =>
    inDirectory(async (cwd) => {
      const url = await standaloneUrl();
      const { host } = new URL(url);
      const collection = uniqueCollection();
      const env = { ANON_STORAGE: `redis://default:hun?t#er2@${host}/0` };
      for (const args of [["gc", "--older-than", "30d"], ["list"], ["doctor"]]) {
        const ran = await run([...args, "--collection", collection], { cwd, env });
        assert.doesNotMatch(ran.stdout + ran.stderr, /hun|er2/);
        // a server without a password may refuse one
        if (ran.code === 0) assert.ok(ran.stderr.includes(`of redis://${host}/0\n`), ran.stderr);
      }
      const plain = await run(["list", "--collection", collection, "--storage", url], { cwd });
      assert.match(plain.stderr, new RegExp(`Worked on collection ${collection} of ${url.replace(/\/$/, "")}`));
      assert.match(plain.stderr, /There is no account/);
    }),
  );

  it("read a directory that is there and empty", SLOW, () =>
    inDirectory(async (cwd) => {
      await mkdir(join(cwd, ".anon"));
      const ran = await run(["doctor"], { cwd });
      assert.equal(ran.code, 0);
      assert.match(ran.stderr, /There is no account in collection "users"/);
    }),
  );
});
