import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { documents, inDirectory, run, SLOW } from "./run.ts";

describe("the secret of an embedded storage", () => {
  it("is made on first use, readable by its owner alone, and said so once", SLOW, () =>
    inDirectory(async (cwd) => {
      const first = await run(["create", "--json"], { cwd });
      assert.equal(first.code, 0, first.stdout + first.stderr);
      assert.match(first.stderr, /Made a secret in .*secret/);
      const file = join(cwd, ".anon", "secret");
      const secret = (await readFile(file, "utf8")).trim();
      assert.ok(secret.length >= 32);
      if (process.platform !== "win32") assert.equal((await stat(file)).mode & 0o777, 0o600);
      assert.ok(!(first.stdout + first.stderr).includes(secret));
      const second = await run(["create", "--json"], { cwd });
      assert.equal(second.stderr, "");
      const [{ token } = { token: "" }] = documents<{ token: string }>(first);
      assert.equal((await run(["verify", token], { cwd })).code, 0);
    }),
  );

  it("is one, whoever makes it: first runs at the same time agree", SLOW, () =>
    inDirectory(async (cwd) => {
      const ran = await Promise.all(Array.from({ length: 4 }, () => run(["create", "--json"], { cwd })));
      assert.deepEqual(
        ran.map(({ code }) => code),
        [0, 0, 0, 0],
      );
      for (const one of ran) {
        const [{ token } = { token: "" }] = documents<{ token: string }>(one);
        assert.equal((await run(["verify", token], { cwd })).code, 0);
      }
      assert.deepEqual(
        (await readdir(join(cwd, ".anon"))).filter((name) => name.startsWith("secret")),
        ["secret"],
      );
    }),
  );

  it("is not made by commands that sign nothing", SLOW, () =>
    inDirectory(async (cwd) => {
      await mkdir(join(cwd, ".anon"));
      for (const args of [["list"], ["gc", "--older-than", "1d"]]) assert.equal((await run(args, { cwd })).code, 0);
      assert.equal((await run(["verify", "a.b.c"], { cwd })).code, 1);
      assert.deepEqual(await readdir(join(cwd, ".anon")), []);
    }),
  );

  it("is refused when it is damaged, and never replaced", SLOW, () =>
    inDirectory(async (cwd) => {
      assert.equal((await run(["create"], { cwd })).code, 0);
      await writeFile(join(cwd, ".anon", "secret"), "");
      const ran = await run(["create", "--json"], { cwd });
      assert.equal(ran.code, 1);
      assert.equal(documents<{ error: { code: string } }>(ran)[0]?.error.code, "invalid_secret");
      assert.equal(await readFile(join(cwd, ".anon", "secret"), "utf8"), "");
    }),
  );

  it("has no place elsewhere: ANON_SECRET is asked for, where a token is made", SLOW, () =>
    inDirectory(async (cwd) => {
      const ran = await run(["create", "--storage", "memory:"], { cwd });
      assert.equal(ran.code, 2);
      assert.match(ran.stderr, /^anon: Cannot .*ANON_SECRET.*\[invalid_secret\]\n$/);
      assert.equal((await run(["list", "--storage", "memory:"], { cwd })).code, 0);
      const short = await run(["create", "--storage", "memory:"], { cwd, env: { ANON_SECRET: "tooshort99" } });
      assert.equal(short.code, 2);
      assert.match(short.stderr, /this secret \(ANON_SECRET\): it must have at least 32/);
      assert.doesNotMatch(short.stderr, /tooshort99/);
    }),
  );
});
