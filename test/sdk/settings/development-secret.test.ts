import assert from "node:assert/strict";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type Anon, createAnon } from "../../../sdk/index.ts";
import type { AtomicDriver } from "../../../sdk/storage/port.ts";
import fs from "../../../storage-drivers/fs/index.ts";
import memory from "../../../storage-drivers/memory.ts";
import redis from "../../../storage-drivers/redis/index.ts";
import { inEnvironment } from "../../support/environment.ts";
import { refusedAtOnce } from "../../support/sdk.ts";

function start(storage: AtomicDriver, secret?: string): Anon {
  return createAnon({ storage, secret });
}

describe("createAnon without a secret", () => {
  for (const NODE_ENV of [undefined, "development", "test"]) {
    it(`reuses the file that fs keeps if NODE_ENV is ${NODE_ENV}`, () =>
      inEnvironment({ NODE_ENV }, async (directory) => {
        const base = join(directory, "accounts");
        const { token } = await start(fs({ base })).signInAnonymously();
        const file = join(base, "secret");
        const secret = (await readFile(file, "utf8")).trim();
        assert.ok(secret.length >= 32);
        if (process.platform !== "win32") assert.equal((await stat(file)).mode & 0o777, 0o600);
        // after a restart, and with the same secret as an option
        for (const given of [undefined, secret]) assert.ok(await start(fs({ base }), given).authenticate(token));
        await writeFile(file, "too short");
        refusedAtOnce(() => start(fs({ base })), "invalid_secret");
      }));
  }

  it("is an error in production, which creates no file and says what to do", () =>
    inEnvironment({ NODE_ENV: "production" }, async (directory) => {
      const base = join(directory, "accounts");
      const error = refusedAtOnce(() => start(fs({ base })), "invalid_secret");
      assert.match(error.message, /set ANON_SECRET to at least 32 characters, .*openssl rand.* pass it as `secret`/);
      await assert.rejects(stat(base), { code: "ENOENT" });
      // a secret file from development is not used either
      await inEnvironment(
        { NODE_ENV: "development" },
        async () => void (await start(fs({ base })).signInAnonymously()),
      );
      refusedAtOnce(() => start(fs({ base })), "invalid_secret");
    }));

  it("is an error with storage that cannot keep one: memory, redis", () =>
    inEnvironment({ NODE_ENV: "development" }, async () => {
      for (const storage of [memory(), redis({ url: "redis://127.0.0.1:1" })]) {
        refusedAtOnce(() => start(storage), "invalid_secret");
        await storage.dispose();
      }
    }));
});
