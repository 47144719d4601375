import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { ImportReport } from "../../../cli/importers/run.ts";
import { query } from "../../../scripts/postgres/query.mjs";
import { createAnon } from "../../../sdk/index.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import type { AnonRecord, ImportedAccount } from "../../../sdk/types.ts";
import fs from "../../../storage-drivers/fs/index.ts";
import { needsPostgres, stopServers, uniqueSchemaUrl } from "../../support/postgres.ts";
import { connect, removeFiles } from "../../support/sqlite.ts";
import { betterAuthStatements, GOOGLE, pocketBaseFile } from "../importers/databases.ts";
import { fixturePath } from "../importers/support.ts";
import { documents, ended, inDirectory, run, SLOW, start } from "../run.ts";

const HASH_CONFIG = fixturePath("firebase-hash-config.txt");

type Shown = ImportReport & { storage: string; error?: { code: string } };

interface Export {
  system: string;
  /** What is imported, and with which flags. */
  args: (cwd: string) => readonly string[] | Promise<readonly string[]>;
  /** Emails or usernames of those who have a password, with it. The first one has an identity of Google too. */
  people: readonly (readonly [name: string, password: string])[];
  /** Guests among the created accounts. */
  guests: number;
  /** Accounts that may have been guests. */
  suspected: number;
  /** The error codes of what is not imported. */
  rejected: readonly string[];
  needs?: { skip?: string; timeout?: number };
}

const SUPABASE = [
  ["ada@example.com", "abc"],
  ["grace@example.com", "mytestpassword"],
] as const;
const BETTER_AUTH = [
  ["ada@example.com", "pässwörd ﬁ"],
  ["grace@example.com", "correct horse battery"],
] as const;
const FIREBASE = [["ada@example.com", "user1password"]] as const;
const POCKETBASE = [["ada@example.com", "abc"]] as const;
const LINES = [
  ["ada", "password"],
  ["grace@example.com", "U*U"],
] as const;

async function betterAuthFile(cwd: string): Promise<string> {
  const { exec, close } = await connect(join(cwd, "auth.db"));
  for (const statement of await betterAuthStatements("sqlite")) exec(statement);
  close();
  return "sqlite:./auth.db";
}

async function betterAuthDatabase(): Promise<string> {
  const url = await uniqueSchemaUrl();
  for (const statement of await betterAuthStatements("postgres")) await query(url, statement);
  return url;
}

const DISABLED = ["disabled"] as const;

/** Each form of each system. The fixtures are made by hand, and their hashes are published test vectors where there are some. */
const EXPORTS: Readonly<Record<string, Export>> = {
  "Firebase's JSON": {
    system: "firebase",
    people: FIREBASE,
    guests: 0,
    suspected: 1,
    rejected: [...DISABLED, "invalid_data"],
    args: () => [fixturePath("firebase.json"), "--hash-config", HASH_CONFIG],
  },
  "Firebase's CSV, with guests": {
    system: "firebase",
    people: FIREBASE,
    guests: 1,
    suspected: 0,
    rejected: [...DISABLED, "invalid_data"],
    args: () => [fixturePath("firebase.csv"), "--hash-config", HASH_CONFIG, "--guests", "provider-less"],
  },
  "Supabase's JSON": {
    system: "supabase",
    people: SUPABASE,
    guests: 1,
    suspected: 0,
    rejected: DISABLED,
    args: () => [fixturePath("supabase.json")],
  },
  "Supabase's CSV": {
    system: "supabase",
    people: SUPABASE,
    guests: 1,
    suspected: 0,
    rejected: DISABLED,
    args: () => [fixturePath("supabase-users.csv"), "--identities", fixturePath("supabase-identities.csv")],
  },
  "Better Auth's JSON": {
    system: "better-auth",
    people: BETTER_AUTH,
    guests: 1,
    suspected: 0,
    rejected: DISABLED,
    args: () => [fixturePath("better-auth.json")],
  },
  "Better Auth's SQLite": {
    system: "better-auth",
    people: BETTER_AUTH,
    guests: 1,
    suspected: 0,
    rejected: DISABLED,
    args: async (cwd) => [await betterAuthFile(cwd)],
  },
  "Better Auth's PostgreSQL": {
    system: "better-auth",
    people: BETTER_AUTH,
    guests: 1,
    suspected: 0,
    rejected: DISABLED,
    args: async () => [await betterAuthDatabase()],
    needs: needsPostgres("shared", SLOW),
  },
  "PocketBase 0.22": {
    system: "pocketbase",
    people: POCKETBASE,
    guests: 0,
    suspected: 0,
    rejected: [],
    args: async () => [await pocketBaseFile("0.22")],
  },
  "PocketBase 0.23": {
    system: "pocketbase",
    people: POCKETBASE,
    guests: 0,
    suspected: 0,
    rejected: [],
    args: async () => [await pocketBaseFile("0.23")],
  },
  "our own lines": {
    system: "lines",
    people: LINES,
    guests: 1,
    suspected: 0,
    rejected: ["invalid_data"],
    args: () => [fixturePath("lines.jsonl")],
  },
};

/** How many accounts have a password of Argon2id with our own parameters. */
async function countArgon2id(storage: AtomicDriver): Promise<number> {
  let count = 0;
  for await (const key of storage.keys("acc:")) {
    const { password } = JSON.parse((await storage.read(key)) ?? "") as { password: string };
    if (password.startsWith("$argon2id$v=19$m=")) count++;
  }
  return count;
}

/** Everyone signs in twice with the old password: the first time by the old hash, and then by the one that replaced it. */
async function signIn(cwd: string, people: Export["people"]): Promise<void> {
  const storage = fs({ base: join(cwd, ".anon") });
  const anon = createAnon({ storage, secret: "a secret of at least 32 characters!" });
  const ids: string[] = [];
  for (const [name, password] of people) {
    await assert.rejects(anon.signInWithPassword(name, `${password}?`), { code: "invalid_credentials" });
    const { record } = await anon.signInWithPassword(name, password);
    ids.push(record.id);
  }
  assert.equal(await countArgon2id(storage), people.length, "the first sign-in replaced each hash");
  for (const [at, [name, password]] of people.entries()) {
    await assert.rejects(anon.signInWithPassword(name, `${password}?`), { code: "invalid_credentials" });
    assert.equal((await anon.signInWithPassword(name, password)).record.id, ids[at]);
  }
  const google = await anon.signInWithIdentity({ provider: "google", subject: GOOGLE });
  assert.equal(google?.record.id, ids[0]);
  await anon.dispose();
}

describe("anon import", () => {
  after(removeFiles);
  after(stopServers);

  for (const [name, { system, args, people, guests, suspected, rejected, needs = SLOW }] of Object.entries(EXPORTS)) {
    it(`imports ${name}, and everyone signs in with the old password, and again with the new hash`, needs, () =>
      inDirectory(async (cwd) => {
        const command = ["import", ...(await args(cwd)), "--from", system, "--rejects", "rejects.jsonl", "--json"];
        const count = people.length + guests + suspected;
        const dryRun = await run([...command, "--dry-run"], { cwd });
        const dry = documents<Shown>(dryRun)[0]!;
        const advice = "if they were guests, give --guests provider-less";
        assert.equal(dryRun.stderr.includes(advice), suspected > 0, dryRun.stderr);
        assert.deepEqual([dry.created, dry.dryRun, dry.complete], [count, true, true]);
        const first = await run(command, { cwd });
        assert.equal(first.code, rejected.length > 0 ? 1 : 0, first.stderr);
        const tooLate = "if they were guests, delete them and import them again with --guests provider-less";
        assert.equal(first.stderr.includes(tooLate), suspected > 0, first.stderr);
        const report = documents<Shown>(first)[0]!;
        assert.deepEqual([report.created, report.present, report.rejected], [count, 0, rejected.length]);
        assert.deepEqual([report.guests, report.suspectedGuests], [guests, suspected]);
        await signIn(cwd, people);
        const again = documents<Shown>(await run(command, { cwd }))[0]!;
        assert.deepEqual([again.created, again.present, again.differs], [0, count, 0], "no new hash is a difference");
        const reasons = (await readFile(join(cwd, "rejects.jsonl"), "utf8")).split("\n").filter((line) => line !== "");
        assert.deepEqual(
          reasons.map((line) => (JSON.parse(line) as { code: string }).code),
          rejected,
        );
      }),
    );
  }

  it("loses nothing of what export --all --with-hashes writes, from one storage to another", SLOW, () =>
    inDirectory(async (cwd) => {
      const accounts: ImportedAccount[] = [
        {
          id: "Xb7-Q_2",
          email: "ada@example.com",
          verified: true,
          created: "2021-03-04T05:06:07.000Z",
          updated: "2022-03-04T05:06:07.000Z",
          lastActive: "2023-03-04T05:06:07.000Z",
          identities: [{ provider: "google", subject: "1", linked: "2021-03-05T00:00:00.000Z" }],
          fields: { plan: "pro\u2028", n: [1, null] },
        },
        { id: "guest", anonymous: true, lastActive: "2023-03-04T05:06:07.000Z" },
      ];
      const input = accounts.map((one) => JSON.stringify(one)).join("\n");
      const from = ["--storage", "fs:./one"];
      const to = ["--storage", "sqlite:./two.db"];
      assert.equal((await run(["import", "-", "--from", "lines", ...from], { cwd, input })).code, 0);
      assert.equal((await run(["create", ...from], { cwd })).code, 0);
      const exported = await run(["export", "--all", "--with-hashes", ...from], { cwd });
      const imported = await run(["import", "-", "--from", "lines", ...to, "--json"], { cwd, input: exported.stdout });
      assert.equal(imported.code, 0, imported.stderr);
      assert.equal(documents<Shown>(imported)[0]?.created, 3);
      const back = await run(["export", "--all", "--with-hashes", ...to], { cwd });
      assert.deepEqual(back.stdout.split("\n").sort(), exported.stdout.split("\n").sort());
    }),
  );

  it("is refused into a memory, which ends with the command, but for a dry run", SLOW, () =>
    inDirectory(async (cwd) => {
      const input = JSON.stringify({ id: "ada", email: "ada@example.com" });
      for (const storage of ["memory:", "sqlite::memory:"]) {
        const args = ["import", "-", "--from", "lines", "--storage", storage, "--json"];
        const refused = await run(args, { cwd, input });
        assert.equal(refused.code, 2);
        assert.deepEqual(documents(refused), [
          {
            error: {
              code: "usage",
              message:
                "Cannot import into a memory, which is gone when this command ends: use another storage, or --dry-run",
            },
          },
        ]);
        const dry = await run([...args, "--dry-run"], { cwd, input });
        assert.deepEqual([dry.code, documents<Shown>(dry)[0]?.created], [0, 1], dry.stderr);
      }
    }),
  );

  it("prints the first reasons where no file keeps them, and its table", SLOW, () =>
    inDirectory(async (cwd) => {
      const input = Array.from({ length: 12 }, (_, index) => JSON.stringify({ id: `no id ${index}` })).join("\n");
      const { code, stdout, stderr } = await run(["import", "-", "--from", "lines"], { cwd, input });
      assert.equal(code, 1);
      assert.match(stdout, /^rejected +12$/m);
      assert.deepEqual(
        stdout
          .trim()
          .split("\n")
          .map((one) => one.replace(/ +/, " ").replace(/(?<=^durationMs ).*/, "…")),
        ["read 12", "created 0", "rejected 12", "complete true", "durationMs …"],
      );
      assert.match(stderr, /line 1, no id 0: Cannot keep this id: .* \[invalid_id\]/);
      assert.match(stderr, /2 more: give --rejects a file to see all/);
    }),
  );

  it("writes the ids that it could not keep to a file", SLOW, () =>
    inDirectory(async (cwd) => {
      const input = JSON.stringify({ id: "no id", email: "ada@example.com" });
      const args = ["import", "-", "--from", "lines", "--mapping", "mapping.jsonl"];
      assert.equal((await run(args, { cwd, input })).code, 0);
      const { from, id } = JSON.parse(await readFile(join(cwd, "mapping.jsonl"), "utf8")) as Record<string, string>;
      assert.equal(from, "no id");
      assert.equal(
        documents<AnonRecord>(await run(["show", id ?? "", "--json"], { cwd }))[0]?.email,
        "ada@example.com",
      );
    }),
  );

  it("refuses what it cannot read, with exit code 2 and nothing on stdout", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(join(cwd, "empty.txt"), "");
      await writeFile(join(cwd, "kept.txt"), "kept");
      await writeFile(join(cwd, "users.json.gz"), gzipSync('{"users":[]}'));
      await symlink("kept.txt", join(cwd, "link.txt"));
      for (const [args, message] of [
        [["users.json"], /without --from/],
        [["users.json.gz", "--from", "firebase"], /users\.json\.gz: it is compressed, .* gunzip -c/],
        [["empty.txt", "--from", "supabase", "--identities", "users.json.gz"], /users\.json\.gz: it is compressed/],
        [["users.json", "--from", "auth0"], /"auth0": use firebase/],
        [["users.json", "--from", "firebase"], /users\.json: there is no such file/],
        [
          ["users.json", "--from", "lines", "--hash-config", "empty.txt"],
          /--hash-config with lines: it is for firebase/,
        ],
        [["users.json", "--from", "firebase", "--hash-config", "empty.txt"], /empty\.txt: it must hold/],
        [["users.json", "--from", "lines", "--guests", "all"], /--guests with another value/],
        [["-", "--from", "pocketbase"], /by stdin: give its database file/],
        [["nowhere.db", "--from", "pocketbase"], /there is no such file/],
        [["postgres://u:top-secret-word@127.0.0.1/x", "--from", "lines"], /by URL/],
        [["empty.txt", "--from", "lines", "--rejects", "none/rejects.jsonl"], /Cannot write none/],
        [["kept.txt", "--from", "lines", "--rejects", "./kept.txt"], /Cannot write .*kept\.txt: .* reads it/],
        [["kept.txt", "--from", "lines", "--mapping", "link.txt"], /Cannot write .*kept\.txt: .* reads it/],
        [
          ["sqlite:./kept.txt", "--from", "pocketbase", "--rejects", "kept.txt"],
          /Cannot write .*kept\.txt: .* reads it/,
        ],
        [
          ["empty.txt", "--from", "supabase", "--identities", "kept.txt", "--rejects", "kept.txt"],
          /Cannot write .*kept\.txt: .* reads it/,
        ],
        [["empty.txt", "--from", "lines", "--rejects", "a.jsonl", "--mapping", "a.jsonl"], /two files/],
      ] as const) {
        const { code, stdout, stderr } = await run(["import", ...args], { cwd });
        assert.equal(code, 2, args.join(" ") + stderr);
        assert.match(stderr, message);
        assert.equal(stdout, "");
        assert.ok(!stderr.includes("top-secret-word"));
      }
      assert.equal(await readFile(join(cwd, "kept.txt"), "utf8"), "kept");
    }),
  );

  it("is continued after a kill where it was, with no account half imported", SLOW, () =>
    inDirectory(async (cwd) => {
      const count = 1_500;
      const lines = Array.from({ length: count }, (_, index) =>
        JSON.stringify({
          id: `Person_${index}`,
          email: `Person${index}@example.com`,
          username: `person-${index}`,
          identities: [{ provider: "google", subject: `${index}` }],
        }),
      ).join("\n");
      const command = ["import", "-", "--from", "lines", "--json"];
      const storage = fs({ base: join(cwd, ".anon") });
      const child = start(command, { cwd });
      const end = ended(child);
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(lines);
      const isBegun = async (): Promise<boolean> =>
        existsSync(join(cwd, ".anon")) && !(await storage.keys("acc:")[Symbol.asyncIterator]().next()).done;
      while (child.exitCode === null && !(await isBegun())) await sleep(5);
      child.kill("SIGKILL");
      assert.equal((await end).code, null, "it was killed");
      const counted = documents<Shown>(await run(command, { cwd, input: lines }))[0]!;
      assert.deepEqual([counted.created + counted.present, counted.differs, counted.rejected], [count, 0, 0]);
      assert.ok(counted.created > 0, "it was killed on its way");
      const again = documents<Shown>(await run(command, { cwd, input: lines }))[0]!;
      assert.deepEqual([again.present, again.differs, again.rejected], [count, 0, 0]);
      const anon = createAnon({ storage, secret: "a secret of at least 32 characters!" });
      for (let index = 0; index < count; index += 7) {
        const { id, anonymous } = (await anon.admin.findByEmail(`person${index}@example.com`))!;
        assert.deepEqual([id, anonymous], [`Person_${index}`, false]);
      }
      const { queue, damaged } = await anon.admin.doctor({ dryRun: true });
      assert.deepEqual([queue?.missing, queue?.stray, damaged.count], [0, 0, 0]);
      await anon.dispose();
    }),
  );

  it("says what an operator must know: second factors that are lost, and an export of another system", SLOW, () =>
    inDirectory(async (cwd) => {
      const input = JSON.stringify({ users: [{ localId: "a", email: "a@example.com", mfaInfo: [{}] }] });
      const { stdout, stderr } = await run(["import", "-", "--from", "firebase"], { cwd, input });
      assert.match(stdout, /^secondFactors +1$/m);
      assert.match(stderr, /1 had a second factor, which is not imported/);
      const other = await run(["import", "-", "--from", "firebase"], {
        cwd,
        input: '{"kind":"x","people":[{"id":"a"}]}',
      });
      assert.match(other.stderr, /Found no record/);
    }),
  );

  it("reports what it did when it is interrupted, exits with 130, and is continued by the next run", SLOW, () =>
    inDirectory(async (cwd) => {
      const child = start(["import", "-", "--from", "lines", "--json"], { cwd });
      const end = ended(child);
      const line = (index: number): string =>
        `${JSON.stringify({ id: `n${index}`, email: `n${index}@example.com` })}\n`;
      const lines = Array.from({ length: 2_000 }, (_, index) => line(index));
      child.stdin?.on("error", () => undefined);
      let written = 0;
      let isInterrupted = false;
      const feed = setInterval(() => {
        if (written === 400 && !isInterrupted) {
          // before it has opened the storage, the signal would end the process itself
          if (!existsSync(join(cwd, ".anon"))) return;
          isInterrupted = process.kill(child.pid as number, "SIGINT");
        }
        child.stdin?.write(lines.slice(written, written + 20).join(""));
        written += 20;
        if (written >= lines.length) child.stdin?.end();
      }, 10);
      const { code, stdout, stderr } = await end.finally(() => clearInterval(feed));
      assert.equal(code, 130, stdout + stderr);
      const [stopped] = documents<Shown>({ code, stdout, stderr });
      assert.equal(stopped?.complete, false);
      const rest = await run(["import", "-", "--from", "lines", "--json"], { cwd, input: lines.join("") });
      const [report] = documents<Shown>(rest);
      assert.equal(report!.created + report!.present, 2_000);
      assert.equal(report!.present, stopped!.created);
    }),
  );
});
