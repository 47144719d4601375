import assert from "node:assert/strict";
import { readFile, stat, symlink, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { documents, inDirectory, run, SLOW } from "../run.ts";

interface Shown {
  kid: string;
  state: string;
  since: string | null;
  until: string | null;
}

/** Runs `anon secret` and checks that no secret of the file is printed. */
async function secret(cwd: string, file: string, args: readonly string[], env: Record<string, string> = {}) {
  const before = await linesOf(file);
  const ran = await run(["secret", ...args, "--json"], { cwd, env });
  for (const line of [...before, ...(await linesOf(file))]) {
    assert.ok(!(ran.stdout + ran.stderr).includes(line.split("\t")[0] ?? ""), args.join(" "));
  }
  return { ...ran, shown: documents<Shown>(ran) };
}

async function linesOf(file: string): Promise<string[]> {
  return (await readFile(file, "utf8")).split("\n").filter(Boolean);
}

async function tokenIn(cwd: string, env: Record<string, string> = {}): Promise<string> {
  return documents<{ token: string }>(await run(["create", "--json"], { cwd, env }))[0]?.token ?? "";
}

function kidOf(token: string): string {
  return JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString()).kid;
}

describe("anon secret", () => {
  for (const [storage, name] of [
    ["fs:.anon", ".anon/secret"],
    ["sqlite:accounts.db", "accounts.db.secret"],
  ] as const) {
    it(`rotates the file of ${storage}: the new secret signs, the old ones verify until they are dropped`, SLOW, () =>
      inDirectory(async (cwd) => {
        const env = { ANON_STORAGE: storage };
        const file = join(cwd, name);
        const old = await tokenIn(cwd, env);
        const listed = await secret(cwd, file, ["list"], env);
        assert.deepEqual(
          listed.shown.map(({ kid, state, until }) => [kid, state, until]),
          [[kidOf(old), "signs", null]],
        );
        assert.ok(Math.abs(Date.parse(listed.shown[0]?.since ?? "") - Date.now()) < 600_000);

        const rotated = await secret(cwd, file, ["rotate"], env);
        assert.equal(rotated.code, 0, rotated.stderr);
        assert.match(rotated.stderr, /restart all servers now/);
        assert.deepEqual(
          rotated.shown.map(({ state }) => state),
          ["signs", "verifies"],
        );
        assert.equal(rotated.shown[1]?.kid, kidOf(old));
        assert.equal(rotated.shown[1]?.until, rotated.shown[0]?.since);
        if (process.platform !== "win32") assert.equal((await stat(file)).mode & 0o777, 0o600);
        const fresh = await tokenIn(cwd, env);
        assert.equal(kidOf(fresh), rotated.shown[0]?.kid);
        for (const token of [old, fresh]) assert.equal((await run(["verify", token], { cwd, env })).code, 0);

        assert.equal((await secret(cwd, file, ["drop", "--older-than", "30d"], env)).shown.length, 2);
        assert.equal((await secret(cwd, file, ["drop", "--older-than", "0s"], env)).shown.length, 1);
        assert.equal((await run(["verify", fresh], { cwd, env })).code, 0);
        assert.equal((await run(["verify", old], { cwd, env })).code, 1);
      }),
    );
  }

  it("prepares a secret that verifies first, and signs after the rotation", SLOW, () =>
    inDirectory(async (cwd) => {
      const file = join(cwd, ".anon", "secret");
      const old = await tokenIn(cwd);
      const prepared = await secret(cwd, file, ["prepare"]);
      assert.match(prepared.stderr, /restart all servers, then run anon secret rotate/);
      const next = prepared.shown[1];
      assert.deepEqual([next?.state, next?.since, next?.until], ["next", null, null]);
      assert.equal(kidOf(await tokenIn(cwd)), kidOf(old));
      const again = await secret(cwd, file, ["prepare"]);
      assert.equal(again.code, 1);
      assert.match(again.stdout, /one is prepared already/);
      const held = await linesOf(file);
      const rotated = await secret(cwd, file, ["rotate"]);
      assert.equal(rotated.shown[0]?.kid, next?.kid);
      assert.equal(rotated.shown.length, 2);
      // a server that started between the two accepts what the new secret signs
      const fresh = await tokenIn(cwd);
      await writeFile(file, held.join("\n"), { mode: 0o600 });
      assert.equal((await run(["verify", fresh], { cwd })).code, 0);
    }),
  );

  it("works on the file of ANON_SECRET_FILE, and leaves a link and other places of a secret alone", SLOW, () =>
    inDirectory(async (cwd) => {
      const file = join(cwd, "mounted");
      const text = "a secret of at least 32 characters";
      await writeFile(file, text, { mode: 0o600 });
      const env = { ANON_SECRET_FILE: "mounted" };
      await tokenIn(cwd, env);
      assert.equal((await secret(cwd, file, ["rotate"], env)).shown.length, 2);
      assert.ok((await readFile(file, "utf8")).includes(`\n${text}\t`));
      if (process.platform !== "win32") {
        await symlink(file, join(cwd, "link"));
        const linked = await run(["secret", "rotate"], { cwd, env: { ANON_SECRET_FILE: "link" } });
        assert.equal(linked.code, 1);
        assert.match(linked.stderr, /it is a link, change the secret where it is kept/);
        await unlink(join(cwd, "link"));
      }
      const variable = await run(["secret", "rotate"], { cwd, env: { ANON_SECRET: text } });
      assert.equal(variable.code, 2);
      assert.match(variable.stderr, /the secret is that of ANON_SECRET\. Put a new one there/);
      const none = await run(["secret", "list"], { cwd });
      assert.equal(none.code, 2);
      assert.match(none.stderr, /this storage has none yet/);
      for (const [args, message] of [
        [["remove"], /"remove" with secrets: use list, prepare, rotate or drop/],
        [["drop"], /without --older-than/],
        [["rotate", "--older-than", "1d"], /--older-than with rotate: it is for drop/],
      ] as const) {
        const refused = await run(["secret", ...args], { cwd, env });
        assert.equal(refused.code, 2);
        assert.match(refused.stderr, message);
      }
    }),
  );
});
