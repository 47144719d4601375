import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { documents, inDirectory, type RunResult, run, runHere, SLOW } from "../run.ts";

const at = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** A configuration whose `drivers` has a driver in one JSON file, an unstorage driver, and whatever a test adds. */
const configuration = (settings: string, drivers = ""): string => `
  import { jsonFile } from ${at("../../support/json-file-driver.ts")};

  /** \`json://user:password@server/file\` is \`file\`. */
  function pathOf(url: string): string {
    if (!url.startsWith("json:")) throw new TypeError("unexpected scheme");
    return url.replace(/^json:(\\/\\/[^/]*\\/)?/, "").replace(/[?#;].*$/, "");
  }

  export default {
    activityResolution: "0s",
    drivers: {
      json: (url: string) => jsonFile(pathOf(url)),
      lite: async (url: string) => {
        const { default: fsLite } = await import(${JSON.stringify(import.meta.resolve("unstorage/drivers/fs-lite"))});
        return fsLite({ base: url.slice("lite:".length) });
      },
      ${drivers}
    },
    ${settings}
  };`;

const SECRET = "a secret for tests, long enough.";
const env = { ANON_SECRET: SECRET };

const writeConfig = (cwd: string, text: string): Promise<void> => writeFile(join(cwd, "anon.config.ts"), text);

/** Creates, converts, lists and deletes accounts, each command in a process of its own. */
async function runLifecycle(anon: (args: string[], input?: string) => Promise<RunResult>): Promise<void> {
  const printed = async <T>(args: string[], input = ""): Promise<T[]> => {
    const ran = await anon([...args, "--json"], input);
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    return documents<T>(ran);
  };
  const created = await printed<{ token: string; record: { id: string } }>(["create", "--count", "3"]);
  const [first] = created;
  const { id } = first!.record;
  assert.equal((await printed<{ id: string }>(["verify", first!.token]))[0]!.id, id);
  await printed(["convert", id, "--email", "ada@example.com", "--password-stdin"], "correct horse\n");
  assert.equal((await printed<{ deleted: number }>(["gc", "--older-than", "0s"]))[0]!.deleted, 2);
  assert.deepEqual(
    (await printed<{ id: string }>(["list"])).map((record) => record.id),
    [id],
  );
  await printed(["delete", id, "--yes"]);
  assert.deepEqual(await printed(["list"]), []);
}

describe("drivers of anon.config", () => {
  it("open --storage, over the other settings", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeConfig(cwd, configuration('storage: "fs:unused"'));
      const options = { cwd, env: { ...env, ANON_STORAGE: "fs:unused" } };
      await runLifecycle((args, input) => run([...args, "--storage", "json:accounts.json"], { ...options, input }));
      assert.ok(existsSync(join(cwd, "accounts.json")) && !existsSync(join(cwd, "unused")));
    }),
  );

  it("open ANON_STORAGE, with an unstorage driver too", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeConfig(cwd, configuration(""));
      await runLifecycle((args, input) =>
        run(args, { cwd, env: { ...env, ANON_STORAGE: `lite:${join(cwd, "accounts")}` }, input }),
      );
      assert.ok(existsSync(join(cwd, "accounts")));
    }),
  );

  it("open storage of the file", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeConfig(cwd, configuration(`storage: "json:accounts.json", secret: "${SECRET}"`));
      await runLifecycle((args, input) => run(args, { cwd, input }));
      assert.ok(existsSync(join(cwd, "accounts.json")));
    }),
  );

  it("leave the URLs that are built in, and a driver in storage, as they are", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeConfig(cwd, configuration(`storage: jsonFile("own.json"), secret: "${SECRET}"`));
      assert.equal((await run(["create"], { cwd })).code, 0);
      assert.ok(existsSync(join(cwd, "own.json")));
      assert.equal((await run(["create", "--storage", "fs:accounts"], { cwd })).code, 0);
      assert.ok(existsSync(join(cwd, "accounts")));
    }),
  );

  it("are named without the secrets of their URL", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeConfig(cwd, configuration("", '"my-db2": () => jsonFile("a.json"),'));
      const places: [url: string, place: string][] = [
        ["json:a.json", "json:a.json"],
        ["json://server/a.json", "json://server/a.json"],
        ["JSON://ada:hunter2@server/a.json", "json://server/a.json"],
        ["json://hunter2@server/a.json?token=hunter3#hunter4", "json://server/a.json"],
        ["json://server/a.json;password=hunter2", "json://server/a.json"],
        ["json://u:hunter2@one,v:hunter3@two/a.json", "json://two/a.json"],
        // where the password ends is unknown
        ["json://server/a.json?password=hunter2@hunter3", "json:"],
        ["json://u:hun?ter2@server/a.json", "json:"],
        ["my-db2://ada:hunter2@server", "my-db2://server"],
      ];
      for (const [url, place] of places) {
        const ran = await runHere(["gc", "--older-than", "0s", "--json"], { cwd, env: { ANON_STORAGE: url } });
        assert.equal(ran.code, 0, `${url}: ${ran.stdout}${ran.stderr}`);
        assert.equal(documents<{ storage: string }>(ran)[0]?.storage, place, url);
        assert.equal(ran.stderr, `[info] Worked on all collections of ${place}\n`);
      }
    }),
  );

  it("are named in the refusal of an unknown scheme", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeConfig(cwd, configuration(""));
      const ran = await runHere(["list", "--storage", "jsn://ada:hunter2@h"], { cwd });
      assert.equal(ran.code, 2);
      assert.match(
        ran.stderr,
        /^anon: Cannot open "jsn:" \(--storage\): unknown scheme, use memory:, .*, json: or lite: \[unknown_storage_scheme\]\n$/,
      );
    }),
  );

  const wrong: [drivers: string, refusal: RegExp][] = [
    ['{ fs: () => jsonFile("a.json") }', /`drivers` \(anon.config.ts\): "fs:" is built in/],
    ['{ "json:": () => jsonFile("a.json") }', /`drivers` \(anon.config.ts\): "json:" is no scheme/],
    ['{ json: jsonFile("a.json") }', /`drivers.json` \(anon.config.ts\): pass a function/],
    ["{ json: () => undefined }", /`drivers.json` \(anon.config.ts\): it must return a driver/],
    ["[jsonFile]", /`drivers` \(anon.config.ts\): pass an object/],
  ];
  for (const [drivers, refusal] of wrong) {
    it(`are refused in one line with the name of the file: ${drivers}`, SLOW, () =>
      inDirectory(async (cwd) => {
        const driver = at("../../support/json-file-driver.ts");
        await writeConfig(cwd, `import { jsonFile } from ${driver}; export default { drivers: ${drivers} };`);
        const ran = await runHere(["list", "--storage", "json://ada:hunter2@h/a.json"], { cwd });
        assert.equal(ran.code, 2, ran.stderr);
        assert.match(ran.stderr, refusal);
        assert.match(ran.stderr, /^anon: [^\n]+ \[invalid_options\]\n$/);
        assert.doesNotMatch(ran.stderr, /hunter2/);
      }),
    );
  }

  it("are refused in a file of data", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeFile(join(cwd, "anon.config.json"), '{"drivers":{"json":"some-driver"}}');
      const ran = await runHere(["list", "--storage", "json:a.json"], { cwd });
      assert.equal(ran.code, 2);
      assert.match(ran.stderr, /`drivers.json` \(anon.config.json\): pass a function/);
    }),
  );

  it("report why they failed, without the URL and its password", SLOW, () =>
    inDirectory(async (cwd) => {
      const refusal = `Object.assign(new Error("Cannot use it: no database"), { name: "DriverError", code: "invalid_option" })`;
      await writeConfig(
        cwd,
        configuration(
          "",
          `down: () => Promise.reject(new Error("connect ECONNREFUSED 127.0.0.1:1")),
           malformed: () => { throw ${refusal}; },
           loud: (url: string) => { throw new Error(\`cannot reach \${url} as \${new URL(url).password}\`); },
           invalid: (url: string) => jsonFile(new URL(url).pathname),`,
        ),
      );
      const failures: [scheme: string, exitCode: number, line: RegExp][] = [
        ["down", 1, /Cannot open "down:": connect ECONNREFUSED 127\.0\.0\.1:1 \[storage_unavailable\]\n$/],
        ["malformed", 2, /Cannot open "malformed:" \(ANON_STORAGE\): no database \[invalid_storage_url\]\n$/],
        ["loud", 1, /Cannot open "loud:": its driver failed with Error \[storage_unavailable\]\n$/],
        ["invalid", 1, /Cannot open "invalid:": its driver failed with TypeError.* \[storage_unavailable\]\n$/],
      ];
      for (const [scheme, exitCode, line] of failures) {
        const url = `${scheme}://ada:hunter2@h${scheme === "invalid" ? ":x" : ""}`;
        const ran = await runHere(["list", "--debug"], { cwd, env: { ANON_STORAGE: url } });
        assert.equal(ran.code, exitCode, ran.stderr);
        assert.match(ran.stderr, line);
        assert.doesNotMatch(ran.stdout + ran.stderr, /hunter2/);
      }
    }),
  );

  it("report an error of a later call without the password and the parameters of the URL", SLOW, () =>
    inDirectory(async (cwd) => {
      await writeConfig(
        cwd,
        configuration(
          "",
          `late: (url: string) => ({
             ...jsonFile("a.json"),
             keys: async function* () { throw new Error(\`401 for \${url}: \${new URL(url).password} is wrong\`); },
           }),`,
        ),
      );
      const env = { ANON_STORAGE: "late://ada:hunter2hunter2@h/shop?token=hunter3%2Fhunter3" };
      const ran = await runHere(["list", "--debug"], { cwd, env });
      assert.equal(ran.code, 1);
      assert.match(ran.stderr, /Cannot list the storage: 401 for .*\/shop.* \[storage_unavailable\]\n$/);
      assert.doesNotMatch(ran.stdout + ran.stderr, /hunter/);
    }),
  );
});
