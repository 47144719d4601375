import assert from "node:assert/strict";
import { chmod, chown, mkdir, readdir, readFile, rename, stat, symlink, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createAnon } from "../../../sdk/index.ts";
import fs from "../../../storage-drivers/fs/index.ts";
import { needs } from "../../support/needs.ts";
import { documents, inDirectory, run, SLOW } from "../run.ts";

const POSIX = needs(process.platform !== "win32", "this system has no file permissions", SLOW);

describe("the secret of an embedded storage", () => {
  it("is created on first use, readable only by its owner, and reported once", SLOW, () =>
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

  it("is the same for concurrent first runs", SLOW, () =>
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

  it("is not created by commands that sign nothing", SLOW, () =>
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

  it("is refused while other users can access it, as ssh refuses keys", POSIX, () =>
    inDirectory(async (cwd) => {
      const [{ token } = { token: "" }] = documents<{ token: string }>(await run(["create", "--json"], { cwd }));
      const file = join(cwd, ".anon", "secret");
      for (const [mode, shown] of [
        [0o644, "0644"],
        [0o640, "0640"],
        [0o602, "0602"],
      ] as const) {
        await chmod(file, mode);
        for (const args of [["create"], ["verify", token], ["code", token]]) {
          const ran = await run(args, { cwd });
          assert.equal(ran.code, 1, args.join(" "));
          assert.match(ran.stderr, new RegExp(`mode ${shown}.*chmod 600.*\\[invalid_secret\\]`));
        }
      }
      assert.equal((await run(["list"], { cwd })).code, 0);
      await chmod(file, 0o600);
      assert.equal((await run(["verify", token], { cwd })).stderr, "");
      await chmod(file, 0o400);
      assert.equal((await run(["verify", token], { cwd })).stderr, "");
    }),
  );

  it(
    "is used with a warning if it is a link, as containers mount secrets, and refused if the link is broken",
    POSIX,
    () =>
      inDirectory(async (cwd) => {
        const [{ token } = { token: "" }] = documents<{ token: string }>(await run(["create", "--json"], { cwd }));
        const file = join(cwd, ".anon", "secret");
        const mounted = join(cwd, "mounted");
        await rename(file, mounted);
        await symlink(mounted, file);
        const linked = await run(["verify", token], { cwd });
        assert.equal(linked.code, 0, linked.stderr);
        assert.match(linked.stderr, /^\[info\] The secret in .*secret: it is a link to .*mounted/);
        await chmod(mounted, 0o644);
        const open = await run(["verify", token, "--json"], { cwd });
        assert.equal(documents(open).length, 1);
        assert.match(open.stderr, /mode 0644/);
        await unlink(mounted);
        const broken = await run(["create"], { cwd });
        assert.equal(broken.code, 1);
        assert.match(broken.stderr, /a link to .*mounted, which is not there.*\[invalid_secret\]/);
      }),
  );

  it("is used with a warning if another user owns it or the file system has no permissions", POSIX, () =>
    inDirectory(async (cwd) => {
      const [{ token } = { token: "" }] = documents<{ token: string }>(await run(["create", "--json"], { cwd }));
      const file = join(cwd, ".anon", "secret");
      // the mode of every file on such a file system
      await chmod(file, 0o777);
      const executable = await run(["verify", token], { cwd });
      assert.equal(executable.code, 0, executable.stderr);
      assert.match(executable.stderr, /mode 0777/);
      // only root can give files away
      if (process.geteuid?.() !== 0) return;
      await chmod(file, 0o644);
      await chown(file, 12_345, 12_345);
      const foreign = await run(["verify", token], { cwd });
      assert.equal(foreign.code, 0, foreign.stderr);
      assert.match(foreign.stderr, /mode 0644/);
    }),
  );

  it("exists only there: with another storage, commands that create tokens require ANON_SECRET", SLOW, () =>
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

  it("may end with a line break in its file, but not in ANON_SECRET or a configuration", SLOW, () =>
    inDirectory(async (cwd) => {
      const secret = "a secret for tests, long enough 1";
      const env = { ANON_SECRET: `${secret}\n` };
      for (const args of [["create"], ["verify", "a.b.c"], ["list"]]) {
        const ran = await run(args, { cwd, env });
        assert.equal(ran.code, 2);
        assert.match(ran.stderr, /this secret \(ANON_SECRET\): it ends with a line end.*\[invalid_secret\]\n$/);
        assert.equal(ran.stderr.includes(secret), false);
      }
      await writeFile(join(cwd, "anon.config.json"), JSON.stringify({ secret: [secret, ` ${secret}`] }));
      const configured = await run(["create"], { cwd });
      assert.equal(configured.code, 2);
      assert.match(configured.stderr, /this secret \(anon\.config\.json\): it begins with white space/);
      await writeFile(join(cwd, "anon.config.json"), "{}");

      assert.equal((await run(["create"], { cwd })).code, 0);
      await writeFile(join(cwd, ".anon", "secret"), `\ufeff${secret}\r\n`);
      const [{ token } = { token: "" }] = documents<{ token: string }>(await run(["create", "--json"], { cwd }));
      assert.equal((await run(["verify", token], { cwd, env: { ANON_SECRET: secret } })).code, 0);
    }),
  );

  it("is masked in the error of a configuration that fails to load", SLOW, () =>
    inDirectory(async (cwd) => {
      const env = { ANON_SECRET: "a secret for tests, long enough 1" };
      await writeFile(
        join(cwd, "anon.config.mjs"),
        'throw new Error("cannot use the environment ANON_SECRET=" + process.env.ANON_SECRET);',
      );
      const ran = await run(["list", "--json"], { cwd, env });
      assert.equal(ran.code, 2);
      assert.match(ran.stdout, /ANON_SECRET=\*\*\*/);
      assert.equal((ran.stdout + ran.stderr).includes(env.ANON_SECRET), false);
    }),
  );

  it("is shared with an app without a secret in development, whichever runs first", SLOW, async () => {
    const appIn = (cwd: string) => createAnon({ storage: fs({ base: join(cwd, ".anon") }), secret: undefined });
    await inDirectory(async (cwd) => {
      const { token } = await appIn(cwd).signInAnonymously();
      const ran = await run(["verify", token], { cwd });
      assert.deepEqual([ran.code, ran.stderr], [0, ""]);
    });
    await inDirectory(async (cwd) => {
      const [{ token } = { token: "" }] = documents<{ token: string }>(await run(["create", "--json"], { cwd }));
      assert.ok(await appIn(cwd).authenticate(token));
    });
  });
});

describe("the secrets of the environment", () => {
  const FIRST = "the first secret of at least 32 characters";
  const OTHER = "another secret of at least 32 characters";
  const THIRD = "one more secret of at least 32 characters";

  it("sign with the first and verify with all, from variables and from a file", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(join(cwd, "secret"), `${FIRST}\n`, { mode: 0o600 });
      const tokenOf = async (secret: string): Promise<string> => {
        const ran = await run(["create", "--json"], { cwd, env: { ANON_SECRET: secret } });
        return documents<{ token: string }>(ran)[0]?.token ?? "";
      };
      const [first, other, third] = await Promise.all([FIRST, OTHER, THIRD].map(tokenOf));
      for (const signing of [{ ANON_SECRET: FIRST }, { ANON_SECRET_FILE: "secret" }] as Record<string, string>[]) {
        for (const previous of [`${OTHER},${THIRD}`, ` ${OTHER} ,\n${THIRD}\n`]) {
          const env = { ...signing, ANON_SECRET_PREVIOUS: previous };
          for (const token of [first, other, third]) {
            const ran = await run(["verify", token ?? ""], { cwd, env });
            assert.deepEqual([ran.code, ran.stderr], [0, ""], JSON.stringify(env));
          }
        }
        const made = await run(["create", "--json"], { cwd, env: { ...signing, ANON_SECRET_PREVIOUS: OTHER } });
        const [{ token } = { token: "" }] = documents<{ token: string }>(made);
        assert.equal((await run(["verify", token], { cwd, env: { ANON_SECRET: FIRST } })).code, 0);
        assert.equal((await run(["verify", other ?? ""], { cwd, env: signing })).code, 1);
      }
      assert.deepEqual(
        (await readdir(join(cwd, ".anon"))).filter((name) => name.startsWith("secret")),
        [],
      );
    }),
  );

  it("are refused with the variable that is wrong, and are never shown", SLOW, () =>
    inDirectory(async (cwd) => {
      await mkdir(join(cwd, ".anon"));
      await writeFile(join(cwd, "empty"), "\n", { mode: 0o600 });
      await writeFile(join(cwd, "short"), "hunter2hunter2\n", { mode: 0o600 });
      await writeFile(join(cwd, "secret"), `${FIRST}\n`, { mode: 0o600 });
      for (const [env, message] of [
        [{ ANON_SECRET: FIRST, ANON_SECRET_FILE: "secret" }, /ANON_SECRET and ANON_SECRET_FILE together: unset one/],
        [{ ANON_SECRET_FILE: "nowhere" }, /Cannot read nowhere \(ANON_SECRET_FILE\): there is no such file/],
        [{ ANON_SECRET_FILE: "empty" }, /empty: it is empty/],
        [{ ANON_SECRET_FILE: "short" }, /short: it holds under 32 characters/],
        [{ ANON_SECRET_FILE: ".anon" }, /Cannot (use|read) .*\.anon: /],
        [{ ANON_SECRET: `${FIRST}\t2026-11-29T12:36:52.059Z\n${OTHER}` }, /ANON_SECRET_FILE to the path of that file/],
        [{ ANON_SECRET: `${FIRST}\n${OTHER}\tnext` }, /ANON_SECRET_FILE to the path of that file/],
        [{ ANON_SECRET_PREVIOUS: OTHER }, /ANON_SECRET_PREVIOUS alone: set ANON_SECRET or/],
        [{ ANON_SECRET: FIRST, ANON_SECRET_PREVIOUS: "hunter2hunter2" }, /ANON_SECRET_PREVIOUS: each secret must have/],
      ] as const) {
        const ran = await run(["verify", "a.b.c"], { cwd, env: { ...env } });
        assert.equal(ran.code, 2, ran.stdout + ran.stderr);
        assert.match(ran.stderr, message);
        assert.match(ran.stderr, /^anon: Cannot [^\n]+\[invalid_secret\]\n$/);
        assert.doesNotMatch(ran.stderr, /hunter2|secret of at least/);
      }
      // a command that makes no token may run as a user who cannot read the file
      assert.equal((await run(["list"], { cwd, env: { ANON_SECRET_FILE: "nowhere" } })).code, 0);
    }),
  );

  it("are masked, each of them, in the error of a configuration", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(join(cwd, "secret"), `${FIRST}\n`, { mode: 0o600 });
      await writeFile(
        join(cwd, "anon.config.mjs"),
        `import { readFileSync } from "node:fs";
         throw new Error(readFileSync("secret", "utf8").trim() + " " + process.env.ANON_SECRET_PREVIOUS.split(",")[1]);`,
      );
      const env = { ANON_SECRET_FILE: "secret", ANON_SECRET_PREVIOUS: `${OTHER},${THIRD}` };
      const ran = await run(["verify", "a.b.c", "--json"], { cwd, env });
      assert.equal(ran.code, 2);
      assert.match(ran.stdout, /\*\*\* \*\*\*/);
      assert.doesNotMatch(ran.stdout + ran.stderr, /secret of at least/);
    }),
  );
});
