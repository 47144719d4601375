import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { ImportReport } from "../../../cli/importers/run.ts";
import { createAnon } from "../../../sdk/index.ts";
import type { AnonRecord, ImportedAccount } from "../../../sdk/types.ts";
import fs from "../../../storage-drivers/fs/index.ts";
import { fixturePath } from "../importers/support.ts";
import { documents, ended, inDirectory, run, SLOW, start } from "../run.ts";

const HASH_CONFIG = fixturePath("firebase-hash-config.txt");

type Shown = ImportReport & { storage: string; error?: { code: string } };

/** How each fixture is imported, ada@example.com's password, and how many guests it has. */
const SYSTEMS: readonly (readonly [system: string, args: readonly string[], password: string, guests: number])[] = [
  ["supabase", [fixturePath("supabase.json")], "abc", 1],
  ["supabase", [fixturePath("supabase-users.csv"), "--identities", fixturePath("supabase-identities.csv")], "abc", 1],
  ["better-auth", [fixturePath("better-auth.json")], "pässwörd ﬁ", 1],
  ["firebase", [fixturePath("firebase.json"), "--hash-config", HASH_CONFIG], "user1password", 0],
  [
    "firebase",
    [fixturePath("firebase.csv"), "--hash-config", HASH_CONFIG, "--guests", "provider-less"],
    "user1password",
    1,
  ],
];

/** Signs in by the password and by Google, in a server over the same storage. */
async function signIn(cwd: string, password: string): Promise<string[]> {
  const anon = createAnon({
    storage: fs({ base: join(cwd, ".anon") }),
    secret: "a secret of at least 32 characters!",
  });
  const identity = { provider: "google", subject: "110169484474386276334" };
  const google = await anon.signInWithIdentity(identity);
  const { record } = await anon.signInWithPassword("ada@example.com", password);
  const again = await anon.signInWithPassword("ada@example.com", password);
  await anon.dispose();
  return [google?.record.id, record.id, again.record.id].map(String);
}

describe("anon import", () => {
  for (const [system, args, password, guests] of SYSTEMS) {
    it(`imports ${system}, and its people sign in: ${args.join(" ").replace(/\S*\//g, "")}`, SLOW, () =>
      inDirectory(async (cwd) => {
        const command = ["import", ...args, "--from", system, "--rejects", "rejects.jsonl", "--json"];
        const dry = documents<Shown>(await run([...command, "--dry-run"], { cwd }))[0]!;
        assert.deepEqual([dry.created, dry.dryRun, dry.complete], [2, true, true]);
        const first = await run(command, { cwd });
        assert.equal(first.code, 1, "a record was rejected");
        const { created, present, rejected, ...report } = documents<Shown>(first)[0]!;
        assert.deepEqual([created, present, report.guests, report.suspectedGuests], [2, 0, guests, 1 - guests]);
        const { id } = documents<AnonRecord>(await run(["show", "ada@example.com", "--json"], { cwd }))[0]!;
        assert.deepEqual(await signIn(cwd, password), [id, id, id]);
        // the sign-in replaced the hash
        const again = documents<Shown>(await run(command, { cwd }))[0]!;
        assert.deepEqual([again.created, again.present, again.differs, again.rejected], [0, 2, 0, rejected]);
        const reasons = await readFile(join(cwd, "rejects.jsonl"), "utf8");
        assert.equal(reasons.trim().split("\n").length, rejected);
        assert.match(reasons, /"code":"disabled"/);
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

  it("prints the first reasons where no file keeps them, and its table", SLOW, () =>
    inDirectory(async (cwd) => {
      const input = Array.from({ length: 12 }, (_, index) => JSON.stringify({ id: `no id ${index}` })).join("\n");
      const { code, stdout, stderr } = await run(["import", "-", "--from", "lines"], { cwd, input });
      assert.equal(code, 1);
      assert.match(stdout, /^rejected +12$/m);
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
      await symlink("kept.txt", join(cwd, "link.txt"));
      for (const [args, message] of [
        [["users.json"], /without --from/],
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
