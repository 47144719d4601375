import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Platform } from "../../../sdk/contract/http.ts";
import type { AnonOptions } from "../../../sdk/contract/options.ts";
import memory from "../../../storage-drivers/memory.ts";
import { setUp } from "../../support/sdk.ts";

const URL_OF_SHOP = "https://shop.example/";

type Warning = Error & { code?: string };

/** The codes of the warnings that `act` causes. */
async function warnings(act: () => Promise<unknown>): Promise<(string | undefined)[]> {
  return (await warningsOf(act)).map(({ code }) => code);
}

async function warningsOf(act: () => Promise<unknown>): Promise<Warning[]> {
  const all: Warning[] = [];
  const listen = (warning: Warning) => all.push(warning);
  process.on("warning", listen);
  try {
    await act();
    // warnings are emitted in a later tick
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    process.off("warning", listen);
  }
  return all.filter(({ code }) => code?.startsWith("ANON_"));
}

/** An application, and a request to it as from a framework that passes only a `Request`. */
function shopWith(options: Partial<AnonOptions>, platform?: Platform) {
  const { anon } = setUp(memory(), options);
  const signUp = () =>
    anon.run(
      new Request(URL_OF_SHOP),
      async ({ signInAnonymously }) => Response.json(await signInAnonymously()),
      platform,
    );
  return { anon, signUp };
}

describe("a request without an address", () => {
  it("is not limited by address, and causes one warning", async () => {
    const { signUp } = shopWith({});
    const statuses: number[] = [];
    const codes = await warnings(async () => {
      for (let count = 0; count < 35; count++) statuses.push((await signUp()).status);
    });
    assert.deepEqual([new Set(statuses), codes], [new Set([200]), ["ANON_NO_ADDRESS"]]);
  });

  it("causes a warning that suggests a header only where no client can set it", async () => {
    const [warning] = await warningsOf(shopWith({}).signUp);
    assert.match(warning?.message ?? "", /connect directly, pass `\{ remoteAddress \}`/);
    assert.match(warning?.message ?? "", /If every request comes through a proxy, set `trustedProxy`/);
  });

  it("causes a warning in the HTTP API and with wrong passwords too, once for each createAnon", async () => {
    for (const path of ["auth-anonymously", "auth-with-password"]) {
      const { anon } = shopWith({});
      const send = () =>
        anon.handler(
          new Request(`${URL_OF_SHOP}api/collections/users/${path}`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: path === "auth-anonymously" ? "{}" : '{"identity":"ada","password":"wrong wrong"}',
          }),
        );
      assert.deepEqual(await warnings(async () => [await send(), await send()]), ["ANON_NO_ADDRESS"], path);
    }
  });

  it("causes no warning if a platform knows the address, no limit is per address, or nothing is counted", async () => {
    const none = { signUpsPerAddress: false, passwordsPerAddress: false, codesPerAddress: false } as const;
    for (const { signUp } of [
      shopWith({}, { remoteAddress: "192.0.2.1" }),
      shopWith({ limits: false }),
      shopWith({ limits: { ...none, mailsPerAddress: false } }),
    ]) {
      assert.deepEqual(await warnings(signUp), []);
    }
    const { anon } = shopWith({});
    const readsSession = () => anon.run(new Request(URL_OF_SHOP), async ({ auth }) => Response.json(await auth()));
    assert.deepEqual(await warnings(readsSession), []);
    assert.deepEqual(await warnings(() => anon.signInAnonymously()), [], "a direct call has no address");
  });
});
