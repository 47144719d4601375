/** `restore`, `delete`, `hold` and `export` for ids on stdin and for the accounts of a filter. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { BulkReport } from "../../../cli/shared/bulk.ts";
import type { AnonRecord } from "../../../sdk/contract/records.ts";
import { needsRedis, ownRedis, stopServers } from "../../support/redis.ts";
import { documents, ended, inDirectory, type RunResult, run, SLOW, start } from "../run.ts";

/** Accounts are inactive at once. */
const CONFIG = `export default { activityResolution: "0s", quarantine: "7d" };`;

async function guests(cwd: string, count: number, ...args: string[]): Promise<AnonRecord[]> {
  await writeFile(join(cwd, "anon.config.mjs"), CONFIG);
  const made = await run(["create", "--count", String(count), "--json", ...args], { cwd });
  return documents<{ record: AnonRecord }>(made).map(({ record }) => record);
}

async function idsOf(cwd: string, ...args: string[]): Promise<string[]> {
  return documents<AnonRecord>(await run(["list", "--json", ...args], { cwd }))
    .map(({ id }) => id)
    .sort();
}

/** The last document that a run printed: its report. */
function reportOf(ran: RunResult): BulkReport {
  const report = documents<Partial<BulkReport>>(ran).at(-1);
  assert.ok(report && "done" in report, ran.stdout + ran.stderr);
  return report as BulkReport;
}

const sorted = (records: readonly AnonRecord[]): string[] => records.map(({ id }) => id).sort();

describe("accounts on stdin", () => {
  it("are ids or records, one per line; blank lines are skipped, and bad ones reported by number", SLOW, () =>
    inDirectory(async (cwd) => {
      const [one, two, three] = (await guests(cwd, 3)) as [AnonRecord, AnonRecord, AnonRecord];
      const input = [
        `\ufeff${one.id}\r`,
        "",
        JSON.stringify(two),
        "  ",
        '{"id":7}',
        "{",
        "ada@example.com",
        '{"id":"abc","collectionName":7}',
        ` ${three.id}`,
      ].join("\n");
      const ran = await run(["hold", "-", "--reason", "case 17", "--json"], { cwd, input });
      assert.equal(ran.code, 1);
      const { storage: _, ...report } = reportOf(ran) as BulkReport & { storage: string };
      assert.deepEqual(report, {
        ...{ collections: null, done: 3, absent: 0, refused: {}, failed: 0, invalid: 4 },
        ...{ complete: true, dryRun: false },
      });
      const bad = documents<{ line?: number; error?: { code: string; message: string } }>(ran).slice(0, -1);
      assert.deepEqual(
        bad.map(({ line, error }) => `${line} ${error?.code}`),
        ["5 usage", "6 usage", "7 usage", "8 usage"],
      );
      assert.match(bad[2]?.error?.message ?? "", /"ada@example.com" is not an id/);
      assert.match((await run(["show", three.id, "--status"], { cwd })).stdout, /case 17/);

      const text = await run(["hold", "-", "--release"], { cwd, input: `${one.id}\nx y\nzzzzzzzzzzzzzzz\n` });
      assert.equal(text.code, 1);
      assert.equal(text.stdout, "released  1\nabsent    1\ninvalid   1\n");
      assert.match(text.stderr, /^anon: line 2: Cannot use this line: "x y" is not an id \[usage\]$/m);
      assert.match(text.stderr, /^anon: zzzzzzzzzzzzzzz: Cannot hold.*|^anon: zzzzzzzzzzzzzzz: .*\[not_found\]$/m);
      const none = await run(["hold", "-", "--json"], { cwd });
      assert.deepEqual([none.code, reportOf(none).done], [0, 0]);
    }),
  );

  it("are not taken for others if the last line is cut off: imported ids have any length", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(join(cwd, "old.jsonl"), '{"id":"user-1"}\n{"id":"user-12"}\n');
      const imported = await run(["import", "--from", "lines", "old.jsonl"], { cwd });
      assert.equal(imported.code, 0, imported.stderr);
      const cut = await run(["delete", "-", "--yes"], { cwd, input: "user-12\nuser-1" });
      assert.equal(cut.code, 1);
      assert.match(cut.stderr, /line 2: .*"user-1" may be cut off/);
      assert.deepEqual(await idsOf(cwd), ["user-1"]);
      const whole = await run(["delete", "-", "--yes"], { cwd, input: "user-1\n" });
      assert.equal(whole.code, 0, whole.stderr);
    }),
  );

  it("are in the collection that their record names, which must be that of --collection", SLOW, () =>
    inDirectory(async (cwd) => {
      const [user] = (await guests(cwd, 1)) as [AnonRecord];
      const [shop] = (await guests(cwd, 1, "--collection", "shops")) as [AnonRecord];
      const input = [user, shop].map((record) => JSON.stringify(record)).join("\n");
      const one = await run(["delete", "-", "--yes", "--json", "--collection", "shops"], { cwd, input });
      assert.deepEqual([one.code, reportOf(one).done, reportOf(one).invalid], [1, 1, 1]);
      assert.match(one.stdout, /\\"users\\", and not in that of --collection/);
      const both = await run(["delete", "-", "--yes", "--json"], { cwd, input });
      assert.deepEqual([both.code, reportOf(both).done, reportOf(both).absent], [1, 1, 1]);
      const wrong = await run(["hold", "-", "--collection", "Not OK"], { cwd, input: user.id });
      assert.equal(wrong.code, 2, wrong.stderr);
      assert.match(wrong.stderr, /\(--collection\)/);
    }),
  );
});

describe("a command for many accounts", () => {
  after(stopServers);

  it("reports what was done and ends when the storage is down, although stdin is open", needsRedis("own", SLOW), () =>
    inDirectory(async (cwd) => {
      const server = await ownRedis();
      const options = { cwd, env: { ANON_STORAGE: server.url, ANON_SECRET: "a secret for tests, long enough." } };
      const [one] = documents<{ record: AnonRecord }>(await run(["create", "--json"], options));
      const holding = start(["hold", "-", "--json"], options);
      const end = ended(holding);
      holding.stdin?.on("error", () => undefined);
      holding.stdin?.write(`${one!.record.id}\n`);
      const status = async () => (await run(["show", one!.record.id, "--status", "--json"], options)).stdout;
      for (let tries = 0; !/"hold":\{/.test(await status()); tries++) assert.ok(tries < 200, "it was never held");
      process.kill(server.pid, "SIGKILL");
      holding.stdin?.write(`${one!.record.id}\n`);
      const ran = await end;
      assert.equal(ran.code, 1, ran.stdout + ran.stderr);
      const { done, complete, error } = reportOf(ran) as BulkReport & { error?: { code: string } };
      assert.deepEqual([done, complete, error?.code], [1, false, "storage_unavailable"]);
    }),
  );
});

describe("anon delete of many", () => {
  it("deletes those of a filter and of stdin, and reports what was refused and why", SLOW, () =>
    inDirectory(async (cwd) => {
      const made = await guests(cwd, 8);
      const [held, registered, ...rest] = made as [AnonRecord, AnonRecord, ...AnonRecord[]];
      await run(["hold", held.id], { cwd });
      await run(["convert", registered.id, "--identity", "google:1"], { cwd });
      const filter = ["--anonymous", "--inactive-for", "0s"];
      const dry = await run(["delete", ...filter, "--dry-run", "--json"], { cwd });
      assert.equal(dry.code, 0, dry.stdout + dry.stderr);
      const { done, refused, dryRun } = reportOf(dry);
      assert.deepEqual([done, refused, dryRun], [6, { account_held: 1 }, true]);
      assert.equal((await idsOf(cwd)).length, 8);

      const named = await run(["delete", "-", "--yes"], { cwd, input: `${held.id}\n${rest[0]!.id}\n` });
      assert.equal(named.code, 1, "just this account was to be deleted");
      assert.equal(named.stdout, "deleted               1\nrefused account_held  1\n");
      assert.match(named.stderr, new RegExp(`^anon: ${held.id}: .*on hold.*\\[account_held\\]$`, "m"));
      const all = await run(["delete", ...filter, "--yes", "--json"], { cwd });
      assert.equal(all.code, 0, all.stdout);
      assert.deepEqual([reportOf(all).done, reportOf(all).refused], [5, { account_held: 1 }]);
      assert.deepEqual(await idsOf(cwd), [held.id, registered.id].sort());
      const single = await run(["delete", held.id, "--dry-run", "--json"], { cwd });
      assert.deepEqual([single.code, reportOf(single).refused], [1, { account_held: 1 }]);
    }),
  );

  it("counts what hooks refuse, and exits with 1 if one fails", SLOW, () =>
    inDirectory(async (cwd) => {
      const [kept, failing] = (await guests(cwd, 4)) as [AnonRecord, AnonRecord];
      await writeFile(
        join(cwd, "anon.config.mjs"),
        `export default { hooks: { beforeDelete({ record: { id } }) {
           if (id === ${JSON.stringify(failing.id)}) throw new Error("the database is down");
           return id !== ${JSON.stringify(kept.id)};
         } } };`,
      );
      const ran = await run(["delete", "--anonymous", "--yes", "--json"], { cwd });
      assert.equal(ran.code, 1);
      const { done, refused, failed } = reportOf(ran);
      assert.deepEqual([done, refused, failed], [2, { refused: 1 }, 1]);
      const said = documents<{ id?: string; error?: { message: string } }>(ran).find(({ id }) => id === failing.id);
      assert.match(said?.error?.message ?? "", /the database is down/);
      assert.deepEqual(await idsOf(cwd), [kept.id, failing.id].sort());
    }),
  );

  it("never deletes without a filter or without a confirmation", SLOW, () =>
    inDirectory(async (cwd) => {
      await guests(cwd, 2);
      const refusals: [string[], RegExp][] = [
        [["delete", "--yes"], /without accounts: give an id, - .* or a filter/],
        [["delete", "--collection", "users", "--yes"], /without accounts/],
        [["delete", "", "--yes"], /without accounts/],
        [["delete", "", "--anonymous", "--yes"], /--anonymous together with ""/],
        [["delete", "-", "--anonymous", "--yes"], /--anonymous together with "-"/],
        [["delete", "--anonymous", "--registered", "--yes"], /--anonymous together with --registered/],
        [["delete", "--anonymous"], /without a terminal: confirm with --yes/],
        [["delete", "-"], /without a terminal: confirm with --yes/],
        [["delete", "--inactive-for", "soon", "--yes"], /--inactive-for/],
        [["hold", "--collection", "users"], /without accounts/],
        [["restore"], /without accounts/],
        [["export"], /without accounts/],
        [["export", "--quarantined"], /restore them first/],
      ];
      for (const [argv, message] of refusals) {
        const ran = await run(argv, { cwd });
        assert.equal(ran.code, 2, `${argv.join(" ")}: ${ran.stdout}${ran.stderr}`);
        assert.match(ran.stderr, message);
      }
      assert.equal((await idsOf(cwd)).length, 2);
    }),
  );
});

describe("anon export of many", () => {
  it("prints one line of JSON for each account, and the report on stderr", SLOW, () =>
    inDirectory(async (cwd) => {
      const made = await guests(cwd, 5);
      for (const flags of [[], ["--json"]]) {
        const ran = await run(["export", "--anonymous", ...flags], { cwd });
        assert.equal(ran.code, 0, ran.stderr);
        const exports = documents<{ record: AnonRecord; sessions: unknown[] }>(ran);
        assert.deepEqual(sorted(exports.map(({ record }) => record)), sorted(made));
        assert.match(ran.stderr, /^\[info\] exported 5$/m);
        const named = await run(["export", "-", ...flags], { cwd, input: `${made[0]!.id}\nzzzzzzzzzzzzzzz` });
        assert.equal(named.code, 1);
        assert.deepEqual(
          documents<{ record: AnonRecord }>(named).map(({ record }) => record.id),
          [made[0]!.id],
        );
        assert.match(named.stderr, /zzzzzzzzzzzzzzz: .*\[not_found\]/);
        assert.match(named.stderr, /^\[info\] exported 1, absent 1$/m);
      }
    }),
  );
});

describe("anon export of many whose reader is gone", () => {
  it("ends without a failure for each account", SLOW, () =>
    inDirectory(async (cwd) => {
      await guests(cwd, 1_000, "--storage", "sqlite:./accounts.db");
      const child = start(["export", "--anonymous", "--storage", "sqlite:./accounts.db"], { cwd });
      child.stdin?.end();
      child.stdout?.once("data", () => child.stdout?.destroy());
      const { code, stderr } = await ended(child);
      assert.equal(code, 0);
      assert.doesNotMatch(stderr, /Cannot finish/);
    }),
  );
});

describe("anon restore of many", () => {
  it("restores what gc put into quarantine within a time, and nothing else", SLOW, () =>
    inDirectory(async (cwd) => {
      const early = await guests(cwd, 3);
      await run(["gc", "--older-than", "0s"], { cwd });
      const late = await guests(cwd, 4);
      await run(["gc", "--older-than", "0s"], { cwd });
      assert.deepEqual(await idsOf(cwd), []);
      const listed = await idsOf(cwd, "--since", "1h");
      assert.deepEqual(listed, sorted([...early, ...late]));
      const ran = await run(["restore", "-", "--json"], { cwd, input: late.map(({ id }) => id).join("\n") });
      assert.deepEqual([ran.code, reportOf(ran).done], [0, 4]);
      assert.deepEqual(await idsOf(cwd), sorted(late));
      const rest = await run(["restore", "--since", "1h"], { cwd });
      assert.equal(rest.stdout, "restored  3\n");
      assert.deepEqual(await idsOf(cwd), sorted([...early, ...late]));
      const again = await run(["restore", "--quarantined", "--json"], { cwd });
      assert.deepEqual([again.code, documents(again)[0]?.done], [0, 0]);
      assert.match(again.stderr, /No account in quarantine matches.*without `quarantine` gc deletes at once/);
    }),
  );
});
