/** Signing in as a guest, with failures that a browser cannot cause. Uses the built package, as the examples do. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Anon, AnonError, createAnon } from "anon-accounts";
import memory from "anon-accounts/drivers/memory";
import { signInAndMerge } from "../../examples/shared/sign-in.ts";

const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery";

interface Setup {
  anon: Anon;
  guest: string;
  account: string;
  /** A token of the account. */
  owner: string;
  moved: string[];
}

describe("signInAndMerge of the examples", () => {
  /** An account and a guest; the hook `merge` fails `fail` times. */
  async function setUp(fail = 0): Promise<Setup> {
    const moved: string[] = [];
    let left = fail;
    const anon = createAnon({
      storage: memory(),
      secret: "a secret of at least 32 characters!",
      hooks: {
        merge: ({ mergeId }) => {
          if (left-- > 0) throw new AnonError("storage_unavailable", "the shop's database is unavailable");
          moved.push(mergeId);
          return undefined;
        },
      },
    });
    const { token, record } = await anon.signInAnonymously();
    const { token: owner } = await anon.convert(token, { email: EMAIL, password: PASSWORD });
    return { anon, guest: (await anon.signInAnonymously()).token, account: record.id, owner, moved };
  }

  /** Sends the form with a cookie; returns the result, and the id of the cookie's account afterwards. */
  async function send(anon: Anon, cookie: string, password = PASSWORD): Promise<{ result: unknown; id?: string }> {
    let result: unknown;
    const request = new Request("https://shop.example/", {
      method: "POST",
      headers: { cookie: `__Host-anon=${cookie}` },
    });
    const response = await anon.run(request, async () => {
      result = await signInAndMerge(EMAIL, password).then(
        ({ merged }) => merged,
        ({ code }) => code,
      );
      return new Response();
    });
    const set = /__Host-anon=([^;]+)/.exec(response.headers.get("set-cookie") ?? "")?.[1];
    return { result, id: anon.verifyToken(set ?? cookie)?.id };
  }

  it("merges the guest, and sets the account's cookie", async () => {
    const { anon, guest, account, moved } = await setUp();
    const id = anon.verifyToken(guest)?.id;
    assert.deepEqual(await send(anon, guest, "not that password"), { result: "invalid_credentials", id });
    assert.deepEqual(await send(anon, guest), { result: true, id: account });
    assert.equal(moved.length, 1);
  });

  it("keeps the guest signed in if the merge fails, and resumes the merge at the next try", async () => {
    const { anon, guest, account, moved } = await setUp(1);
    const id = anon.verifyToken(guest)?.id;
    assert.deepEqual(await send(anon, guest), { result: "storage_unavailable", id });
    assert.equal((await anon.authenticate(guest))?.record.anonymous, true);
    assert.deepEqual(await send(anon, guest), { result: true, id: account });
    assert.equal(moved.length, 1);
  });

  it("signs in without a merge if the guest was merged, registered or deleted in another tab", async () => {
    for (const change of ["merged", "registered", "deleted"]) {
      const { anon, guest, account, owner } = await setUp();
      const { id = "" } = anon.verifyToken(guest) ?? {};
      // the first tab finishes while the second tab's form is being handled
      anon.hooks.hook("beforeSignIn", async () => {
        if (change === "merged") await anon.merge({ anonymous: guest, account: owner });
        else if (change === "registered") await anon.convert(guest, { email: "bob@example.com", password: PASSWORD });
        else await anon.admin.delete({ id });
        return undefined;
      });
      assert.deepEqual(await send(anon, guest), { result: false, id: account }, change);
    }
  });
});
