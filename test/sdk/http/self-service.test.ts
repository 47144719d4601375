import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { deleteAccount, endSession, exportAccount, listSessions, signInAnonymously } from "../../../sdk/context.ts";
import memory from "../../../storage-drivers/memory.ts";
import { refusal, startApi } from "../../support/api.ts";
import { PASSWORD, setUp } from "../../support/sdk.ts";

describe("self-service over HTTP", () => {
  it("lists and ends the caller's sessions, and exports and deletes the caller's account", async () => {
    const { anon, send } = startApi();
    const { email, password } = await anon.admin.createUser({ data: { cart: ["tea"] } });
    const laptop = await anon.signInWithPassword(email, password);
    const phone = await anon.signInWithPassword(email, password);
    const stranger = await anon.signInAnonymously();
    const list = await send("GET", "users/sessions", { token: laptop.token });
    assert.equal(list.status, 200);
    assert.deepEqual(Object.keys(list.body.sessions[0]).sort(), ["created", "current", "expires", "id"]);
    assert.match(list.body.sessions[0].created, /^\d{4}-\d\d-\d\d \d\d:/);
    const other = list.body.sessions.find(({ current }: { current: boolean }) => !current).id;
    refusal(await send("DELETE", `users/sessions/${other}`, { token: stranger.token }), 404);
    assert(await anon.authenticate(phone.token));
    assert.equal((await send("DELETE", `users/sessions/${other}`, { token: laptop.token })).status, 204);
    assert.equal(await anon.authenticate(phone.token), null);
    refusal(await send("DELETE", `users/sessions/${other}`, { token: laptop.token }), 404);

    const exported = await send("GET", "users/export", { token: laptop.token });
    assert.equal(exported.status, 200);
    assert.deepEqual(exported.body.record.cart, ["tea"]);
    assert.equal(exported.body.sessions.length, 1);
    const own = laptop.record.id;
    refusal(await send("DELETE", `users/records/${own}`, { token: stranger.token }), 404);
    assert.equal((await send("DELETE", `users/records/${own}`, { token: laptop.token })).status, 204);
    refusal(await send("GET", "users/export", { token: laptop.token }), 401);
    assert(await anon.admin.get(stranger.record.id));
  });
});

describe("self-service in a request handler", () => {
  const pageRequest = (cookie?: string) =>
    new Request("https://shop.example/me", { headers: cookie === undefined ? {} : { cookie } });
  const cookieOf = (response: Response): string => response.headers.getSetCookie()[0]?.split(";")[0] ?? "";

  it("acts on the current session, and removes the cookie with the account or the session", async () => {
    const { anon } = setUp(memory());
    const begun = await anon.run(pageRequest(), async () => {
      await signInAnonymously();
      assert.equal((await exportAccount()).sessions.length, 1);
      return new Response();
    });
    const cookie = cookieOf(begun);
    const ended = await anon.run(pageRequest(cookie), async () => {
      const [session] = await listSessions();
      assert.equal(await endSession(session!.id), true);
      return new Response();
    });
    assert.match(ended.headers.getSetCookie()[0] ?? "", /^__Host-anon=;.*Max-Age=0/);

    const again = cookieOf(
      await anon.run(pageRequest(), async () => {
        await signInAnonymously();
        return new Response();
      }),
    );
    const deleted = await anon.run(pageRequest(again), async () => {
      await deleteAccount();
      return new Response();
    });
    assert.match(deleted.headers.getSetCookie()[0] ?? "", /^__Host-anon=;.*Max-Age=0/);
    assert.equal(await anon.authenticate(pageRequest(again)), null);
  });

  it("ends another session without changing the cookie, and throws without a session", async () => {
    const { anon } = setUp(memory());
    const { email, password } = await anon.admin.createUser();
    const here = await anon.signInWithPassword(email, password);
    const there = await anon.signInWithPassword(email, password);
    const context = await anon.context(pageRequest(`__Host-anon=${here.token}`));
    assert.equal(await context.endSession(anon.verifyToken(there.token)!.sid), true);
    assert.deepEqual(context.respond(new Response()).headers.getSetCookie(), []);
    const signedOut = await anon.context(pageRequest());
    for (const call of [
      signedOut.listSessions,
      signedOut.exportAccount,
      signedOut.deleteAccount,
      () => signedOut.endSession("x"),
    ]) {
      await assert.rejects(call(), { code: "invalid_token" });
    }
  });

  it("deletes a registered account without asking for its password", async () => {
    const { anon } = setUp(memory());
    const guest = await anon.signInAnonymously();
    const { token } = await anon.convert(guest.token, { email: "ada@example.com", password: PASSWORD });
    const context = await anon.context(pageRequest(`__Host-anon=${token}`));
    await context.deleteAccount();
    assert.equal(await anon.admin.findByEmail("ada@example.com"), null);
  });
});
