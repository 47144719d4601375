import assert from "node:assert/strict";
import { it } from "node:test";
import { continueInDevelopment, signUpFrom, testFramework } from "./support/flow.ts";

const FILES = {
  "src/routes/probe/[what]/+server.ts": `
    import { redirect } from "@sveltejs/kit";
    import { signInAnonymously } from "anon-accounts/context";

    export async function GET({ params, fetch, cookies }) {
      if (params.what === "proxied") return globalThis.fetch("data:text/plain,proxied");
      const { record } = await signInAnonymously();
      if (params.what === "redirect") redirect(303, "/");
      const inner = params.what === "nested" ? null : await (await fetch("/probe/nested")).text();
      return new Response(inner ?? record.id + " " + cookies.getAll().map(({ name }) => name));
    }
  `,
  "src/routes/guarded/+page.server.ts": `
    import { guard } from "anon-accounts/sveltekit";
    import type { Actions, PageServerLoad } from "./$types";
    import { anon } from "../../lib/server/anon";

    export const load = guard(anon)(({ url }) => ({ path: url.pathname })) satisfies PageServerLoad;
    export const actions = {
      default: guard(anon)(async ({ request }) => ({ sent: (await request.formData()).has("x") })),
    } satisfies Actions;
  `,
  "src/routes/guarded/+page.svelte": `
    <script lang="ts">let { data, form } = $props();</script>
    {data.path.toUpperCase()} {form?.sent === true}
  `,
  "src/hooks.typed.ts": `
    import { type Handle, type HandleServerError, sequence } from "@sveltejs/kit/hooks";
    import { anonymous, handleErrors } from "anon-accounts/sveltekit";
    import { anon } from "./lib/server/anon";

    export const handle: Handle = sequence(anonymous(anon), ({ event, resolve }) => resolve(event));
    export const handleError: HandleServerError = handleErrors(({ error, event }) => {
      console.error(error, event.url);
    });
  `,
  "src/routes/built/+page.server.ts": `
    import { auth } from "anon-accounts/context";

    export const prerender = true;
    export const load = async () => ({ username: (await auth())?.record.username ?? "signed out" });
  `,
  "src/routes/built/+page.svelte": `
    <script lang="ts">let { data } = $props();</script>
    {data.username}
  `,
  "src/routes/streamed/+page.server.ts": `
    import { signInAnonymously } from "anon-accounts/context";

    export const load = () => ({
      late: new Promise((resolve) => setTimeout(resolve, 200))
        .then(() => signInAnonymously())
        .then(({ record }) => record.id, ({ code }) => code),
    });
  `,
  "src/routes/streamed/+page.svelte": `
    <script lang="ts">let { data } = $props();</script>
    {#await data.late}waiting{:then code}late: {code}{/await}
  `,
};

testFramework("sveltekit", { types: "npx svelte-check --fail-on-warnings", files: FILES }, (app) => {
  const get = (path: string): Promise<Response> => fetch(`${app().url}${path}`, { redirect: "manual" });

  it("sets the cookie of a route that redirects", async () => {
    const response = await get("/probe/redirect");
    assert.deepEqual([response.status, response.headers.getSetCookie().length], [303, 1]);
  });

  it("gives a new cookie to the requests that the server makes of itself", async () => {
    const response = await get("/probe/outer");
    const [cookie = "", ...others] = response.headers.getSetCookie();
    assert.deepEqual(others, []);
    const { id } =
      app()
        .accounts()
        .verifyToken(cookie.slice("anon=".length, cookie.indexOf(";"))) ?? {};
    assert.equal(await response.text(), `${id} anon`);
  });

  it("runs in the development server without a secret", () =>
    continueInDevelopment(app(), "npx vite dev --host 127.0.0.1 --port 3000"));

  it("passes on a response whose headers cannot change", async () => {
    assert.equal(await (await get("/probe/proxied")).text(), "proxied");
  });

  it("refuses to sign in while the page is streamed", async () => {
    const response = await get("/streamed");
    const text = await response.text();
    assert.match(text, /cookies_read_only/);
    assert.deepEqual(response.headers.getSetCookie(), []);
  });

  it("refuses the load function and the action of a page", async () => {
    assert.equal((await get("/guarded")).status, 401);
    const headers = { origin: app().url, accept: "text/html" };
    const sent = await fetch(`${app().url}/guarded`, {
      method: "POST",
      headers,
      body: new URLSearchParams({ x: "1" }),
    });
    assert.equal(sent.status, 401);
  });

  it("has no visitor in a page that was built", async () => {
    assert.match(await (await get("/built")).text(), /signed out/);
  });

  it("takes the address from the header that ADDRESS_HEADER names, and of several the one that the proxy added", async () => {
    const behindProxy = await app().serve({ ADDRESS_HEADER: "X-Forwarded-For" });
    const from = (...addresses: string[]): Promise<number> =>
      signUpFrom("127.0.0.1", behindProxy, { "x-forwarded-for": addresses.join(", ") });
    try {
      for (let count = 0; count < 30; count++) assert.equal(await from(`203.0.113.${count}`, "198.51.100.1"), 200);
      assert.equal(await from("203.0.113.99", "198.51.100.1"), 429);
      assert.equal(await from("198.51.100.2"), 200);
      const direct = new Set<number>();
      for (let count = 0; count < 31; count++) direct.add(await signUpFrom("127.0.0.1", behindProxy));
      assert.deepEqual([...direct], [200, 429]);
    } finally {
      await behindProxy.stop();
    }
  });

  it("responds with JSON to a form that is sent by a script", async () => {
    const response = await fetch(`${app().url}/account?/convert`, {
      method: "POST",
      headers: { accept: "application/json", "x-sveltekit-action": "true", origin: app().url },
      body: new URLSearchParams({ email: "ada@example.com", password: "correct horse" }),
    });
    const { type, error } = (await response.json()) as { type: string; error: { status: number; code: string } };
    assert.deepEqual([type, response.status, error.status, error.code], ["error", 401, 401, "invalid_token"]);
  });
});
