import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { createStorage } from "unstorage";
import unstorageMemory from "unstorage/drivers/memory";
import { AnonError } from "../../sdk/errors.ts";
import memory from "../../storage-drivers/memory.ts";
import { type AtomicDriver, DriverError, type DriverOpener, open } from "../../storage-drivers/open.ts";

async function refusal(url: string, drivers?: unknown): Promise<AnonError> {
  const error = await open(url, { drivers: drivers as Record<string, DriverOpener> }).then(
    () => assert.fail(`${url} was accepted`),
    (reason) => reason,
  );
  assert.ok(error instanceof AnonError, String(error));
  return error;
}

describe("open", () => {
  it("opens a new memory storage each time", async () => {
    const one = await open("memory:");
    assert.equal(one.name, "memory");
    await one.swap("k", null, "x");
    const two = await open("MEMORY://");
    assert.equal(await two.read("k"), null);
  });

  it("opens a directory", async () => {
    const base = await mkdtemp(join(tmpdir(), "anon-open-"));
    try {
      const one = await open(`fs:${base}/nested`);
      assert.equal(one.guarantee, "host");
      await one.swap("k", null, "x");
      await one.dispose();
      const two = await open(`fs://${base}/nested`);
      assert.equal(await two.read("k"), "x");
      await two.dispose();
    } finally {
      await rm(base, { recursive: true, force: true });
    }
  });

  for (const url of ["mysql://h/x", "http://example.com", "c:\\data", "constructor:", "redis+sentinel://h"]) {
    it(`refuses the unknown scheme of ${url}`, async () => {
      const error = await refusal(url);
      assert.equal(error.code, "unknown_storage_scheme");
      assert.ok(error.message.includes(`"${url.split(":")[0]}:"`), error.message);
      assert.match(error.message, /use memory:, fs:\.\/dir, sqlite:\.\/accounts\.db, postgres:\/\//);
    });
  }

  for (const url of [
    "",
    "./data",
    "memory:x",
    "fs://host/dir",
    "fs:./a\0b",
    "sqlite:",
    "sqlite://host/accounts.db",
    "sqlite:./a.db?mode=ro",
    "sqlite:file:./a.db",
    "sqlite:file::memory:",
    "sqlite:./a.db ",
    "postgres:",
    "postgres:/shop",
    "postgres://u:secret-word@h:99999/shop",
    "postgres://u:secret-word@h/shop?sslmode=prefer",
    "postgres://u:secret-word@h/shop?schema=secret-word",
    "postgres://u:secret-word@h/shop?sslrootcert=./root.crt",
    "postgres://u:secret-word@h/shop?sslmode=require&sslrootcert=./root.crt",
    "postgres://u:%zzsecret-word@h/shop",
    "postgres://u:secret-word@a,b/shop",
    "postgres://u:secret-word/@h/shop",
    "postgres://u:1/secret-word@h/shop",
    "postgres://u:secret-word#@h/shop",
    "postgresql://u:secret-word?@h/shop",
    "redis:",
    "redis://",
    "redis://:secret-word@",
    "redis://:secret-word@h:99999",
    "rediss://h/name",
    "redis+cluster:",
    "redis+cluster://",
    "redis+cluster://u:secret-word@",
    "redis+cluster://u:secret-word@a:1,,b:2",
    "redis+cluster://u:secret-word@a:0",
    "redis+cluster://u:secret-word@a:1,b:70000",
    "redis+cluster://u:%zzsecret-word@a:1",
    "redis+cluster://a:1?tls=maybe",
    "redis+cluster://a:1/3",
  ]) {
    it(`refuses ${JSON.stringify(url)} without showing its contents`, async () => {
      const error = await refusal(url);
      assert.equal(error.code, "invalid_storage_url");
      assert.ok(!error.message.includes("secret-word"), error.message);
    });
  }

  for (const scheme of ["redis", "rediss", "redis+cluster", "rediss+cluster"]) {
    it(`refuses a ${scheme} URL with an unescaped @ or / in its password, and says how to escape it`, async () => {
      for (const [rest, advice] of [
        [":hunter2@very-secret@127.0.0.1:7399", "%40"],
        ["user:hunter2@very-secret@127.0.0.1:7399", "%40"],
        [":hunter2@very-secret:1@127.0.0.1:7399", "%40"],
        [":@very-secret@127.0.0.1", "%40"],
        [":hunter2@very-secret@127.0.0.1:7399,127.0.0.1:7400", "%40"],
        ["user:1/very-secret@127.0.0.1:7399", "%2F"],
        [":very-secret/@127.0.0.1:7399/0", "%2F"],
        [":very-secret@@127.0.0.1:7399/0", "%40"],
        [":very-secret%@127.0.0.1:7399", "%25"],
        [":hunter2@very-secret#@127.0.0.1:7399", "%40"],
        [":hunter2@very-secret?@127.0.0.1:7399", "%40"],
      ] as const) {
        const error = await refusal(`${scheme}://${rest}`);
        assert.equal(error.code, "invalid_storage_url", rest);
        assert.ok(error.message.includes(advice), `${rest}: ${error.message}`);
        for (const part of ["hunter2", "very-secret", "127.0.0.1", "7399"]) {
          assert.ok(!inspect(error).includes(part), `${rest}: ${inspect(error)}`);
        }
      }
    });
  }

  it("returns a driver or throws an AnonError for any text", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string().map((rest) => `memory:${rest}`),
      fc.string().map((rest) => `redis+cluster:${rest.replaceAll(/[a-z0-9]/gi, "@")}`),
    );
    await fc.assert(
      fc.asyncProperty(text, async (url) => {
        try {
          await (await open(url)).dispose();
        } catch (error) {
          assert.ok(error instanceof AnonError, String(error));
        }
      }),
    );
  });
});

describe("open with drivers", () => {
  it("returns the atomic driver that an opener returns, or resolves with", async () => {
    const [one, two] = [memory(), memory()];
    const drivers: Record<string, DriverOpener> = { mongodb: () => one, "my.db+tls-1": async () => two };
    assert.equal(await open("mongodb://h/db", { drivers }), one);
    assert.equal(await open("my.db+tls-1:x", { drivers }), two);
  });

  it("calls the opener with the URL as it is, except for a scheme in lower case", async () => {
    const urls: string[] = [];
    const mongodb = (url: string): AtomicDriver => {
      urls.push(url);
      return memory();
    };
    for (const url of ["mongodb://U:P%40@H/db?a=B#c", "MongoDB:./Dir"]) await open(url, { drivers: { mongodb } });
    assert.deepEqual(urls, ["mongodb://U:P%40@H/db?a=B#c", "mongodb:./Dir"]);
  });

  it("adapts an unstorage driver and a Storage, with the guarantee process", async () => {
    for (const plain of [() => unstorageMemory(undefined), () => createStorage()]) {
      const storage = await open("plain:", { drivers: { plain } });
      assert.equal(storage.guarantee, "process");
      assert.equal(await storage.swap("k", null, "x"), true);
      assert.equal(await storage.swap("k", null, "y"), false);
      assert.equal(await storage.read("k"), "x");
      await storage.dispose();
    }
  });

  it("still opens the built-in schemes, and loads no other driver for them", async () => {
    const drivers = { mongodb: () => assert.fail("it was opened") };
    for (const options of [{ drivers }, { drivers: {} }, { drivers: undefined }, {}]) {
      assert.equal((await open("memory:", options)).name, "memory");
    }
  });

  it("lists the schemes of the drivers when a scheme is unknown", async () => {
    for (const url of ["mongo://h", "constructor:", "__proto__:"]) {
      const error = await refusal(url, { mongodb: memory, couch: memory });
      assert.equal(error.code, url.startsWith("_") ? "invalid_storage_url" : "unknown_storage_scheme");
      assert.match(error.message, /use memory:, .*, redis\+cluster:\/\/, mongodb: or couch:$/);
    }
  });

  for (const scheme of ["memory", "fs", "redis", "rediss", "redis+cluster", "rediss+cluster"]) {
    it(`refuses a driver in place of the built-in ${scheme}:`, async () => {
      const error = await refusal("mongodb:", { mongodb: memory, [scheme]: memory });
      assert.equal(error.code, "invalid_options");
      assert.match(error.message, /^Cannot use `drivers`: "[a-z+]+:" is built in, choose another scheme$/);
    });
  }

  for (const scheme of ["", "MongoDB", "mongodb:", "mongodb://", "1db", "my_db", "my db", "é"]) {
    it(`refuses the scheme ${JSON.stringify(scheme)}`, async () => {
      const error = await refusal("memory:", { [scheme]: memory });
      assert.equal(error.code, "invalid_options");
      assert.ok(
        error.message.startsWith(`Cannot use \`drivers\`: ${JSON.stringify(scheme)} is no scheme`),
        error.message,
      );
    });
  }

  it("refuses what is no map of functions", async () => {
    for (const drivers of [[memory], new Map([["mongodb", memory]]), "mongodb", memory, 5, true]) {
      const error = await refusal("memory:", drivers);
      assert.equal(error.code, "invalid_options");
      assert.match(error.message, /^Cannot use `drivers`: pass an object of functions by scheme$/);
    }
    for (const value of [undefined, null, "my-driver", memory(), { default: memory }]) {
      const error = await refusal("memory:", { mongodb: value });
      assert.equal(error.code, "invalid_options");
      assert.match(error.message, /^Cannot use `drivers.mongodb`: pass a function$/);
    }
  });

  it("refuses an opener that returns no driver, or one that cannot write", async () => {
    const module = import("unstorage/drivers/memory");
    const readOnly = { ...unstorageMemory(undefined), setItem: undefined };
    for (const returned of [undefined, null, "x", 5, {}, [], memory, module, { getItem: () => null }, readOnly]) {
      const error = await refusal("mongodb://u:hunter2@h", { mongodb: () => returned });
      assert.equal(error.code, "invalid_options");
      assert.match(error.message, /^Cannot use `drivers.mongodb`: it must return a driver or a Storage of unstorage/);
    }
    const error = await refusal("mongodb://u:hunter2@h", { mongodb: (url: string) => url });
    assert.equal(error.code, "invalid_options");
    assert.doesNotMatch(inspect(error), /hunter2/);
  });

  it("reports why an opener failed, by the scheme and the cause", async () => {
    const cases: [thrown: unknown, code: string, reason: string][] = [
      [
        new Error("connect ECONNREFUSED 127.0.0.1:27017"),
        "storage_unavailable",
        "connect ECONNREFUSED 127.0.0.1:27017",
      ],
      [new Error("Cannot find package 'mongodb'"), "storage_unavailable", "Cannot find package 'mongodb'"],
      [new DriverError("denied", "Cannot open the file: EACCES"), "storage_unavailable", "EACCES"],
      [new DriverError("invalid_option", "Cannot use it: no database"), "invalid_storage_url", "no database"],
      [new AnonError("invalid_storage_url", "Cannot use it: no host"), "invalid_storage_url", "no host"],
      // what Node rejects with if no address of a host accepts a connection
      [
        Object.assign(new AggregateError([], "x"), { message: "", code: "ECONNREFUSED" }),
        "storage_unavailable",
        "its driver failed with AggregateError ECONNREFUSED",
      ],
      ["a text", "storage_unavailable", "a text"],
      [undefined, "storage_unavailable", "undefined"],
    ];
    for (const [thrown, code, reason] of cases) {
      const synchronous = () => {
        throw thrown;
      };
      for (const mongodb of [synchronous, async () => synchronous()]) {
        const error = await refusal("mongodb://u:hunter2@127.0.0.1:27017/db", { mongodb });
        assert.deepEqual([error.code, error.message], [code, `Cannot open "mongodb:": ${reason}`]);
        assert.equal(error.cause, thrown);
      }
    }
  });

  it("shows no error that holds the URL or a password of it", async () => {
    const leaks: ((url: string) => unknown)[] = [
      (url) => new Error(`Invalid URL: '${url}'`),
      (url) => new Error(`cannot parse ${url.slice("mongodb://".length)}`),
      (url) => Object.assign(new TypeError("Invalid URL"), { code: "ERR_INVALID_URL", input: url }),
      (url) => new Error("failed", { cause: new Error(url) }),
      (url) => new AggregateError([new Error(url)], "all failed"),
      (url) => ({ url }),
      (url) => url,
      () => new Error("the password hunter2@secret is wrong"),
      () => new Error("the password hunter2%40secret is wrong"),
      () => new Error("the token 0123456789abcdef is wrong"),
    ];
    for (const leak of leaks) {
      const mongodb = (url: string) => {
        throw leak(url);
      };
      const error = await refusal("mongodb://ada:hunter2%40secret@h:x/db?token=0123456789abcdef&tls=true", { mongodb });
      assert.equal(error.code, "storage_unavailable");
      assert.match(error.message, /^Cannot open "mongodb:": its driver failed with /);
      assert.doesNotMatch(inspect(error, { depth: null }), /hunter2|secret|0123456789abcdef/);
    }
    const invalid = await refusal("mongodb://ada:hunter2@h:x", { mongodb: (url: string) => new URL(url) });
    assert.match(invalid.message, /its driver failed with TypeError/);
    assert.doesNotMatch(inspect(invalid, { depth: null }), /hunter2/);
  });

  it("throws an AnonError for any text, without showing it", async () => {
    const drivers = {
      x: (url: string): AtomicDriver => {
        throw new Error(`Cannot open ${url}`);
      },
    };
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", minLength: 4 }), async (rest) => {
        const error = await refusal(`x:${rest}`, drivers);
        assert.equal(error.code, "storage_unavailable");
        assert.ok(!inspect(error).includes(`x:${rest}`), error.message);
      }),
    );
  });
});
