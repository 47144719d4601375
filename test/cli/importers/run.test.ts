import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Entry, Rejected } from "../../../cli/importers/entry.ts";
import { type ImportReport, type ImportRunOptions, runImport } from "../../../cli/importers/run.ts";
import type { ImportedAccount } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";
import { collect, setUp } from "../../support/sdk.ts";

async function* entries(accounts: readonly ImportedAccount[]): AsyncGenerator<Entry> {
  for (const [index, account] of accounts.entries()) {
    const { email, identities } = account;
    yield { at: { line: index + 1 }, account, isReachable: Boolean(email || identities) };
  }
}

function start() {
  const { anon } = setUp(memory());
  const rejected: Rejected[] = [];
  const mapped: { from: string; id: string }[] = [];
  const run = (accounts: readonly ImportedAccount[], options: Partial<ImportRunOptions> = {}): Promise<ImportReport> =>
    runImport(entries(accounts), {
      importAccount: anon.admin.importAccount,
      system: "lines",
      onReject: async (one) => void rejected.push(one),
      ...options,
    });
  return { anon, run, rejected, mapped };
}

const ACCOUNTS: ImportedAccount[] = [
  { id: "a", email: "ada@example.com" },
  { id: "b", email: "ADA@example.com" },
  { id: "c", email: "bob@example.com", passwordHash: "md5:5f4dcc3b5aa765d61d8327deb882cf99" },
  { id: "d", anonymous: true, email: "real@example.com" },
  { id: "e" },
  { id: "f", email: "carol@example.com", identities: [{ provider: "google", subject: "1" }] },
  { id: "g", identities: [{ provider: "google", subject: "1" }] },
  { id: "no id", email: "dan@example.com" },
];

const COUNTS = {
  read: 8,
  created: 4,
  guests: 1,
  present: 0,
  differs: 0,
  rejected: 4,
  conflicts: { email: 1, username: 0, identity: 1 },
  unsupportedHashes: 1,
  suspectedGuests: 1,
  secondFactors: 0,
  mapped: 0,
  complete: true,
};

const without = ({ durationMs, dryRun, ...counts }: ImportReport): object => {
  assert.ok(durationMs >= 0 && typeof dryRun === "boolean");
  return counts;
};

describe("an import", () => {
  it("reports what it did, and the second time that all is there already", async () => {
    const { run, rejected, anon } = start();
    assert.deepEqual(without(await run(ACCOUNTS, { concurrency: 1 })), COUNTS);
    assert.deepEqual(
      rejected.map(({ at, id, code }) => [at, id, code]),
      [
        [{ line: 2 }, "b", "email_taken"],
        [{ line: 3 }, "c", "unsupported_hash"],
        [{ line: 7 }, "g", "identity_taken"],
        [{ line: 8 }, "no id", "invalid_id"],
      ],
    );
    assert.ok(!JSON.stringify(rejected).includes("5f4dcc3b"), "no hash");
    assert.deepEqual(without(await run(ACCOUNTS)), { ...COUNTS, created: 0, guests: 0, present: 4 });
    assert.equal((await collect(anon.admin.list())).length, 4);
  });

  it("imports the first one of several that cannot all be stored, however long each takes", async () => {
    const one = { provider: "google", subject: "1" };
    const accounts: ImportedAccount[] = [
      { id: "a", email: "ada@example.com" },
      { id: "b", email: "ADA@example.com" },
      { id: "a", email: "other@example.com" },
      { id: "c", username: "grace", identities: [one] },
      { id: "d", username: "Grace" },
      { id: "e", identities: [one] },
      { id: "f", email: "ada@example.com" },
    ];
    const { run, anon, rejected } = start();
    const slowFirst: ImportRunOptions["importAccount"] = async (account, options) => {
      await sleep(
        40 - 5 * accounts.indexOf(accounts.find(({ id, email }) => id === account.id && email === account.email)!),
      );
      return anon.admin.importAccount(account, options);
    };
    const report = await run(accounts, { importAccount: slowFirst });
    assert.deepEqual([report.created, report.differs, report.rejected], [2, 1, 4]);
    assert.equal((await anon.admin.findByEmail("ada@example.com"))?.id, "a");
    assert.equal((await anon.admin.get("c"))?.username, "grace");
    assert.deepEqual(rejected.map(({ id, code }) => `${id} ${code}`).sort(), [
      "a differs",
      "b email_taken",
      "d username_taken",
      "e identity_taken",
      "f email_taken",
    ]);
  });

  it("stores nothing in a dry run, and reports the conflicts with what is stored", async () => {
    const { run, anon } = start();
    await anon.admin.importAccount({ id: "x", email: "ada@example.com" });
    const report = await run(ACCOUNTS, { dryRun: true });
    assert.deepEqual([report.created, report.conflicts.email, report.dryRun], [4, 2, true]);
    assert.equal((await collect(anon.admin.list())).length, 1);
  });

  it("reports an account that is stored with something else, and leaves it", async () => {
    const { run, rejected, anon } = start();
    await anon.admin.importAccount({ id: "a", email: "old@example.com" });
    const report = await run([ACCOUNTS[0]!]);
    assert.deepEqual([report.differs, report.rejected], [1, 0]);
    assert.deepEqual([rejected[0]?.code, rejected[0]?.id], ["differs", "a"]);
    assert.equal((await anon.admin.get("a"))?.email, "old@example.com");
  });

  it("makes guests of accounts without a way to sign in only if it is asked to", async () => {
    const { run, anon } = start();
    const report = await run(ACCOUNTS, { providerLessAreGuests: true });
    assert.deepEqual([report.guests, report.suspectedGuests], [2, 0]);
    assert.equal((await anon.admin.get("e"))?.anonymous, true);
    assert.equal((await anon.admin.get("a"))?.anonymous, false);
  });

  it("imports an account whose hash cannot be kept without it, if it is asked to", async () => {
    const { run, anon } = start();
    await run(ACCOUNTS);
    const report = await run(ACCOUNTS, { withoutHashes: true });
    assert.deepEqual([report.created, report.present], [1, 4]);
    assert.equal((await anon.admin.get("c"))?.email, "bob@example.com");
  });

  it("gives an account whose id cannot be kept one that follows from it, and finds it again", async () => {
    const { run, anon, mapped } = start();
    const options: Partial<ImportRunOptions> = { onMapped: async (one) => void mapped.push(one), system: "firebase" };
    assert.deepEqual([(await run(ACCOUNTS, options)).mapped, (await run(ACCOUNTS, options)).present], [1, 5]);
    const [first, second] = mapped;
    assert.deepEqual(first, second);
    assert.equal(first?.from, "no id");
    assert.match(first?.id ?? "", /^[a-z0-9]{15}$/);
    const signedIn = await anon.signInWithIdentity({ provider: "firebase", subject: "no id" });
    assert.equal(signedIn?.record.id, first?.id);
  });

  it("imports to the collection that is given", async () => {
    const { run, anon } = start();
    await run(ACCOUNTS, { collection: "customers" });
    assert.equal((await collect(anon.admin.list({ collection: "customers" }))).length, 4);
  });

  it("stops when its signal is aborted, without an account half imported, and is continued by the next run", async () => {
    const { run, anon } = start();
    const many = Array.from(
      { length: 1_000 },
      (_, index): ImportedAccount => ({ id: `n${index}`, email: `n${index}@example.com` }),
    );
    const abort = new AbortController();
    const stopped = await run(many, { signal: abort.signal, onProgress: ({ read }) => read > 100 && abort.abort() });
    assert.equal(stopped.complete, false);
    assert.ok(stopped.read < 1_000 && stopped.created === stopped.read, `${stopped.created} of ${stopped.read}`);
    const rest = await run(many);
    assert.deepEqual([rest.created, rest.present, rest.complete], [1_000 - stopped.created, stopped.created, true]);
    assert.equal((await collect(anon.admin.list())).length, 1_000);
  });

  it("fails with what fails all accounts, after a report of what it did", async () => {
    let last: ImportReport | undefined;
    const { run, anon } = start();
    await assert.rejects(
      run(ACCOUNTS, {
        onProgress: (report) => {
          last = report;
        },
        importAccount: async (account, options) => {
          if (account.id === "e") await anon.dispose();
          return anon.admin.importAccount(account, options);
        },
        concurrency: 1,
      }),
      { code: "storage_unavailable" },
    );
    assert.deepEqual([last?.created, last?.complete], [2, false]);
  });
});
