/** Where a library puts its own class in the place of `Promise` (zone.js): async functions go on to return the engine's promises. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import memory from "../../storage-drivers/memory.ts";
import { DAY, setUp } from "../support/sdk.ts";

const Native = globalThis.Promise;

async function withForeignPromise<T>(action: () => Promise<T>): Promise<T> {
  globalThis.Promise = class Foreign<Value> extends Native<Value> {} as PromiseConstructor;
  try {
    return await action();
  } finally {
    globalThis.Promise = Native;
  }
}

describe("another class in the place of Promise", () => {
  it("does not keep a renewed cookie from its response", async () => {
    const { anon, clock } = setUp(memory(), { sessionTtl: "30d" });
    const { token, record } = await anon.signInAnonymously();
    clock.now += 20 * DAY;
    const headers = { cookie: `__Host-anon=${token}` };
    const response = await withForeignPromise(() =>
      anon.run(
        new Request("https://shop.example/", { headers }),
        async ({ auth }) => new Response((await auth())?.record.id),
      ),
    );
    assert.equal(await response.text(), record.id);
    assert.match(response.headers.get("set-cookie") ?? "", /^__Host-anon=ey/);
  });

  it("does not keep requests that write the activity of one account at the same time from finding it", async () => {
    // without `read.now`: all have read before the first one writes
    const storage = memory();
    const { anon, clock } = setUp({ ...storage, read: (key) => storage.read(key) });
    const { token, record } = await anon.signInAnonymously();
    clock.now += 2 * DAY;
    const found = await withForeignPromise(() => Native.all([1, 2, 3].map(() => anon.authenticate(token))));
    for (const one of found) assert.equal(one?.record.id, record.id);
  });
});
