import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { AnonRecord } from "../../../sdk/contract/records.ts";
import type { AccountStatus, GcReport } from "../../../sdk/contract/retention.ts";
import { documents, inDirectory, run, SLOW } from "../run.ts";

/** Accounts are inactive at once; `quarantine` sets how long they can be restored. */
const config = (quarantine: string): string =>
  `export default { activityResolution: "0s", collections: { users: { retention: "0s", quarantine: "${quarantine}" } } };`;

describe("retention", () => {
  it("makes anon gc quarantine inactive accounts, which anon restore restores", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(join(cwd, "anon.config.mjs"), config("7d"));
      const [{ record }] = documents<{ record: AnonRecord }>(await run(["create", "--json"], { cwd })) as [
        { record: AnonRecord },
      ];
      await new Promise((resolve) => setTimeout(resolve, 5));
      const [report] = documents<GcReport>(await run(["gc", "--json"], { cwd }));
      assert.deepEqual([report?.quarantined, report?.deleted], [1, 0]);
      assert.equal((await run(["show", record.id], { cwd })).code, 1);
      assert.deepEqual(documents(await run(["list", "--json"], { cwd })), []);
      const [listed] = documents<AnonRecord>(await run(["list", "--quarantined", "--json"], { cwd }));
      assert.equal(listed?.id, record.id);
      const [status] = documents<AccountStatus>(await run(["show", record.id, "--status", "--json"], { cwd }));
      assert.match(status?.quarantine?.until ?? "", /^\d{4}-/);
      assert.match((await run(["show", record.id, "--status"], { cwd })).stdout, /^quarantine +\{"since":/m);

      assert.equal((await run(["restore", record.id], { cwd })).stdout, `Restored ${record.id}\n`);
      assert.equal((await run(["show", record.id], { cwd })).code, 0);
      assert.equal((await run(["restore", "aaaaaaaaaaaaaaa"], { cwd })).code, 1);
      await run(["gc"], { cwd });
      await writeFile(join(cwd, "anon.config.mjs"), config("0s"));
      assert.equal((await run(["delete", record.id, "--yes"], { cwd })).code, 0);
      assert.equal((await run(["show", record.id, "--status"], { cwd })).code, 1);
    }),
  );

  it("does not apply to accounts under anon hold", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(join(cwd, "anon.config.mjs"), config("0s"));
      const [{ record }] = documents<{ record: AnonRecord }>(await run(["create", "--json"], { cwd })) as [
        { record: AnonRecord },
      ];
      const held = await run(["hold", record.email, "--reason", "case 17"], { cwd });
      assert.equal(held.stdout, `Holding ${record.id}\n`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      const [report] = documents<GcReport>(await run(["gc", "--json"], { cwd }));
      assert.deepEqual([report?.kept.held, report?.deleted], [1, 0]);
      const deleting = await run(["delete", record.id, "--yes"], { cwd });
      assert.equal(deleting.code, 1);
      assert.match(deleting.stderr, /\[account_held\]/);
      assert.match((await run(["show", record.id, "--status"], { cwd })).stdout, /case 17/);
      assert.equal((await run(["hold", record.id, "--release", "--reason", "x"], { cwd })).code, 2);
      assert.equal((await run(["hold", record.id, "--release", "--json"], { cwd })).code, 0);
      const [after] = documents<GcReport>(await run(["gc", "--json"], { cwd }));
      assert.equal(after?.deleted, 1);
    }),
  );

  it("runs each hook of the configuration once", SLOW, () =>
    inDirectory(async (cwd) => {
      const hooks = `
import { appendFileSync } from "node:fs";
const log = (line) => appendFileSync("calls.txt", line + "\\n");
export default {
  activityResolution: "0s",
  retention: "0s",
  hooks: { afterCreate: () => log("created"), afterDelete: ({ by }) => log("deleted by " + by) },
  onEvent: ({ type }) => log("event " + type),
};`;
      await writeFile(join(cwd, "anon.config.mjs"), hooks);
      await run(["create"], { cwd });
      await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal((await run(["gc"], { cwd })).code, 0);
      const calls = await (await import("node:fs/promises")).readFile(join(cwd, "calls.txt"), "utf8");
      assert.deepEqual(calls.trim().split("\n"), [
        ...["created", "event created", "event signed_in"],
        ...["deleted by gc", "event deleted"],
      ]);
    }),
  );
});
