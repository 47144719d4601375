import assert from "node:assert/strict";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createAnon } from "../../../sdk/create-anon.ts";
import type { ServiceKey } from "../../../sdk/types.ts";
import memory from "../../../storage-drivers/memory.ts";
import { documents, inDirectory, run, SLOW } from "../run.ts";

const FILE = "service-keys.json";
interface Shown {
  kid: string;
  alg: string;
  signsFrom: string;
  publishedUntil: string | null;
}

const keysIn = async (cwd: string): Promise<ServiceKey[]> => JSON.parse(await readFile(join(cwd, FILE), "utf8")).keys;

describe("anon keys", () => {
  it("creates a file of the owner's that createAnon accepts, and never replaces it", SLOW, () =>
    inDirectory(async (cwd) => {
      for (const alg of ["ES256", "EdDSA"]) {
        const file = `${alg}.json`;
        const made = await run(["keys", "create", "--file", file, "--algorithm", alg, "--json"], { cwd });
        assert.equal(made.code, 0, made.stderr);
        const [shown] = documents<Shown>(made);
        assert.equal(shown?.alg, alg);
        assert.equal(shown?.publishedUntil, null);
        if (process.platform !== "win32") assert.equal((await stat(join(cwd, file))).mode & 0o777, 0o600);
        const keys = await readFile(join(cwd, file), "utf8");
        assert.ok(!made.stdout.includes((JSON.parse(keys) as { keys: ServiceKey[] }).keys[0]!.d));
        const issuer = "https://shop.example";
        const secret = "a secret of at least 32 characters!";
        const anon = createAnon({ storage: memory(), secret, serviceTokens: { issuer, keys } });
        const { token } = await anon.signInAnonymously();
        assert.ok((await anon.issueServiceToken(token, { audience: "orders" })).token);
        const again = await run(["keys", "create", "--file", file], { cwd });
        assert.equal(again.code, 2);
        assert.match(again.stderr, /it exists, add a key with `anon keys rotate`/);
        assert.equal(await readFile(join(cwd, file), "utf8"), keys);
      }
      assert.deepEqual((await readdir(cwd)).sort(), ["ES256.json", "EdDSA.json"]);
    }),
  );

  it("rotates: the new key signs later, and the old one stays published for as long as its tokens live", SLOW, () =>
    inDirectory(async (cwd) => {
      await run(["keys", "create"], { cwd });
      const [first] = await keysIn(cwd);
      const rotated = await run(["keys", "rotate", "--json"], { cwd });
      assert.equal(rotated.code, 0, rotated.stderr);
      const [old, fresh] = await keysIn(cwd);
      assert.equal(old!.kid, first!.kid);
      assert.ok(fresh!.nbf! >= first!.nbf! + 3_600);
      assert.equal(old!.exp! - fresh!.nbf!, 3_660);
      assert.deepEqual(documents<Shown>(await run(["keys", "list", "--json"], { cwd })), documents<Shown>(rotated));
      await writeFile(join(cwd, FILE), JSON.stringify({ keys: [{ ...old, exp: 1 }, fresh] }));
      await run(["keys", "rotate"], { cwd });
      assert.deepEqual(
        (await keysIn(cwd)).map(({ kid }) => kid === fresh!.kid),
        [true, false],
      );
    }),
  );

  it("refuses what it does not know, and a file without keys, which it does not quote", SLOW, () =>
    inDirectory(async (cwd) => {
      const refusals: [string[], RegExp][] = [
        [["keys", "list"], /it does not exist/],
        [["keys", "forget"], /use create, rotate or list/],
        [["keys", "create", "--algorithm", "HS256"], /use ES256 or EdDSA/],
        [["keys", "create", "--file", "missing/keys.json"], /its directory refused/],
      ];
      for (const [args, message] of refusals) {
        const refused = await run(args, { cwd });
        assert.equal(refused.code, 2, args.join(" "));
        assert.match(refused.stderr, message);
      }
      for (const text of ['{"keys": "private text', '{"keys":[null]}', '{"keys":[{"kid":"one","d":"private text"}]}']) {
        await writeFile(join(cwd, FILE), text);
        for (const action of ["rotate", "list"]) {
          const refused = await run(["keys", action], { cwd });
          assert.equal(refused.code, 2, refused.stderr);
          assert.ok(!refused.stderr.includes("private text"));
          assert.match(refused.stderr, /Cannot use the keys in "service-keys.json"/);
          assert.equal(await readFile(join(cwd, FILE), "utf8"), text);
        }
      }
    }),
  );
});
