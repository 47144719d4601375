import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import fs from "../../../storage-drivers/fs/index.ts";
import { documents, inDirectory, run, SLOW } from "../run.ts";

type Created = { token: string; record: { id: string; email: string; anonymous: boolean }; password: string };

async function create(cwd: string, ...args: string[]): Promise<Created> {
  const ran = await run(["create", "--json", ...args], { cwd });
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  return documents<Created>(ran)[0]!;
}

describe("anon create", () => {
  it("prints token, record and password as one JSON line", SLOW, () =>
    inDirectory(async (cwd) => {
      const { token, record, password } = await create(cwd, "--data", '{"plan":"free"}');
      const ran = await run(["create", "--json"], { cwd });
      assert.deepEqual(Object.keys(documents(ran)[0]!), ["token", "record", "password"]);
      assert.equal(token.split(".").length, 3);
      assert.match(record.id, /^[a-z0-9]{15}$/);
      assert.equal((record as unknown as { plan: string }).plan, "free");
      assert.ok(password.length >= 22);
    }),
  );

  it("prints id, email, password and token as text without --json", SLOW, () =>
    inDirectory(async (cwd) => {
      const { code, stdout } = await run(["create"], { cwd });
      assert.equal(code, 0);
      for (const name of ["id", "email", "password", "token"]) assert.match(stdout, new RegExp(`^${name} +\\S+$`, "m"));
    }),
  );

  it("creates --count accounts and prints one line for each", SLOW, () =>
    inDirectory(async (cwd) => {
      const ran = await run(["create", "--count", "150", "--json", "--collection=customers"], { cwd });
      assert.equal(ran.code, 0);
      const created = documents<Created>(ran);
      assert.equal(new Set(created.map(({ record }) => record.id)).size, 150);
      const listed = documents(await run(["list", "--collection", "customers", "--json"], { cwd }));
      assert.equal(listed.length, 150);
    }),
  );

  it("prints the SDK's error code for a refused value, and exits with 2", SLOW, () =>
    inDirectory(async (cwd) => {
      const ran = await run(["create", "--data", '{"email":"a@example.com"}', "--json"], { cwd });
      assert.equal(ran.code, 2);
      assert.equal(documents<{ error: { code: string } }>(ran)[0]?.error.code, "reserved_field");
      const human = await run(["create", "--data", '{"__proto__":{"a":1}}'], { cwd });
      assert.equal(human.code, 2);
      assert.match(human.stderr.trimEnd().split("\n").at(-1)!, /^anon: Cannot .*\[reserved_field\]$/);
    }),
  );
});

describe("anon convert", () => {
  it("registers a guest by id with a password from stdin, and keeps the id", SLOW, () =>
    inDirectory(async (cwd) => {
      const { record } = await create(cwd);
      const args = [
        "convert",
        record.id,
        "--email",
        "Ada@example.com",
        "--username",
        "ada",
        "--password-stdin",
        "--json",
      ];
      const ran = await run(args, { cwd, input: "correct horse\r\nnot this\n" });
      assert.equal(ran.code, 0, ran.stdout + ran.stderr);
      const [converted] = documents<{ token: string; record: Created["record"] }>(ran);
      assert.deepEqual(Object.keys(converted!), ["token", "record"]);
      assert.equal(converted!.record.id, record.id);
      assert.equal(converted!.record.anonymous, false);
      assert.equal(converted!.record.email, "Ada@example.com");
      const again = await run(args, { cwd, input: "correct horse" });
      assert.equal(again.code, 1);
      assert.equal(documents<{ error: { code: string } }>(again)[0]?.error.code, "already_registered");
      const shown = documents(await run(["show", "ada@EXAMPLE.com", "--json"], { cwd }));
      assert.equal(shown[0]?.id, record.id);
    }),
  );

  it("registers a guest by the guest's email", SLOW, () =>
    inDirectory(async (cwd) => {
      const { record } = await create(cwd, "--collection", "customers");
      const args = ["convert", record.email, "--email", "ada@example.com", "--collection", "customers"];
      const ran = await run([...args, "--password-stdin", "--json"], { cwd, input: "correct horse" });
      assert.equal(ran.code, 0, ran.stdout + ran.stderr);
      assert.equal(documents<{ record: Created["record"] }>(ran)[0]?.record.id, record.id);
    }),
  );

  it("fails with not_found for an unknown email", SLOW, () =>
    inDirectory(async (cwd) => {
      await create(cwd);
      const args = ["convert", "no@example.com", "--email", "a@example.com", "--password-stdin", "--json"];
      const ran = await run(args, { cwd, input: "correct horse" });
      assert.equal(ran.code, 1);
      assert.equal(documents<{ error: { code: string } }>(ran)[0]?.error.code, "not_found");
    }),
  );

  it("refuses to prompt for the password without a terminal", SLOW, () =>
    inDirectory(async (cwd) => {
      const ran = await run(["convert", "abc", "--email", "a@example.com"], { cwd });
      assert.equal(ran.code, 2);
      assert.match(ran.stderr, /^anon: Cannot ask for the password .*--password-stdin\n$/);
    }),
  );

  it("never prints a refused password", SLOW, () =>
    inDirectory(async (cwd) => {
      const { record } = await create(cwd);
      const args = ["convert", record.id, "--email", "a@example.com", "--password-stdin"];
      const ran = await run(args, { cwd, input: "s3cr\n" });
      assert.equal(ran.code, 2);
      assert.match(ran.stderr, /\[weak_password\]\n$/);
      assert.doesNotMatch(ran.stdout + ran.stderr, /s3cr/);
      // the message is the same for every password, so no letters are masked out of it
      const short = await run(args, { cwd, input: "a\n" });
      assert.equal(short.stderr, ran.stderr);
      const secret = await run(["create"], { cwd, env: { ANON_SECRET: "e" } });
      assert.match(secret.stderr, /^anon: Cannot use this secret \(ANON_SECRET\): it must have at least 32 characters/);
    }),
  );
});

describe("anon list, show, delete and verify", () => {
  it("list filters by --anonymous and --registered, and prints at most --limit accounts", SLOW, () =>
    inDirectory(async (cwd) => {
      const { record } = await create(cwd);
      await run(["create", "--count", "4"], { cwd });
      const args = ["convert", record.id, "--email", "a@example.com", "--password-stdin"];
      assert.equal((await run(args, { cwd, input: "correct horse" })).code, 0);
      const count = async (...flags: string[]) => documents(await run(["list", "--json", ...flags], { cwd })).length;
      assert.equal(await count(), 5);
      assert.equal(await count("--anonymous"), 4);
      assert.equal(await count("--registered"), 1);
      assert.equal(await count("--limit", "2"), 2);
      assert.equal(await count("--inactive-for", "7d"), 0);
      const human = await run(["list"], { cwd });
      assert.equal(human.stdout.trimEnd().split("\n").length, 5);
      assert.equal((await run(["list", "--anonymous", "--registered"], { cwd })).code, 2);
    }),
  );

  it("list --inactive-for prints the accounts that were inactive for that time", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(`${cwd}/anon.config.json`, '{"activityResolution":"0s"}');
      const { record } = await create(cwd);
      await setTimeout(1_000);
      const inactive = async (duration: string) =>
        documents(await run(["list", "--inactive-for", duration, "--json"], { cwd })).map(({ id }) => id);
      assert.deepEqual(await inactive("1s"), [record.id]);
      assert.deepEqual(await inactive("1h"), []);
    }),
  );

  it("list prints the readable accounts despite a damaged one, then fails", SLOW, () =>
    inDirectory(async (cwd) => {
      const { record } = await create(cwd);
      await run(["create", "--count", "2"], { cwd });
      const driver = fs({ base: `${cwd}/.anon` });
      await driver.setItem?.(`acc:users:${record.id}`, "damaged", {});
      const ran = await run(["list"], { cwd });
      assert.equal(ran.code, 1);
      assert.equal(ran.stdout.trimEnd().split("\n").length, 2);
      assert.match(ran.stderr, new RegExp(`acc:users:${record.id}.*\\[storage_corrupt\\]`));
    }),
  );

  it("show prints the record, or fails with not_found", SLOW, () =>
    inDirectory(async (cwd) => {
      const { record } = await create(cwd);
      assert.deepEqual(documents(await run(["show", record.id, "--json"], { cwd })), [record]);
      assert.match((await run(["show", record.email], { cwd })).stdout, new RegExp(`^id +${record.id}$`, "m"));
      const none = await run(["show", "unknown", "--json"], { cwd });
      assert.equal(none.code, 1);
      assert.equal(documents<{ error: { code: string } }>(none)[0]?.error.code, "not_found");
    }),
  );

  it("delete requires --yes without a terminal", SLOW, () =>
    inDirectory(async (cwd) => {
      const { record } = await create(cwd);
      const unconfirmed = await run(["delete", record.id], { cwd });
      assert.equal(unconfirmed.code, 2);
      assert.match(unconfirmed.stderr, /--yes/);
      assert.deepEqual(documents(await run(["delete", record.id, "--yes", "--json"], { cwd })), [
        { deleted: [record.id] },
      ]);
      const gone = await run(["delete", record.id, "--yes", "--json"], { cwd });
      assert.equal(gone.code, 1);
      assert.equal(documents<{ error: { code: string } }>(gone)[0]?.error.code, "not_found");
    }),
  );

  it("verify prints the claims of a valid token, and refuses forged and foreign ones", SLOW, () =>
    inDirectory(async (cwd) => {
      const { token, record } = await create(cwd);
      const valid = await run(["verify", token, "--json"], { cwd });
      assert.equal(valid.code, 0);
      assert.equal(documents(valid)[0]?.id, record.id);
      assert.equal((await run(["verify", "-"], { cwd, input: `${token}\n` })).code, 0);
      const forged = await run(["verify", `${token.slice(0, -4)}AAAA`, "--json"], { cwd });
      assert.equal(forged.code, 1);
      assert.equal(documents<{ error: { code: string } }>(forged)[0]?.error.code, "invalid_token");
      const foreign = await run(["verify", token, "--json"], { cwd, env: { ANON_SECRET: "x".repeat(40) } });
      assert.equal(foreign.code, 1);
    }),
  );
});
