import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { AnonError } from "../../sdk/errors.ts";
import { open } from "../../storage-drivers/open.ts";

async function refusal(url: string): Promise<AnonError> {
  const error = await open(url).then(
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

  for (const url of ["sqlite:./x", "http://example.com", "c:\\data", "constructor:", "redis+sentinel://h"]) {
    it(`refuses the unknown scheme of ${url}`, async () => {
      const error = await refusal(url);
      assert.equal(error.code, "unknown_storage_scheme");
      assert.ok(error.message.includes(`"${url.split(":")[0]}:"`), error.message);
      assert.match(error.message, /use memory:, fs:\.\/dir, redis:\/\//);
    });
  }

  for (const url of [
    "",
    "./data",
    "memory:x",
    "fs://host/dir",
    "fs:./a\0b",
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
