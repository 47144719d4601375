/** Converting and merging a guest on the command line. */
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { AnonRecord } from "../../../sdk/contract/records.ts";
import { documents, inDirectory, run, SLOW } from "../run.ts";

type Made = { token: string; record: AnonRecord };

const create = async (cwd: string, data = "{}"): Promise<Made> =>
  documents<Made>(await run(["create", "--json", "--data", data], { cwd }))[0]!;

describe("anon convert", () => {
  it("accepts an external identity instead of a password", SLOW, () =>
    inDirectory(async (cwd) => {
      const { record } = await create(cwd);
      const args = ["--identity", "google:1101:69", "--email", "ada@example.com", "--email-verified", "--json"];
      const [done] = documents<Made>(await run(["convert", record.id, ...args], { cwd }));
      assert.deepEqual(
        [done?.record.id, done?.record.email, done?.record.verified, done?.record.anonymous],
        [record.id, "ada@example.com", true, false],
      );
      const [shown] = documents<{ identities: object[] }>(await run(["export", record.id, "--json"], { cwd }));
      assert.partialDeepStrictEqual?.(shown?.identities, [{ provider: "google", subject: "1101:69" }]);
      const other = await create(cwd);
      const taken = await run(["convert", other.record.id, "--identity", "google:1101:69"], { cwd });
      assert.equal(taken.code, 1);
      assert.match(taken.stderr, /\[identity_taken\]/);
    }),
  );

  it("prints a code with which anon confirm converts", SLOW, () =>
    inDirectory(async (cwd) => {
      const { token, record } = await create(cwd);
      const [mail] = documents<{ to: string; code: string }>(
        await run(["convert", token, "--email", "ada@example.com", "--request", "--json"], { cwd }),
      );
      assert.equal(mail?.to, "ada@example.com");
      const [before] = documents<AnonRecord>(await run(["show", record.id, "--json"], { cwd }));
      assert.equal(before?.anonymous, true);
      const [done] = documents<Made>(await run(["confirm", mail!.code, "--username", "ada", "--json"], { cwd }));
      assert.deepEqual([done?.record.id, done?.record.verified, done?.record.username], [record.id, true, "ada"]);
      const again = await run(["confirm", mail!.code], { cwd });
      assert.notEqual(again.code, 0);
      assert.match(again.stderr, /\[invalid_action_token\]/);
      const other = await create(cwd);
      const taken = await run(["convert", other.token, "--email", "ada@example.com", "--request"], { cwd });
      assert.deepEqual([taken.code, taken.stdout], [1, ""]);
      assert.match(taken.stderr, /\[email_taken\]/);
      const asJson = await run(["convert", other.token, "--email", "ada@example.com", "--request", "--json"], { cwd });
      assert.deepEqual(
        documents<{ error?: { code: string } } | null>(asJson).map((one) => one?.error?.code),
        ["email_taken"],
      );
    }),
  );

  it("explains wrong combinations of flags", SLOW, () =>
    inDirectory(async (cwd) => {
      await mkdir(join(cwd, ".anon"));
      for (const [args, message] of [
        [["convert", "x"], /without --email or --identity/],
        [["convert", "x", "--identity", "google"], /write it as provider:subject/],
        [["convert", "x", "--identity", "Google:1"], /\[invalid_identity\]|--identity/],
        [["convert", "x", "--identity", "google:1", "--request"], /--request together with --identity/],
        [["convert", "x", "--email", "a@example.com", "--email-verified"], /--email-verified without --identity/],
      ] as const) {
        const ran = await run(args, { cwd });
        assert.match(ran.stderr, message, args.join(" "));
        assert.equal(ran.code, 2, args.join(" "));
      }
    }),
  );
});

describe("anon merge", () => {
  it("merges a guest into an account, by a token of each", SLOW, () =>
    inDirectory(async (cwd) => {
      const known = await create(cwd, '{"plan":"paid"}');
      const [ada] = documents<Made>(
        await run(["convert", known.record.id, "--identity", "google:1", "--json"], { cwd }),
      );
      const guest = await create(cwd, '{"plan":"free","cart":["tea"]}');
      const merging = ["merge", guest.token, ada!.token, "--strategy", "keep-anonymous", "--json"];
      const [done] = documents<Made>(await run(merging, { cwd }));
      assert.deepEqual([done?.record.id, done?.record.plan, done?.record.cart], [known.record.id, "free", ["tea"]]);
      const [shown] = documents<AnonRecord>(await run(["show", guest.record.id, "--json"], { cwd }));
      assert.deepEqual([shown?.id, shown?.mergedFrom], [known.record.id, guest.record.id]);
      const again = await run(["merge", guest.token, ada!.token, "--strategy", "mine"], { cwd });
      assert.equal(again.code, 0, "already merged, so the strategy is not checked");
      assert.match((await run(["merge", "x", ada!.token], { cwd })).stderr, /\[invalid_token\]/);
    }),
  );
});
