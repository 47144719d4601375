import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { documents, inDirectory, type RunResult, runHere, SLOW } from "../run.ts";

const ANON_SECRET = "a secret of at least 32 characters, for tests only";

/** Runs `action` with a guest in a temporary storage, and with the CLI on that storage. */
async function withGuest(
  action: (guest: {
    token: string;
    id: string;
    run: (args: readonly string[], input?: string) => Promise<RunResult>;
    use: (code: string) => Promise<string>;
    signOut: () => Promise<void>;
  }) => Promise<void>,
): Promise<void> {
  await inDirectory(async (cwd) => {
    const env = { ANON_SECRET, ANON_STORAGE: `fs:${cwd}/.anon` };
    const anon = createAnon({ storage: await open(env.ANON_STORAGE), secret: ANON_SECRET });
    const { token, record } = await anon.signInAnonymously();
    const run = (args: readonly string[], input = "") => runHere(args, { cwd, env, input });
    const use = async (code: string) => (await anon.signInWithTransferCode(code)).record.id;
    await action({ token, id: record.id, run, use, signOut: () => anon.signOut(token) });
    await anon.dispose();
  });
}

const codeOf = ({ error }: { error?: { code: string } }): string | undefined => error?.code;

describe("anon code", () => {
  it("prints a code and its expiry", SLOW, () =>
    withGuest(async ({ token, id, run, use }) => {
      const { code, stdout, stderr } = await run(["code", token]);
      assert.deepEqual([code, stderr], [0, ""]);
      const [, shown = "", expires = ""] = /^code {5}(\S+)\nexpires {2}(\S+)\n$/.exec(stdout) ?? [];
      const left = Date.parse(expires) - Date.now();
      assert.ok(left > 500_000 && left <= 600_000, stdout);
      assert.equal(await use(shown), id);
    }),
  );

  it("prints one document with --json, and reads the token from stdin", SLOW, () =>
    withGuest(async ({ token, id, run, use }) => {
      const made = documents<{ code: string; expires: string }>(
        await run(["code", "-", "--expires-in", "1h", "--json"], `${token}\n`),
      );
      assert.equal(made.length, 1);
      assert.deepEqual(Object.keys(made[0]!), ["code", "expires"]);
      assert.ok(Date.parse(made[0]!.expires) - Date.now() > 3_500_000);
      assert.equal(await use(made[0]!.code), id);
    }),
  );

  it("refuses an invalid token and a token whose session has ended", SLOW, () =>
    withGuest(async ({ token, run, signOut }) => {
      for (const given of [`${token}x`, "none"]) {
        const ran = await run(["code", given, "--json"]);
        assert.deepEqual([ran.code, codeOf(documents(ran)[0]!)], [1, "invalid_token"]);
      }
      await signOut();
      const ran = await run(["code", token]);
      assert.equal(ran.code, 1);
      assert.match(ran.stderr, /^anon: Cannot make a transfer code: .*\[invalid_token\]\n$/);
      assert.doesNotMatch(ran.stderr, new RegExp(token.slice(0, 20)));
    }),
  );

  it("names the flag of a duration that is out of bounds", SLOW, () =>
    withGuest(async ({ token, run }) => {
      for (const duration of ["30s", "25h"]) {
        const ran = await run(["code", token, "--expires-in", duration]);
        assert.equal(ran.code, 2);
        assert.match(
          ran.stderr,
          /^anon: Cannot use duration "\d+\w" for a code \(--expires-in\): use one from 1m to 24h/,
        );
      }
    }),
  );
});
