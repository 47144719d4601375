import assert from "node:assert/strict";
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createAnon, defineConfig } from "../../../sdk/index.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import fs from "../../../storage-drivers/fs/index.ts";
import memory from "../../../storage-drivers/memory.ts";
import { inEnvironment } from "../../support/environment.ts";
import { collect, refused, refusedAtOnce, SECRET } from "../../support/sdk.ts";

const FIRST = "the first secret of at least 32 characters";
const OTHER = "another secret of at least 32 characters";
const THIRD = "one more secret of at least 32 characters";

describe("createAnon with a URL", () => {
  it("accepts what defineConfig returns, with the types of its collections", () =>
    inEnvironment({}, async (directory) => {
      const base = join(directory, "accounts");
      const config = defineConfig({
        storage: `fs:${base}`,
        secret: SECRET,
        collections: { users: {}, customers: { sessionTtl: "7d" } },
        capabilities: { anonymous: ["cart:*"] },
      });
      const anon = createAnon(config);
      // nothing is opened before it is used
      await assert.rejects(stat(base), { code: "ENOENT" });
      const { token, record } = await anon.signInAnonymously({ collection: "customers" });
      assert.equal(record.collectionName satisfies "customers", "customers");
      assert.ok(anon.can(record, "cart:write"));
      // @ts-expect-error: not a collection
      await refused(anon.signInAnonymously({ collection: "staff" }), "unknown_collection");
      await anon.dispose();
      await refused(anon.signInAnonymously({ collection: "customers" }), "storage_unavailable");
      const byDriver = createAnon({ ...config, storage: fs({ base }) });
      assert.equal((await byDriver.authenticate(token))?.record.id, record.id);
      await byDriver.dispose();
    }));

  it("opens every scheme, and any call may be the first", () =>
    inEnvironment({}, async (directory) => {
      for (const storage of ["memory:", `fs:${directory}/a`, `sqlite:${directory}/b.db`, "SQLITE::memory:", "own:x"]) {
        const make = () => createAnon({ storage, secret: SECRET, drivers: { own: () => memory() }, maxAnonymous: 5 });
        const firsts: ((anon: ReturnType<typeof make>) => Promise<unknown>)[] = [
          (anon) => anon.signInAnonymously(),
          (anon) => collect(anon.admin.list()),
          (anon) => anon.admin.gc({ olderThan: "1d" }),
          (anon) => anon.admin.get("aaaaaaaaaaaaaaa"),
          (anon) => refused(anon.signInWithPassword("ada@example.com", "wrong"), "invalid_credentials"),
        ];
        for (const first of firsts) {
          const anon = make();
          await first(anon);
          await anon.dispose();
        }
        const anon = make();
        const report = await anon.admin.doctor();
        assert.equal(report.guarantee, /^(fs:|sqlite:)/.test(storage) ? "host" : "process");
        assert.notEqual(report.queue, null);
        await anon.dispose();
      }
    }));

  it("opens once for calls at the same time, and again after a failure", async () => {
    let opened = 0;
    const drivers = {
      own: async (): Promise<AtomicDriver> => {
        opened++;
        if (opened === 1) throw new Error("not yet");
        return memory();
      },
    };
    const anon = createAnon({ storage: "own:x", drivers, secret: SECRET });
    await refused(anon.signInAnonymously(), "storage_unavailable");
    await Promise.all(Array.from({ length: 20 }, () => anon.signInAnonymously()));
    assert.equal(opened, 2);
    assert.equal((await collect(anon.admin.list())).length, 20);
    await anon.dispose();
  });

  it("opens nothing when it is disposed of before its first use", async () => {
    const drivers = { own: (): AtomicDriver => assert.fail("it was opened") };
    const anon = createAnon({ storage: "own:x", drivers, secret: SECRET });
    await anon.dispose();
    await refused(anon.signInAnonymously(), "storage_unavailable");
  });

  it("refuses at once what is no URL of a storage, and shows no password", () => {
    const make = (storage: string, drivers?: unknown) => () =>
      createAnon({ storage, secret: SECRET, drivers: drivers as Record<string, () => AtomicDriver> });
    for (const url of ["", ".anon", "/srv/accounts"]) refusedAtOnce(make(url), "invalid_storage_url");
    refusedAtOnce(make("fs://host/dir"), "invalid_storage_url");
    const { message } = refusedAtOnce(make("ftp://ada:hunter2@host"), "unknown_storage_scheme");
    assert.ok(message.includes("use memory:, fs:./dir,") && !message.includes("hunter2"), message);
    for (const drivers of [[], { fs: () => memory() }, { own: 5 }]) {
      refusedAtOnce(make("own:x", drivers), "invalid_options");
    }
  });

  it("is the URL of ANON_STORAGE if there is no option", () =>
    inEnvironment({ ANON_STORAGE: "memory:" }, async () => {
      const { record } = await createAnon({ secret: SECRET }).signInAnonymously();
      assert.ok(record.anonymous);
      const error = await inError(() => inEnvironment({}, async () => void createAnon({ secret: SECRET })));
      assert.match(error.message, /without `storage`: .* or set ANON_STORAGE/);
    }));

  it("keeps a secret beside the accounts in development only, as the driver does", () =>
    inEnvironment({}, async (directory) => {
      for (const [storage, file] of [
        [`fs:${directory}/a`, "a/secret"],
        [`sqlite:${directory}/b.db`, "b.db.secret"],
      ] as const) {
        const anon = createAnon({ storage });
        const { token } = await anon.signInAnonymously();
        const secret = (await readFile(join(directory, file), "utf8")).trim();
        assert.ok(createAnon({ storage: memory(), secret }).verifyToken(token));
        assert.ok(createAnon({ storage }).verifyToken(token));
        await anon.dispose();
        process.env.NODE_ENV = "production";
        refusedAtOnce(() => createAnon({ storage }), "invalid_secret");
        delete process.env.NODE_ENV;
      }
      for (const storage of ["memory:", "sqlite::memory:", "redis://127.0.0.1:1"]) {
        refusedAtOnce(() => createAnon({ storage }), "invalid_secret");
      }
    }));
});

describe("the secrets of the environment", () => {
  const signing = (secret?: string | readonly string[]) => createAnon({ storage: memory(), secret });
  const tokenOf = async (secret: string): Promise<string> => (await signing([secret]).signInAnonymously()).token;

  it("sign and verify without an option, in production too", () =>
    inEnvironment(
      { NODE_ENV: "production", ANON_SECRET: FIRST, ANON_SECRET_PREVIOUS: `${OTHER}, ${THIRD}` },
      async () => {
        const tokens = await Promise.all([FIRST, OTHER, THIRD].map((secret) => tokenOf(secret)));
        // an application that passes the variable has the previous ones too
        for (const given of [undefined, FIRST]) {
          const anon = signing(given);
          for (const token of tokens) assert.ok(anon.verifyToken(token));
          const { token } = await anon.signInAnonymously();
          assert.ok(signing([FIRST]).verifyToken(token));
        }
        // what the application chose itself is not changed
        for (const given of [[FIRST], [THIRD, FIRST]]) assert.equal(signing(given).verifyToken(tokens[1] ?? ""), null);
        assert.equal(signing(THIRD).verifyToken(tokens[0] ?? ""), null);
      },
    ));

  it("may be in a file, one a line", () =>
    inEnvironment({ NODE_ENV: "production" }, async (directory) => {
      const file = join(directory, "secret");
      process.env.ANON_SECRET_FILE = file;
      process.env.ANON_SECRET_PREVIOUS = THIRD;
      for (const text of [FIRST, `${FIRST}\n`, `\ufeff${FIRST}\r\n\r\n`, `${FIRST}\n${OTHER}\n`]) {
        await writeFile(file, text, { mode: 0o600 });
        const { token } = await signing().signInAnonymously();
        assert.ok(signing([FIRST]).verifyToken(token));
        assert.ok(signing().verifyToken(await tokenOf(THIRD)));
        assert.equal(signing().verifyToken(await tokenOf(OTHER)) !== null, text.includes(OTHER));
      }
    }));

  it("are refused with what to do, and never shown", () =>
    inEnvironment({}, async (directory) => {
      const file = join(directory, "secret");
      const cases: [Record<string, string>, string | null, RegExp][] = [
        [{ ANON_SECRET: FIRST, ANON_SECRET_FILE: file }, null, /ANON_SECRET and ANON_SECRET_FILE together: unset one/],
        [{ ANON_SECRET_FILE: file }, null, /Cannot read .*secret \(ANON_SECRET_FILE\): there is no such file/],
        [{ ANON_SECRET_FILE: directory }, null, /Cannot /],
        [{ ANON_SECRET_FILE: file }, "\n", /Cannot use .*secret: it is empty/],
        [{ ANON_SECRET_FILE: file }, "too short, hunter2", /it holds under 32 characters/],
        [{ ANON_SECRET_FILE: file }, `${FIRST}\nhunter2`, /one of its lines has under 32 characters/],
        [{ ANON_SECRET_PREVIOUS: FIRST }, null, /ANON_SECRET_PREVIOUS alone: set ANON_SECRET or ANON_SECRET_FILE/],
        [{ ANON_SECRET: FIRST, ANON_SECRET_PREVIOUS: `${OTHER},hunter2` }, null, /Commas and line ends separate them/],
      ];
      for (const [variables, text, message] of cases) {
        if (text !== null) await writeFile(file, text, { mode: 0o600 });
        await inEnvironment(variables, async () => {
          const error = refusedAtOnce(() => signing(), "invalid_secret");
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /hunter2/);
          assert.ok(!error.message.includes(FIRST));
        });
      }
    }));

  it("are refused in a file that other users may read", { skip: process.platform === "win32" }, () =>
    inEnvironment({}, async (directory) => {
      const file = join(directory, "secret");
      await writeFile(file, SECRET);
      await chmod(file, 0o644);
      process.env.ANON_SECRET_FILE = file;
      assert.match(refusedAtOnce(() => signing(), "invalid_secret").message, /mode 0644.*chmod 600/);
      await chmod(file, 0o400);
      assert.ok(await signing().signInAnonymously());
    }),
  );
});

async function inError(act: () => Promise<void>): Promise<Error> {
  return await act().then(
    () => assert.fail("it did not fail"),
    (error: Error) => error,
  );
}
