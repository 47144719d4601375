/** Tokens for other services between two Workers in workerd. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { Miniflare } from "miniflare";
import { serviceKey } from "../support/service-keys.ts";
import { bundleWorker } from "./worker-bundle.ts";

const ISSUER = "https://shop.example";
const LONG = { timeout: 60_000 };

for (const alg of ["ES256", "EdDSA"] as const) {
  describe(`a service token of ${alg} in workerd`, () => {
    let workers: Miniflare;
    before(async () => {
      const worker = async (name: string) => ({
        name,
        modules: [
          {
            type: "ESModule" as const,
            path: "worker.mjs",
            contents: await bundleWorker(`test/smoke/${name}-worker.ts`),
          },
        ],
        compatibilityDate: "2026-04-01",
      });
      const bindings = { SERVICE_KEYS: JSON.stringify({ keys: [serviceKey("one", alg)] }) };
      workers = new Miniflare({
        host: "127.0.0.1",
        workers: [
          { ...(await worker("issuer")), bindings, routes: ["shop.example/*"] },
          // every fetch of the service goes to the issuer
          { ...(await worker("verifier")), outboundService: "issuer", routes: ["orders.example/*"] },
        ],
      });
      await workers.ready;
    });
    after(() => workers?.dispose());

    const issue = async () => {
      const response = await workers.dispatchFetch(ISSUER);
      return (await response.json()) as { id: string; guest: string; registered: string };
    };
    const verify = async (token: string) => {
      const response = await workers.dispatchFetch("https://orders.example", { headers: { authorization: token } });
      return (await response.json()) as { sub: string } | null;
    };

    it("is verified by another Worker with the keys at the issuer's URL, which refuses a guest's", LONG, async () => {
      // requests at once, of which none has imported the key
      const issued = await Promise.all(Array.from({ length: 4 }, issue));
      const verified = await Promise.all(issued.map(({ registered }) => verify(registered)));
      assert.deepEqual(
        verified.map((claims) => claims?.sub),
        issued.map(({ id }) => id),
      );
      for (const { guest, registered } of issued) {
        assert.equal(await verify(guest), null);
        assert.equal(await verify(`${registered.slice(0, -4)}AAAA`), null);
      }
    });

    it("is verified outside by jose with these keys", LONG, async () => {
      const { id, registered } = await issue();
      const response = await workers.dispatchFetch(`${ISSUER}/.well-known/jwks.json`);
      assert.equal(response.headers.get("cache-control"), "public, max-age=300");
      const keys = createLocalJWKSet((await response.json()) as JSONWebKeySet);
      const { payload } = await jwtVerify(registered, keys, { issuer: ISSUER, audience: "orders", algorithms: [alg] });
      assert.deepEqual([payload.sub, payload.anonymous], [id, false]);
    });
  });
}
