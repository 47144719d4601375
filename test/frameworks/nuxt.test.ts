import assert from "node:assert/strict";
import { it } from "node:test";
import { testFramework } from "./support/flow.ts";

const FILES = {
  "app/pages/begin.vue": `
    <script setup lang="ts">
    const { data } = await useFetch("/guest", { method: "POST" });
    </script>
    <template><p>{{ data?.username }}</p></template>
  `,
  "server/routes/copied.get.ts": `
    export default defineCachedEventHandler(
      async (event): Promise<unknown> => event.$fetch<unknown>("/guest"),
      { maxAge: 60 },
    );
  `,
  "server/routes/kept.get.ts": `
    import { auth, can, signInAnonymously } from "anon-accounts/context";

    const attempt = (call: Promise<unknown>): Promise<string> => call.then(() => "called", (error) => error.code);

    export default defineCachedEventHandler(
      async () => [
        await attempt(auth()),
        await attempt(anon.auth()),
        await attempt(can("cart:write")),
        await attempt(signInAnonymously()),
      ],
      { maxAge: 60 },
    );
  `,
  "server/routes/failing.get.ts": `
    import { auth } from "anon-accounts/context";

    export default defineCachedEventHandler(async () => (await auth())?.record.username, { maxAge: 60 });
  `,
  "server/middleware/first.ts": `
    import { auth } from "anon-accounts/context";

    export default defineEventHandler(async (event) => {
      if (event.path.startsWith("/kept")) await auth();
    });
  `,
};

testFramework("nuxt", { types: "npx nuxt typecheck", files: FILES }, (app) => {
  it("gives the page the cookie of a route that it calls while it is rendered", async () => {
    const first = await fetch(`${app().url}/begin`);
    const [cookie = "", ...others] = first.headers.getSetCookie();
    assert.deepEqual(others, []);
    const pair = cookie.slice(0, cookie.indexOf(";"));
    const { id } = app().accounts().verifyToken(pair.slice("anon=".length)) ?? {};
    assert.match(await first.text(), new RegExp(`anon_${id}`));
    assert.match(first.headers.get("cache-control") ?? "", /private/);
    // the same guest, and no other cookie
    const second = await fetch(`${app().url}/begin`, { headers: { cookie: pair } });
    assert.deepEqual(second.headers.getSetCookie(), []);
    assert.match(await second.text(), new RegExp(`anon_${id}`));
  });

  it("refuses all calls of the visitor where Nitro caches the response, and sets no cookie", async () => {
    const begun = await fetch(`${app().url}/guest`, { method: "POST" });
    const cookie = begun.headers.getSetCookie().map((one) => one.split(";")[0] ?? "")[0] ?? "";
    for (const [index, headers] of [new Headers({ cookie }), new Headers()].entries()) {
      // another response than the one of the visitor before
      const response = await fetch(`${app().url}/kept?${index}`, { headers });
      const codes = (await response.json()) as string[];
      assert.deepEqual([codes.length, ...new Set(codes)], [4, "outside_request"]);
      assert.deepEqual(response.headers.getSetCookie(), []);
    }
    const failing = await fetch(`${app().url}/failing`, { headers: { cookie } });
    assert.equal(failing.status, 500);
    assert.doesNotMatch(await failing.text(), /anon_/);
    assert.match(app().output(), /Cannot call auth\(\) here: Nitro caches this response/);
  });

  it("calls no route as the visitor of a cached response, which other visitors get", async () => {
    const begun = await fetch(`${app().url}/guest`, { method: "POST" });
    const cookie = begun.headers
      .getSetCookie()
      .map((one) => one.split(";")[0] ?? "")
      .join("; ");
    assert.match(await begun.text(), /anon_/);
    const responses = await Promise.all([
      fetch(`${app().url}/copied`, { headers: { cookie } }),
      fetch(`${app().url}/copied`),
    ]);
    for (const response of responses) {
      assert.equal(response.status, 200);
      assert.doesNotMatch(await response.text(), /anon_/);
    }
  });
});
