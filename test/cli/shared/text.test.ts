import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import fc from "fast-check";
import { escapedJson } from "../../../cli/shared/output.ts";
import { documents, inDirectory, run, SLOW } from "../run.ts";

type Created = { token: string; record: { id: string; [field: string]: unknown } };

async function create(cwd: string, ...args: string[]): Promise<Created> {
  const ran = await run(["create", "--json", ...args], { cwd });
  assert.equal(ran.code, 0, ran.stdout + ran.stderr);
  return documents<Created>(ran)[0] as Created;
}

const ofKind = (kind: string): RegExp => new RegExp(`[\\p{${kind}}]`, "u");

describe("a byte order mark", () => {
  it("is dropped before a password on stdin", SLOW, () =>
    inDirectory(async (cwd) => {
      const signIn = async (input: string, email: string) => {
        const { record } = await create(cwd);
        const args = ["convert", record.id, "--email", email, "--password-stdin"];
        const ran = await run(args, { cwd, input });
        assert.equal(ran.code, 0, ran.stdout + ran.stderr);
      };
      await writeFile(join(cwd, "anon.config.json"), '{"storage":"fs:accounts"}');
      await signIn("\ufeffcorrect horse\r\n", "ada@example.com");
      const { createAnon } = await import("../../../sdk/index.ts");
      const { default: fs } = await import("../../../storage-drivers/fs/index.ts");
      const secret = "a secret of at least 32 characters, for tests only";
      const anon = createAnon({ storage: fs({ base: join(cwd, "accounts") }), secret });
      const { record } = await anon.signInWithPassword("ada@example.com", "correct horse");
      assert.equal(record.email, "ada@example.com");
      await anon.dispose();
    }),
  );

  it("is dropped before a configuration, the JSON of own fields, a token or an id", SLOW, () =>
    inDirectory(async (cwd) => {
      for (const [name, text] of [
        ["anon.config.json", '{"storage":"fs:accounts"}'],
        ["anon.config.yaml", "storage: fs:accounts\n"],
        ["anon.config.toml", 'storage = "fs:accounts"\n'],
        ["anon.config.mjs", 'export default { storage: "fs:accounts" };'],
      ] as const) {
        await writeFile(join(cwd, name), `\ufeff${text}`);
        const { token, record } = await create(cwd, "--data", '\ufeff{"plan":"free"}');
        assert.equal(record.plan, "free");
        const verified = await run(["verify", "-"], { cwd, input: `\ufeff${token}\n` });
        assert.equal(verified.code, 0, verified.stderr);
        assert.equal((await run(["show", `\ufeff${record.id}`], { cwd })).code, 0);
      }
    }),
  );
});

describe("own fields", () => {
  const unsafe =
    "del \u007f, c1 \u0085\u009b31m, lines \u2028\u2029, bidi \u202e\u2066\u200f\u061c, mark \ufeff, tag \u{e0041}";

  it("are escaped in --json and in export, and parse to the same values", SLOW, () =>
    inDirectory(async (cwd) => {
      const created = await run(["create", "--json", "--data", JSON.stringify({ note: unsafe, [`n${unsafe}`]: 1 })], {
        cwd,
      });
      const [{ record } = { record: { id: "" } }] = documents<Created>(created);
      const runs = [created];
      for (const args of [["show", "--json"], ["export"], ["export", "--json"]]) {
        runs.push(await run([args[0] as string, record.id, ...args.slice(1)], { cwd }));
      }
      runs.push(await run(["list", "--json"], { cwd }));
      for (const { stdout } of runs) {
        for (const kind of ["Cf", "Zl", "Zp"]) assert.doesNotMatch(stdout, ofKind(kind));
        assert.doesNotMatch(stdout.replaceAll("\n", ""), ofKind("Cc"));
        const found: unknown[] = [];
        JSON.parse(stdout, (name, value) => {
          if (name === "note") found.push(value);
          return value;
        });
        assert.deepEqual(found, [unsafe]);
      }
      const shown = await run(["show", record.id], { cwd });
      for (const kind of ["Cf", "Zl", "Zp"]) assert.doesNotMatch(shown.stdout, ofKind(kind));
    }),
  );

  it("with arbitrary text parse to the same values", () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: "binary" }), fc.boolean(), (value, indented) => {
        const text = escapedJson(value, indented);
        assert.doesNotMatch(
          text,
          /[\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/,
        );
        assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 2_000 },
    );
  });

  it("are refused with a number that would be rounded, and the error names its path", SLOW, () =>
    inDirectory(async (cwd) => {
      const ran = await run(["create", "--json", "--data", '{"links":{"discord":1234567890123456789}}'], { cwd });
      assert.equal(ran.code, 2);
      const [{ error } = { error: { code: "", message: "" } }] = documents<{
        error: { code: string; message: string };
      }>(ran);
      assert.equal(error.code, "invalid_data");
      assert.match(error.message, /\(--data\).*"links\.discord".*string/);
      const twice = await run(["create", "--data", '{"a":1,"a":2}'], { cwd });
      assert.deepEqual([twice.code, twice.stderr], [2, 'anon: Cannot read --data: it has "a" twice\n']);
    }),
  );
});
