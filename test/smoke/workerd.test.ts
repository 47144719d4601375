import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Miniflare } from "miniflare";
import { bundleWorker } from "./worker-bundle.ts";

describe("workerd", () => {
  let worker: Miniflare;
  let bundle: string;
  before(async () => {
    bundle = await bundleWorker("test/smoke/worker.ts");
    // explicit modules: miniflare's own search would look for the native Argon2, which Workers cannot load
    const modules = [{ type: "ESModule" as const, path: "worker.mjs", contents: bundle }];
    worker = new Miniflare({ modules, compatibilityDate: "2026-04-01", host: "127.0.0.1" });
    await worker.ready;
  });
  after(() => worker?.dispose());

  it("signs in, authenticates, converts with Argon2id and runs gc", async () => {
    const response = await worker.dispatchFetch("http://localhost/");
    const text = await response.text();
    assert.equal(response.status, 200, text);
    const { record, visitor, converted, again, refused, report, ended } = JSON.parse(text);
    assert.equal(visitor.record.id, record.id);
    assert.equal(record.anonymous, true);
    assert.equal(converted.record.id, record.id);
    assert.equal(converted.record.anonymous, false);
    assert.equal(again.record.email, "ada@example.com");
    assert.equal(refused, "invalid_credentials");
    assert.equal(report.deleted, 0);
    assert.equal(ended, null);
  });

  it("hashes passwords in concurrent requests, and after an aborted request", { timeout: 60_000 }, async () => {
    const hash = async (init = {}) => (await worker.dispatchFetch("http://localhost/password", init)).json();
    assert.deepEqual(await Promise.all([hash(), hash(), hash()]), [true, true, true]);
    // over the network, as when a browser is closed
    const controller = new AbortController();
    const aborted = fetch(new URL("/password", await worker.ready), { signal: controller.signal }).catch(() => null);
    await new Promise((resolve) => setTimeout(resolve, 100));
    controller.abort();
    await aborted;
    assert.equal(await hash(), true);
  });

  it("signs in people who were imported with the hash of another system", { timeout: 60_000 }, async () => {
    for (const [id, password, passwordHash] of [
      ["Bcrypt", "U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"],
      [
        "Firebase",
        "mytestpassword",
        "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=ou9tdYTGyYm8kuR6Dt0Bp0kDuAYoXrK16mbZO4yGwAn3oLspjnN0/c41v8xZnO1n14J3MjKj1b2g6AUCAlFwMw==$C0sHCg9ek77hsg==$zKVTMvnWVw5BBOZNUdnsalx4c4c7y/w7IS5p6Ut2+CfEFFlz37J9huyQfov4iizN8dbjvEJlM5tQaJP84+hfTw==",
      ],
      [
        "Better-Auth",
        "pässwörd ﬁ",
        "0123456789abcdef0123456789abcdef:84ae14feb3a1fd613fc0dabc073e62c497eeae37c7227171e564b719640cd4f22948a17206feb8ce5970b22330653636d51d03eec523bc5fbe2ddc7ee27660a1",
      ],
    ]) {
      const body = JSON.stringify({ id, password, passwordHash });
      const response = await worker.dispatchFetch("http://localhost/imported", { method: "POST", body });
      const text = await response.text();
      assert.equal(response.status, 200, text);
      assert.deepEqual(JSON.parse(text), ["invalid_credentials", id, id]);
    }
  });

  it("refuses a schedule outside a request", async () => {
    const response = await worker.dispatchFetch("http://localhost/schedule");
    assert.match(await response.text(), /global scope/);
  });

  it("limits the accounts of an address across requests", async () => {
    const visit = async (address: string): Promise<number> => {
      const headers = { "cf-connecting-ip": address };
      return (await worker.dispatchFetch("http://localhost/limits", { headers })).status;
    };
    const statuses = await Promise.all(Array.from({ length: 30 }, () => visit("192.0.2.1")));
    assert.deepEqual(new Set(statuses), new Set([200]));
    assert.deepEqual([await visit("192.0.2.1"), await visit("192.0.2.2")], [429, 200]);
  });

  it("bundles no package of the CLI or of another driver", () => {
    assert.doesNotMatch(bundle, /\b(ioredis|citty|consola)\b/);
  });
});
