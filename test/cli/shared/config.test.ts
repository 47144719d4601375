import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { documents, inDirectory, run, SLOW } from "../run.ts";

const SECRET = "a secret for tests, long enough 1";
const OTHER = "a secret for tests, long enough 2";

const SDK = new URL("../../../sdk/index.ts", import.meta.url).href;

const FILES: Record<string, string> = {
  "anon.config.ts": `const secret: string = "${SECRET}";\nexport default { storage: "fs:from-file", secret };\n`,
  "anon.config.mjs": `export default { storage: "fs:from-file", secret: ["${SECRET}"] };\n`,
  "anon.config.js": `export default { storage: "fs:from-file", secret: "${SECRET}" };\n`,
  "anon.config.json": JSON.stringify({ storage: "fs:from-file", secret: SECRET }),
};

describe("the configuration file", () => {
  for (const [name, text] of Object.entries(FILES)) {
    it(`sets storage and secret, which environment and flags override: ${name}`, SLOW, () =>
      inDirectory(async (cwd) => {
        await writeFile(join(cwd, name), text);
        const ran = await run(["create", "--json"], { cwd });
        assert.equal(ran.code, 0, ran.stdout + ran.stderr);
        assert.ok(existsSync(join(cwd, "from-file")));
        assert.ok(!existsSync(join(cwd, "from-file", "secret")));
        const [{ token } = { token: "" }] = documents<{ token: string }>(ran);
        assert.equal((await run(["verify", token], { cwd })).code, 0);
        assert.equal((await run(["verify", token], { cwd, env: { ANON_SECRET: OTHER } })).code, 1);

        assert.equal((await run(["create"], { cwd, env: { ANON_STORAGE: "fs:from-env" } })).code, 0);
        assert.ok(existsSync(join(cwd, "from-env")));
        const flagged = ["create", "--storage", "fs:from-flag"];
        assert.equal((await run(flagged, { cwd, env: { ANON_STORAGE: "fs:from-env2" } })).code, 0);
        assert.ok(existsSync(join(cwd, "from-flag")) && !existsSync(join(cwd, "from-env2")));
      }),
    );
  }

  it("may contain a driver, and use the package's defineConfig", SLOW, () =>
    inDirectory(async (cwd) => {
      const driver = new URL("../../../storage-drivers/fs/index.ts", import.meta.url).href;
      await writeFile(
        join(cwd, "anon.config.ts"),
        `import { defineConfig } from ${JSON.stringify(SDK)};
         import fs from ${JSON.stringify(driver)};
         export default defineConfig({ storage: fs({ base: ${JSON.stringify(join(cwd, "own"))} }), collections: { customers: {} }, secret: ${JSON.stringify(SECRET)} });`,
      );
      const ran = await run(["create", "--collection", "customers", "--json"], { cwd });
      assert.equal(ran.code, 0, ran.stdout + ran.stderr);
      assert.ok(existsSync(join(cwd, "own")));
      const unknown = await run(["create", "--collection", "visitors", "--json"], { cwd });
      assert.equal(unknown.code, 2);
      assert.equal(documents<{ error: { code: string } }>(unknown)[0]?.error.code, "unknown_collection");
    }),
  );

  it("may be the servers' own, whose rules for new accounts apply to the CLI too", SLOW, () =>
    inDirectory(async (cwd) => {
      const serverOptions = `cookie: { name: "guest" }, api: { basePath: "/auth" }, sendMail() {},
        limits: { signUpsPerAddress: { max: 5, per: "1h" } }, trustedProxy: { header: "x-forwarded-for" }`;
      const write = (more: string) =>
        writeFile(
          join(cwd, "anon.config.mjs"),
          `export default { storage: "fs:here", secret: "${SECRET}", ${serverOptions}, ${more} };`,
        );
      await write("maxAnonymous: 2");
      assert.equal((await run(["create", "--count", "2"], { cwd })).code, 0);
      const full = await run(["create", "--json"], { cwd });
      assert.equal(documents<{ error: { code: string } }>(full)[0]?.error.code, "too_many_anonymous");
      await write("hooks: { beforeCreate: ({ request }) => request !== undefined }");
      const refused = await run(["create", "--json"], { cwd });
      assert.equal(documents<{ error: { code: string } }>(refused)[0]?.error.code, "creation_refused");
      assert.equal((await run(["gc", "--older-than", "1d"], { cwd })).code, 0);
      await write("limits: 5");
      assert.equal((await run(["list"], { cwd })).code, 2);
    }),
  );

  it("is the only source: rc files, package.json, .env and extends are ignored or refused", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(join(cwd, ".anonrc"), "storage=fs:from-rc");
      await writeFile(join(cwd, ".env"), "ANON_STORAGE=fs:from-dotenv");
      await writeFile(join(cwd, "package.json"), '{"anon":{"storage":"fs:from-package"}}');
      await writeFile(join(cwd, "anon.config.json"), "{}");
      // Bun itself reads .env files, which the empty variable overrides
      assert.equal((await run(["create"], { cwd, env: { ANON_STORAGE: "" } })).code, 0);
      assert.ok(existsSync(join(cwd, ".anon", "secret")));
      await writeFile(join(cwd, "anon.config.json"), '{"extends":"gh:owner/repository"}');
      const ran = await run(["list"], { cwd });
      assert.equal(ran.code, 2);
      assert.match(ran.stderr, /unknown key "extends"/);
    }),
  );

  it("is not quoted in parse errors, because it may contain the secret", SLOW, () =>
    inDirectory(async (cwd) => {
      const files: [string, string][] = [
        ["toml", 'storage = "fs:a"\nsecret = "hunter2hunter2hunter2hunter2hunter2" x\n'],
        ["yaml", 'storage: fs:a\nsecret: "hunter2hunter2hunter2hunter2hunter2" x\n'],
        ["yaml", "storage: fs:a\nsecret: *hunter2hunter2hunter2hunter2hunter2\n"],
        ["json", '{"secret":"hunter2hunter2hunter2hunter2hunter2" x}'],
        ["json", '{"secret":hunter2hunter2hunter2hunter2hunter2}'],
        ["json", `{"secret":'hunter2hunter2hunter2hunter2hunter2'}`],
        ["json", '{\n"secret":hunter2\n}'],
        ["json5", '{secret:"hunter2hunter2hunter2hunter2hunter2" x}'],
        ["json5", "{secret:hunter2hunter2hunter2hunter2hunter2}"],
        ["jsonc", '{"secret":"hunter2hunter2hunter2hunter2hunter2" x}'],
        ["jsonc", '{"secret":hunter2hunter2hunter2hunter2hunter2}'],
        ["ts", 'export default { secret: "hunter2hunter2hunter2hunter2hunter2" x };'],
        ["mjs", 'export default { secret: "hunter2hunter2hunter2hunter2hunter2" x };'],
      ];
      for (const directory of ["a", ".anon"]) await mkdir(join(cwd, directory));
      for (const [extension, text] of files) {
        const file = join(cwd, `anon.config.${extension}`);
        await writeFile(file, text);
        const ran = await run(["list"], { cwd });
        assert.doesNotMatch(ran.stdout + ran.stderr, /unter2|hunter/, text);
        assert.equal(ran.code, 2, text);
        assert.match(ran.stderr, /^anon: Cannot [^\n]+anon\.config[^\n]+\n$/);
        await unlink(file);
      }
    }),
  );

  it("may have comments as .jsonc, and is refused if a value would be dropped", SLOW, () =>
    inDirectory(async (cwd) => {
      const file = join(cwd, "anon.config.jsonc");
      const valid = `\ufeff{
        // "storage": "fs:elsewhere",
        "storage": "fs:a//b", /* , } */
        "collections": { "users": { "quarantine": "7d", /* restored by hand */ }, },
      }`;
      await writeFile(file, valid);
      assert.equal((await run(["create"], { cwd })).code, 0);
      assert.ok(existsSync(join(cwd, "a", "b")));
      for (const invalid of [valid.replace('"7d"', "7d"), valid.replace('": {', '" {'), valid.slice(0, -2)]) {
        await writeFile(file, invalid);
        const ran = await run(["gc", "--older-than", "0s"], { cwd });
        assert.equal(ran.code, 2, invalid);
        assert.match(ran.stderr, /^anon: Cannot load anon\.config\.jsonc: .*\[invalid_options\]\n$/);
      }
    }),
  );

  it("is refused in one line for misspelled keys and invalid values", SLOW, () =>
    inDirectory(async (cwd) => {
      const wrong: [string, RegExp][] = [
        ["export default { kep: () => true };", /unknown key "kep", did you mean keep\?/],
        ["export default { beforeDelete: () => false };", /unknown key "beforeDelete"/],
        ["export default { hooks: { beforeDelete: true } };", /`hooks.beforeDelete`.*: pass a function/],
        ["export default 5;", /must export an object/],
        [
          `export default { sessionTtl: "x" };`,
          /`sessionTtl`, the duration "x" \(anon.config.mjs\): use a whole number/,
        ],
        [`export default { sessionTtl: 5 };`, /`sessionTtl` \(anon.config.mjs\): use one second at least/],
        [`export default { collections: { a: { activityResolution: "1y" } } };`, /`activityResolution`, the .* "1y"/],
        [`export default { collections: { A: {} } };`, /collection "A" \(anon.config.mjs\): a name is/],
        [`export default { storage: "ftp://a:hunter2@b" };`, /"ftp:" \(anon.config.mjs\): unknown scheme/],
        [`export default { secret: "hunter2" };`, /this secret \(anon.config.mjs\): it must have at least 32/],
        [`export default { secret: 42 };`, /this secret \(anon.config.mjs\): it must have at least 32/],
        [`export default { secret: { hunter2: 1 } };`, /this secret \(anon.config.mjs\): it must have at least 32/],
        ["throw new Error('line 1\\nline 2');", /Cannot load anon.config.mjs: line 1 line 2/],
      ];
      for (const [text, message] of wrong) {
        await writeFile(join(cwd, "anon.config.mjs"), text);
        const ran = await run(["list"], { cwd });
        assert.equal(ran.code, 2, ran.stderr);
        assert.match(ran.stderr, message);
        assert.match(ran.stderr, /^anon: [^\n]+\n$/);
        assert.doesNotMatch(ran.stderr, /hunter2/);
      }
    }),
  );
});

describe("--config, ANON_CONFIG and --cwd", () => {
  const storageIn = (storage: string) => JSON.stringify({ storage, secret: SECRET });

  it("choose the configuration: the flag, then the variable, then the file of the directory", SLOW, () =>
    inDirectory(async (cwd) => {
      await mkdir(join(cwd, "settings"));
      await writeFile(join(cwd, "settings", "staging.json"), storageIn("fs:by-flag"));
      await writeFile(join(cwd, "other.toml"), `storage = "fs:by-variable"\nsecret = "${SECRET}"\n`);
      await writeFile(join(cwd, "anon.config.json"), storageIn("fs:by-name"));
      const variable = { ANON_CONFIG: "other.toml" };
      const both = ["create", "--config", "settings/staging.json"];
      for (const [args, env, made] of [
        [["create"], { ANON_CONFIG: "" }, "by-name"],
        [["create"], variable, "by-variable"],
        [both, variable, "by-flag"],
        [[...both, "--storage", "fs:by-storage"], { ...variable, ANON_STORAGE: "fs:unused" }, "by-storage"],
      ] as const) {
        assert.equal(existsSync(join(cwd, made)), false);
        const ran = await run(args, { cwd, env });
        assert.equal(ran.code, 0, ran.stdout + ran.stderr);
        assert.ok(existsSync(join(cwd, made)), made);
      }
      assert.equal(existsSync(join(cwd, "unused")), false);
      const absolute = await run(["list", "--config", join(cwd, "other.toml")], { cwd });
      assert.match(absolute.stderr, /by-variable/);
    }),
  );

  it("are refused if there is no such file or directory, or the name says nothing of its format", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(join(cwd, "anon.config.json"), storageIn("fs:.anon"));
      await writeFile(join(cwd, "settings.txt"), "{}");
      await writeFile(join(cwd, "broken.json"), "{");
      for (const [args, env, message] of [
        [["--config", "nowhere.ts"], {}, /configuration "nowhere\.ts" \(--config\): there is no such file/],
        [[], { ANON_CONFIG: "nowhere.ts" }, /configuration "nowhere\.ts" \(ANON_CONFIG\): there is no such file/],
        [["--config", "settings.txt"], {}, /"settings\.txt" \(--config\): its name must end in one of ts, .*toml/],
        [["--config", "broken.json"], {}, /Cannot load broken\.json: /],
        [["--cwd", "nowhere"], {}, /--cwd "nowhere": there is no such directory/],
        [["--cwd", "settings.txt"], {}, /--cwd "settings\.txt": it cannot be entered \(ENOTDIR\)/],
        [["--config="], {}, /--config without a value/],
      ] as const) {
        const ran = await run(["list", ...args], { cwd, env });
        assert.equal(ran.code, 2, ran.stderr);
        assert.match(ran.stderr, message);
      }
    }),
  );

  it("begin with --cwd: configuration, storage and files of the command are relative to it", SLOW, () =>
    inDirectory(async (cwd) => {
      await mkdir(join(cwd, "shop"));
      await writeFile(join(cwd, "shop", "anon.config.json"), storageIn("fs:accounts"));
      assert.equal((await run(["create", "--cwd", "shop"], { cwd })).code, 0);
      assert.ok(existsSync(join(cwd, "shop", "accounts")));
      await writeFile(join(cwd, "shop", "own.json"), storageIn("fs:own"));
      assert.equal((await run(["--cwd", "shop", "create", "--config", "own.json"], { cwd })).code, 0);
      assert.ok(existsSync(join(cwd, "shop", "own")));
      assert.equal((await run(["keys", "create", "--cwd", "shop"], { cwd })).code, 0);
      assert.ok(existsSync(join(cwd, "shop", "service-keys.json")));
    }),
  );
});
