import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { lstat, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import zlib from "node:zlib";
import type { AnonRecord } from "../../../sdk/contract/records.ts";
import type { LoadReport } from "../../../sdk/transfer/index.ts";
import { documents, inDirectory, run, SLOW } from "../run.ts";

const env = { ANON_SECRET: "the secret of the servers, with 32 characters or more" };

describe("anon dump", () => {
  it("writes what anon load stores again, with tokens that stay valid", SLOW, () =>
    inDirectory(async (cwd) => {
      const created = documents<{ token: string; record: AnonRecord }>(
        await run(["create", "--count", "3", "--json"], { cwd, env }),
      );
      const hasZstandard = "createZstdCompress" in zlib;
      for (const file of ["a.jsonl", "a.jsonl.gz", ...(hasZstandard ? ["a.jsonl.zst"] : [])]) {
        const dumped = await run(["dump", file, "--json"], { cwd, env });
        assert.equal(dumped.code, 0, dumped.stderr);
        const [{ entries }] = documents<{ entries: number }>(dumped) as [{ entries: number }];
        assert.equal(entries, 3);
        if (process.platform !== "win32") assert.equal((await stat(join(cwd, file))).mode & 0o077, 0);
        const there = ["--storage", `sqlite:./${file}.db`];
        const loaded = await run(["load", file, "--json", ...there], { cwd, env });
        assert.equal(loaded.code, 0, loaded.stderr);
        const [report] = documents<LoadReport>(loaded);
        assert.deepEqual([report?.copied, report?.complete], [3, true]);
        for (const { token } of created) assert.equal((await run(["verify", token, ...there], { cwd, env })).code, 0);
      }
      const first = await readFile(join(cwd, "a.jsonl.gz"));
      assert.deepEqual([...first.subarray(0, 2)], [0x1f, 0x8b]);
      if (!hasZstandard) {
        const refused = await run(["dump", "a.jsonl.zst"], { cwd, env });
        assert.equal(refused.code, 2);
        assert.match(refused.stderr, /no Zstandard, use a name with \.gz/);
      }
    }),
  );

  it("passes through a pipe", SLOW, () =>
    inDirectory(async (cwd) => {
      await run(["create", "--count", "2"], { cwd, env });
      const { code, stdout } = await run(["dump", "-"], { cwd, env });
      assert.equal(code, 0);
      const loaded = await run(["load", "-", "--storage", "fs:./other"], { cwd, env, input: stdout });
      assert.match(loaded.stdout, /^copied +2$/m);
    }),
  );

  it("replaces a file only if it is asked to, and leaves none that is not whole", SLOW, () =>
    inDirectory(async (cwd) => {
      await run(["create"], { cwd, env });
      await writeFile(join(cwd, "kept.jsonl"), "kept");
      const refused = await run(["dump", "kept.jsonl"], { cwd, env });
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, /--overwrite/);
      assert.equal(await readFile(join(cwd, "kept.jsonl"), "utf8"), "kept");
      assert.equal((await run(["dump", "kept.jsonl", "--overwrite"], { cwd, env })).code, 0);
      await symlink("kept.jsonl", join(cwd, "link.jsonl"));
      await writeFile(join(cwd, "kept.jsonl"), "kept");
      assert.equal((await run(["dump", "link.jsonl", "--overwrite"], { cwd, env })).code, 0);
      assert.ok((await lstat(join(cwd, "link.jsonl"))).isSymbolicLink());
      assert.match(await readFile(join(cwd, "kept.jsonl"), "utf8"), /"end":true/);
      const missing = await run(["dump", "no/such/directory.jsonl"], { cwd, env });
      assert.equal(missing.code, 2);
      assert.match(missing.stderr, /no such file or directory/);
      assert.equal(existsSync(join(cwd, "kept.jsonl.part")), false);
    }),
  );
});

describe("a dump that could not read everything", () => {
  it("replaces no whole one, and load says that it is incomplete", SLOW, () =>
    inDirectory(async (cwd) => {
      await run(["create", "--count", "3"], { cwd, env });
      assert.equal((await run(["dump", "good.jsonl.gz"], { cwd, env })).code, 0);
      const good = await readFile(join(cwd, "good.jsonl.gz"));
      const [record] = (await readdir(join(cwd, ".anon", "data"), { recursive: true, withFileTypes: true })).filter(
        (one) => one.isFile(),
      );
      await writeFile(join(record?.parentPath as string, record?.name as string), "damaged");
      for (const args of [["good.jsonl.gz", "--overwrite"], ["new.jsonl.gz"]]) {
        const [file = ""] = args;
        const dumped = await run(["dump", ...args, "--json"], { cwd, env });
        assert.equal(dumped.code, 1, dumped.stderr);
        const [report] = documents(dumped);
        const { entries, failed, complete, file: written } = report as Record<string, unknown>;
        assert.deepEqual([entries, failed, complete, written], [2, 1, false, `${file}.part`]);
        assert.match(dumped.stderr, /Cannot dump 1 of 3 entries: what could be read is in .*\.jsonl\.gz\.part, not in/);
        const loaded = await run(["load", `${file}.part`, "--json", "--storage", "fs:./other"], { cwd, env });
        assert.equal(loaded.code, 1, loaded.stderr);
        assert.match(loaded.stderr, /incomplete: it lacks 1 that could not be read/);
        const [of] = documents<LoadReport>(loaded);
        assert.deepEqual([of?.examined, of?.notDumped, of?.complete], [2, 1, false]);
      }
      assert.deepEqual(await readFile(join(cwd, "good.jsonl.gz")), good);
      assert.equal(existsSync(join(cwd, "new.jsonl.gz")), false);
      const { code, stdout } = await run(["dump", "-"], { cwd, env });
      assert.equal(code, 1);
      assert.match(stdout, /\n\{"end":true,"entries":2,"failed":1\}\n$/);
    }),
  );
});

describe("collections that are not configured", () => {
  it("are part of a dump, a load and a copy, whose reports say so", SLOW, () =>
    inDirectory(async (cwd) => {
      await run(["create", "--collection", "customers"], { cwd, env });
      await writeFile(join(cwd, "anon.config.mjs"), "export default { collections: { users: {} } };");
      for (const args of [
        ["dump", "all.jsonl"],
        ["copy", "--to", "fs:./copy"],
        ["load", "all.jsonl", "--storage", "fs:./other"],
      ]) {
        const { code, stdout, stderr } = await run([...args, "--json"], { cwd, env });
        assert.equal(code, 0, stdout + stderr);
        const { collections, examined, entries } = JSON.parse(stdout) as Record<string, unknown>;
        assert.deepEqual([collections, examined ?? entries], [null, 1], args[0]);
        assert.match(stderr, /Worked on all collections of /);
      }
    }),
  );
});

describe("a collection that is misspelt", () => {
  it("is noticed by dump, load and copy, and refused where collections are configured", SLOW, () =>
    inDirectory(async (cwd) => {
      await run(["create"], { cwd, env });
      await run(["dump", "all.jsonl"], { cwd, env });
      const elsewhere = ["--storage", "fs:./other"];
      const calls = [
        { args: ["dump", "some.jsonl"], message: /no account in collection "usres"/ },
        { args: ["copy", "--to", "fs:./copy"], message: /no account in collection "usres"/ },
        { args: ["load", "all.jsonl", ...elsewhere], message: /nothing of collection "usres"/ },
      ];
      for (const { args, message } of calls) {
        const { stderr } = await run([...args, "--collection", "usres"], { cwd, env });
        assert.match(stderr, message);
        const bad = await run([...args, "--overwrite", "--collection", "Users"], { cwd, env });
        assert.deepEqual([bad.code, bad.stdout], [2, ""], bad.stderr);
        assert.match(bad.stderr, /--collection/);
      }
      await writeFile(join(cwd, "anon.config.mjs"), "export default { collections: { users: {} } };");
      for (const { args } of calls) {
        const { code, stderr } = await run([...args, "--overwrite", "--collection", "usres"], { cwd, env });
        assert.equal(code, 2, stderr);
        assert.match(stderr, /Cannot find collection "usres" \(--collection\)/);
      }
    }),
  );
});

describe("anon load", () => {
  it("does not load into a memory, but checks a dump there", SLOW, () =>
    inDirectory(async (cwd) => {
      await run(["create"], { cwd, env });
      await run(["dump", "whole.jsonl"], { cwd, env });
      for (const storage of ["memory:", "sqlite::memory:"]) {
        const refused = await run(["load", "whole.jsonl", "--storage", storage], { cwd, env });
        assert.equal(refused.code, 2, refused.stderr);
        assert.match(
          refused.stderr,
          /Cannot load into a memory, which is gone when this command ends: use another storage, or --dry-run$/m,
        );
        const checked = await run(["load", "whole.jsonl", "--storage", storage, "--dry-run"], { cwd, env });
        assert.equal(checked.code, 0, checked.stderr);
        assert.match(checked.stdout, /^copied +1$/m);
      }
    }),
  );

  it("says what is wrong with a file", SLOW, () =>
    inDirectory(async (cwd) => {
      await run(["create", "--count", "2"], { cwd, env });
      await run(["dump", "whole.jsonl"], { cwd, env });
      await run(["dump", "whole.jsonl.gz"], { cwd, env });
      const text = await readFile(join(cwd, "whole.jsonl"), "utf8");
      await writeFile(join(cwd, "cut.jsonl"), text.slice(0, text.lastIndexOf('{"end"')));
      await writeFile(join(cwd, "cut.jsonl.gz"), (await readFile(join(cwd, "whole.jsonl.gz"))).subarray(0, -20));
      await writeFile(join(cwd, "bytes.jsonl"), Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0x0a])]));
      await writeFile(join(cwd, "endless.jsonl"), Buffer.alloc(17_000_000, "x"));
      const wrong: [file: string, code: number, message: RegExp][] = [
        ["cut.jsonl", 1, /cut off: what is missing at its end was not loaded/],
        ["cut.jsonl.gz", 2, /compression is damaged or cut off/],
        ["bytes.jsonl", 2, /not UTF-8/],
        ["endless.jsonl", 2, /line 1 is longer than 16 million characters/],
        ["absent.jsonl", 2, /no such file/],
        [".", 2, /is a directory/],
        ["whole.jsonl.gz.txt", 2, /no such file/],
      ];
      for (const [file, code, message] of wrong) {
        const result = await run(["load", file, "--storage", "fs:./other"], { cwd, env });
        assert.equal(result.code, code, `${file}: ${result.stderr}`);
        assert.match(result.stderr, message);
      }
    }),
  );
});
