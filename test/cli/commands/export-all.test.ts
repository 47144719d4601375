import assert from "node:assert/strict";
import { it } from "node:test";
import type { ImportedAccount } from "../../../sdk/types.ts";
import { documents, inDirectory, run, SLOW } from "../run.ts";

it("anon export --all prints every account on a line, hashes only with --with-hashes", SLOW, () =>
  inDirectory(async (cwd) => {
    assert.equal((await run(["create", "--count", "3", "--json", "--data", '{"cart":["tea"]}'], { cwd })).code, 0);
    const plain = await run(["export", "--all"], { cwd });
    assert.equal(plain.code, 0, plain.stderr);
    const accounts = documents<ImportedAccount>(plain);
    assert.equal(accounts.length, 3);
    for (const { anonymous, fields, ...rest } of accounts) {
      assert.deepEqual([anonymous, fields], [true, { cart: ["tea"] }]);
      assert.ok(!("passwordHash" in rest) && !("email" in rest), "a guest's email is made anew by an import");
    }
    const hashed = await run(["export", "--all", "--with-hashes", "--json"], { cwd });
    for (const { id, passwordHash } of documents<ImportedAccount>(hashed)) {
      assert.match(passwordHash ?? "", new RegExp(`^\\$sha256\\$${id}\\$`));
    }
  }),
);

it("anon export refuses an account together with --all, and neither of them", SLOW, () =>
  inDirectory(async (cwd) => {
    await run(["create"], { cwd });
    for (const args of [["aaaaaaaaaaaaaaa", "--all"], ["aaaaaaaaaaaaaaa", "--with-hashes"], []]) {
      const { code, stderr } = await run(["export", ...args], { cwd });
      assert.equal(code, 2);
      assert.match(stderr, /^anon: Cannot /);
    }
    const help = await run(["export", "--help"], { cwd });
    assert.match(help.stdout, /USAGE {2}anon export \[id \| email \| username \| -\] \[flags\]/);
  }),
);
