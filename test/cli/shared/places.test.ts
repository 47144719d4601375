import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdir, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { needs } from "../../support/needs.ts";
import { needsRedis, standaloneUrl, stopServers, uniqueCollection } from "../../support/redis.ts";
import { COMMAND, documents, environment, inDirectory, run, SLOW } from "../run.ts";

const CAN_BE_DELETED = process.platform !== "win32" && !("Deno" in globalThis);
const NOT_DELETED = "Deno does not start in a deleted directory, and Windows does not delete a directory in use";

type Reported = { storage: string; collections: string[] | null; error?: { code: string } };

describe("a missing storage directory", () => {
  it("is refused with its full path by every command but create, and is not created", SLOW, () =>
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

  it("is a missing file on SQLite, whose directory no command makes", SLOW, () =>
    inDirectory(async (cwd) => {
      const path = join(await realpath(cwd), "typo.db");
      const ran = await run(["list", "--storage", "sqlite:typo.db"], { cwd });
      assert.equal(ran.code, 2);
      assert.ok(ran.stderr.includes(`sqlite:${path}: there is no such file`), ran.stderr);
      const nowhere = await run(["create", "--storage", "sqlite:no/accounts.db"], { cwd });
      assert.notEqual(nowhere.code, 0);
      assert.match(nowhere.stderr, /there is no such directory, create it/);
      assert.deepEqual(await readdir(cwd), []);
      assert.equal((await run(["create", "--storage", "sqlite:typo.db"], { cwd })).code, 0);
      assert.deepEqual((await readdir(cwd)).sort(), ["typo.db", "typo.db.secret"]);
      const listed = await run(["list", "--storage", "SQLITE:typo.db"], { cwd });
      assert.match(listed.stderr, /Worked on collection users of sqlite:.*typo[.]db/);
    }),
  );

  it("is refused when the configuration has a driver of this package or of unstorage", SLOW, () =>
    inDirectory(async (cwd) => {
      const own = new URL("../../../storage-drivers/fs/index.ts", import.meta.url).href;
      for (const from of [own, import.meta.resolve("unstorage/drivers/fs-lite")]) {
        await writeFile(
          join(cwd, "anon.config.mjs"),
          `import fs from ${JSON.stringify(from)};
           export default { storage: fs({ base: ${JSON.stringify(join(cwd, "accounts"))} }), secret: "a secret for tests, long enough." };`,
        );
        for (const args of [["gc", "--older-than", "30d"], ["list"], ["doctor"]]) {
          const ran = await run(args, { cwd });
          assert.equal(ran.code, 2, args.join(" "));
          assert.match(ran.stderr, /fs:.*accounts: there is no such directory.*\[invalid_storage_url\]/);
        }
        assert.equal((await run(["create"], { cwd })).code, 0);
        const [report] = documents<Reported>(await run(["doctor", "--json"], { cwd }));
        assert.equal(report?.storage, `fs:${join(cwd, "accounts")}`);
        await rm(join(cwd, "accounts"), { recursive: true });
      }
    }),
  );

  it("is reported when it is the deleted current directory", needs(CAN_BE_DELETED, NOT_DELETED, SLOW), () =>
    inDirectory(async (cwd) => {
      await run(["create"], { cwd });
      const deleted = join(cwd, "deleted");
      await mkdir(deleted);
      const { stdout, stderr, status } = spawnSync(
        "sh",
        ["-c", 'rmdir "$0" && exec "$@"', deleted, ...COMMAND, "list", "--storage", `fs:${join(cwd, ".anon")}`],
        { cwd: deleted, env: environment() as NodeJS.ProcessEnv, encoding: "utf8" },
      );
      assert.deepEqual(
        [status, stdout, stderr],
        [2, "", "anon: Cannot use the current directory: it was deleted, change to one that exists\n"],
      );
    }),
  );

  it("does not matter to verify if the secret is in the environment", SLOW, () =>
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

  it("report their storage and collections, on stderr and in the document", SLOW, () =>
    inDirectory(async (cwd) => {
      await run(["create"], { cwd });
      const storage = `fs:${join(await realpath(cwd), ".anon")}`;
      const runs: [string[], string[] | null][] = [
        [["gc", "--older-than", "30d"], null],
        [["gc", "--older-than", "30d", "--collection", "users"], ["users"]],
        [["doctor"], ["users"]],
      ];
      for (const [args, collections] of runs) {
        const ran = await run([...args, "--json"], { cwd });
        const [report] = documents<Reported>(ran);
        assert.deepEqual([report?.storage, report?.collections], [storage, collections]);
        const subject = collections === null ? "all collections" : "collection users";
        assert.equal(ran.stderr, `[info] Worked on ${subject} of ${storage}\n`);
      }
      assert.equal((await run(["list"], { cwd })).stderr, `[info] Worked on collection users of ${storage}\n`);
      await writeFile(join(cwd, "anon.config.json"), '{"collections":{"users":{},"customers":{}},"retention":"30d"}');
      const [report] = documents<Reported>(await run(["gc", "--json"], { cwd }));
      assert.deepEqual(report?.collections, ["users", "customers"]);
    }),
  );

  it("warn only of a collection without any account", SLOW, () =>
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

  it("name a Redis server without its user and password", needsRedis("standalone", SLOW), () =>
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
      const driver = new URL("../../../storage-drivers/redis/index.ts", import.meta.url).href;
      await writeFile(
        join(cwd, "anon.config.mjs"),
        `import redis from ${JSON.stringify(driver)};
         export default { storage: redis({ url: "redis://default:hunter2@${host}/1" }) };`,
      );
      const configured = await run(["gc", "--older-than", "30d", "--collection", collection, "--json"], { cwd });
      assert.equal(documents<Reported>(configured)[0]?.storage, `redis at ${host}/1`);
      assert.doesNotMatch(configured.stdout + configured.stderr, /hunter2/);
      const plain = await run(["list", "--collection", collection, "--storage", url], { cwd });
      assert.match(plain.stderr, new RegExp(`Worked on collection ${collection} of ${url.replace(/\/$/, "")}`));
      assert.match(plain.stderr, /There is no account/);
    }),
  );

  it("accept an existing empty directory", SLOW, () =>
    inDirectory(async (cwd) => {
      await mkdir(join(cwd, ".anon"));
      const ran = await run(["doctor"], { cwd });
      assert.equal(ran.code, 0);
      assert.match(ran.stderr, /There is no account in collection "users"/);
    }),
  );
});
