import assert from "node:assert/strict";
import { it } from "node:test";
import { continueInDevelopment, testFramework } from "./support/flow.ts";

const FILES = {
  // a component that is rendered after the head of the response was sent
  "src/components/Who.astro": `---
    import { auth, signInAnonymously } from "anon-accounts/context";

    await new Promise((resolve) => setTimeout(resolve, 50));
    const username = (await auth())?.record.username ?? "signed out";
    const late = Astro.url.searchParams.has("late") ? signInAnonymously() : undefined;
    const code = await late?.then(() => "signed in", (error) => error.code);
---
    <p>{username} {code}</p>`,
  "src/typed.ts": `
    import { defineMiddleware, sequence } from "astro:middleware";
    import type { APIRoute, MiddlewareHandler } from "astro";
    import { anonymous, guard } from "anon-accounts/astro";
    import { anon } from "./anon";

    const own = defineMiddleware((_context, next) => next());
    export const onRequest: MiddlewareHandler = sequence(anonymous(anon), own);
    export const GET: APIRoute = guard(anon)(({ url }) => Response.json(url.pathname));
  `,
  "src/pages/probe/streamed.astro": `---
    import Who from "../../components/Who.astro";
---
    <Who />{[1, 2].map(() => <Who />)}`,
  "src/pages/probe/built.astro": `---
    import Who from "../../components/Who.astro";

    export const prerender = true;
---
    <Who /><aside><Who server:defer /></aside>`,
  "src/pages/probe/failing.ts": `
    import { signInWithPassword } from "anon-accounts/context";

    export const GET = ({ url }: { url: URL }) => {
      if (url.searchParams.has("other")) throw new Error("from the application");
      return signInWithPassword("ada@example.com", "wrong password");
    };
  `,
  "src/pages/probe/proxied.ts": `export const GET = () => fetch("data:text/plain,proxied");`,
  "src/pages/probe/guest.ts": `
    import { signInAnonymously } from "anon-accounts/context";

    export const POST = async ({ redirect }: { redirect(path: string): Response }) => {
      await signInAnonymously();
      return redirect("/");
    };
  `,
};

testFramework("astro", { types: "npx astro check", files: FILES }, (app) => {
  const get = async (path: string, headers: Record<string, string> = {}): Promise<[number, string, Headers]> => {
    const response = await fetch(`${app().url}${path}`, { headers, redirect: "manual" });
    return [response.status, await response.text(), response.headers];
  };

  async function signUp(): Promise<{ id: string; cookie: string }> {
    const headers = { origin: app().url };
    const response = await fetch(`${app().url}/probe/guest`, { method: "POST", headers, redirect: "manual" });
    assert.equal(response.status, 302);
    const [cookie = "", ...others] = response.headers.getSetCookie().map((one) => one.split(";")[0]);
    assert.deepEqual(others, []);
    return { cookie, id: app().accounts().verifyToken(cookie.slice("anon=".length))?.id ?? "" };
  }

  it("knows the visitor in components that are streamed, and refuses to sign in there", async () => {
    const { id, cookie } = await signUp();
    const [, text] = await get("/probe/streamed", { cookie });
    assert.equal(text.split(`<p>anon_${id} </p>`).length, 4, text);
    const [, late, headers] = await get("/probe/streamed?late");
    assert.match(late, /signed out cookies_read_only/);
    assert.deepEqual(headers.getSetCookie(), []);
  });

  it("has no visitor in a page that was built, and the right one in its server island", async () => {
    const { id, cookie } = await signUp();
    const [, text] = await get("/probe/built/", { cookie });
    assert.match(text, /signed out/);
    const island = /\/_server-islands\/Who\?[^"'\s]+/.exec(text)?.[0] ?? "";
    const [status, shown] = await get(island.replaceAll("&amp;", "&"), { cookie });
    assert.equal(status, 200, island);
    assert.ok(shown.includes(`anon_${id}`), shown);
  });

  it("responds with the status of an error, as text to a page and otherwise as JSON", async () => {
    const [status, json] = await get("/probe/failing");
    assert.deepEqual([status, JSON.parse(json).code], [400, "invalid_credentials"]);
    assert.deepEqual((await get("/probe/failing", { accept: "text/html" })).slice(0, 2), [
      400,
      "Failed to authenticate.",
    ]);
    assert.equal((await get("/probe/failing?other"))[0], 500);
  });

  it("gives actions the status of an error", async () => {
    const body = new FormData();
    body.set("email", "ada@example.com");
    body.set("password", "correct horse");
    const response = await fetch(`${app().url}/_actions/convert`, {
      method: "POST",
      headers: { origin: app().url },
      body,
    });
    assert.deepEqual([response.status, ((await response.json()) as { code: string }).code], [401, "UNAUTHORIZED"]);
  });

  it("runs in the development server without a secret", () =>
    continueInDevelopment(app(), "npx astro dev --host 127.0.0.1 --port 3000"));

  it("passes on a response whose headers cannot change", async () => {
    assert.deepEqual((await get("/probe/proxied")).slice(0, 2), [200, "proxied"]);
  });
});
