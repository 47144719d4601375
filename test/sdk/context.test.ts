import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as ambient from "../../sdk/context.ts";
import memory from "../../storage-drivers/memory.ts";
import { Browser } from "../support/browser.ts";
import { PASSWORD, refused, setUp } from "../support/sdk.ts";

// called before any request, because Deno's test runner starts each test in the async context of the previous one
const outside = [ambient.signInAnonymously(), ambient.auth(), (async () => ambient.request())()];
for (const call of outside) call.catch(() => undefined);

const URL_ = "https://shop.example/";
const REGISTERED = { email: "ada@example.com", password: PASSWORD };

describe("anon-accounts/context", () => {
  it("use the request in which they are called, at any depth and beside concurrent requests", async () => {
    const { anon } = setUp(memory());
    const signInAt = (name: string) =>
      anon.run(new Request(`${URL_}${name}`), async () => {
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
        const { record } = await ambient.signInAnonymously({ data: { name } });
        assert.equal((await ambient.auth())?.record.id, record.id);
        assert.equal(new URL(ambient.request().url).pathname, `/${name}`);
        return new Response(record.id);
      });
    const responses = await Promise.all(Array.from({ length: 25 }, (_, i) => signInAt(`visitor${i}`)));
    const names = new Set<unknown>();
    for (const [i, response] of responses.entries()) {
      const id = await response.text();
      const record = await anon.admin.get(id);
      assert.equal(record?.name, `visitor${i}`);
      names.add(id);
    }
    assert.equal(names.size, 25);
  });

  it("see the session of a call of anon.signInWithToken, which sets the browser's cookie", async () => {
    const { anon } = setUp(memory());
    const { anon: another } = setUp(memory());
    const { token, record } = await anon.signInAnonymously();
    const browser = new Browser(anon);
    let late: Promise<unknown> = Promise.resolve();
    await browser.visit(async () => {
      const elsewhere = await another.signInAnonymously();
      await another.signInWithToken(elsewhere.token);
      assert.equal(await ambient.auth(), null, "the session of another anon does not affect this request");
      await anon.signInWithToken(token);
      assert.equal((await ambient.auth())?.record.id, record.id);
      late = new Promise((resume) => setTimeout(resume, 20)).then(() => anon.signInWithToken(token));
    });
    assert.equal(browser.cookies.get("__Host-anon"), token);
    await late;
    await refused(anon.signInWithToken("none"), "invalid_token");
  });

  it("support all calls of the context", async () => {
    const { anon } = setUp(memory());
    const browser = new Browser(anon);
    await browser.visit(async () => {
      const guest = await ambient.signInAnonymously();
      const { record } = await ambient.convert(REGISTERED);
      assert.equal(record.id, guest.record.id);
      await ambient.signOut({ everywhere: true });
      assert.equal(await ambient.auth(), null);
      const { token } = await ambient.signInWithPassword(REGISTERED.email, PASSWORD);
      assert.equal((await ambient.signInWithToken(token)).record.id, record.id);
    });
    assert.equal(browser.cookies.size, 1);
  });

  it("throw outside_request outside of a request", async () => {
    for (const call of outside) await refused(call, "outside_request");
  });
});
