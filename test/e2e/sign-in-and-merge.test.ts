/** What the examples do when a guest signs in, where a browser cannot make it fail. It takes the built package, as they do. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Anon, AnonError, createAnon } from "anon-accounts";
import memory from "anon-accounts/drivers/memory";
import { signInAndMerge } from "../../examples/shared/sign-in.ts";

const EMAIL = "ada@example.com";
const PASSWORD = "correct horse battery";

interface World {
  anon: Anon;
  guest: string;
  account: string;
  /** A token of the account. */
  owner: string;
  moved: string[];
}

describe("signing in as a guest, in the examples", () => {
  /** An account that is there, and a guest; `merge` fails as often as `fail` says. */
  async function world(fail = 0): Promise<World> {
    const moved: string[] = [];
    let left = fail;
    const anon = createAnon({
      storage: memory(),
      secret: "a secret of at least 32 characters!",
      hooks: {
        merge: ({ mergeId }) => {
          if (left-- > 0) throw new AnonError("storage_unavailable", "the shop's database is away");
          moved.push(mergeId);
          return undefined;
        },
      },
    });
    const { token, record } = await anon.signInAnonymously();
    const { token: owner } = await anon.convert(token, { email: EMAIL, password: PASSWORD });
    return { anon, guest: (await anon.signInAnonymously()).token, account: record.id, owner, moved };
  }

  /** Sends the form with a cookie; the answer is what came of it, and whose the cookie is then. */
  async function send(anon: Anon, cookie: string, password = PASSWORD): Promise<{ came: unknown; id?: string }> {
    let came: unknown;
    const request = new Request("https://shop.example/", {
      method: "POST",
      headers: { cookie: `__Host-anon=${cookie}` },
    });
    const response = await anon.run(request, async () => {
      came = await signInAndMerge(EMAIL, password).then(
        ({ merged }) => merged,
        ({ code }) => code,
      );
      return new Response();
    });
    const set = /__Host-anon=([^;]+)/.exec(response.headers.get("set-cookie") ?? "")?.[1];
    return { came, id: anon.verifyToken(set ?? cookie)?.id };
  }

  it("merges, and the cookie is the account's", async () => {
    const { anon, guest, account, moved } = await world();
    const id = anon.verifyToken(guest)?.id;
    assert.deepEqual(await send(anon, guest, "not that password"), { came: "invalid_credentials", id });
    assert.deepEqual(await send(anon, guest), { came: true, id: account });
    assert.equal(moved.length, 1);
  });

  it("leaves the guest who they were when the merge fails, and goes on with it the next time", async () => {
    const { anon, guest, account, moved } = await world(1);
    const id = anon.verifyToken(guest)?.id;
    assert.deepEqual(await send(anon, guest), { came: "storage_unavailable", id });
    assert.equal((await anon.authenticate(guest))?.record.anonymous, true);
    assert.deepEqual(await send(anon, guest), { came: true, id: account });
    assert.equal(moved.length, 1);
  });

  it("signs in whose guest is none any more: merged, registered or deleted in another tab", async () => {
    for (const happens of ["merged", "registered", "deleted"]) {
      const { anon, guest, account, owner } = await world();
      const { id = "" } = anon.verifyToken(guest) ?? {};
      // the form of the second tab is under way when the first one's is done
      anon.hooks.hook("beforeSignIn", async () => {
        if (happens === "merged") await anon.merge({ anonymous: guest, account: owner });
        else if (happens === "registered") await anon.convert(guest, { email: "bob@example.com", password: PASSWORD });
        else await anon.admin.delete({ id });
        return undefined;
      });
      assert.deepEqual(await send(anon, guest), { came: false, id: account }, happens);
    }
  });
});
