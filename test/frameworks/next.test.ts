import assert from "node:assert/strict";
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import type { Anon } from "../../sdk/contract/anon.ts";
import { launch, newVisitor } from "../e2e/support/browser.ts";
import { button } from "../e2e/support/pages.ts";
import { continueInDevelopment, continueWithoutScripts, signUpFrom, testFramework } from "./support/flow.ts";

const DAY_MS = 86_400_000;

/** Places of Next.js where the session is read or changed. */
const files = {
  "app/probe/accounts.ts": `
import { createAnon } from "anon-accounts";
import memory from "anon-accounts/drivers/memory";
import { anonymous } from "anon-accounts/next";

const shared = globalThis as { counts?: { created: number; read: number }; later?: string[] };
export const counts = (shared.counts ??= { created: 0, read: 0 });
export const later = (shared.later ??= []);
export const { auth, route, signInAnonymously, signOut } = anonymous(() => {
  counts.created++;
  const storage = memory();
  const read = (key: string) => {
    counts.read++;
    return storage.read(key);
  };
  return createAnon({ storage: { ...storage, read }, secret: process.env.ANON_SECRET, cookie: { name: "probe" } });
}, "probe");
export const codeOf = (error: unknown) => (error as { code: string }).code;
`,
  "app/probe/page.tsx": `
import { auth, codeOf, counts, signInAnonymously, signOut } from "./accounts";

export async function generateMetadata() {
  return { title: (await auth())?.record.id ?? "none" };
}

async function Name() {
  return <i>{(await auth())?.record.id ?? "none"}</i>;
}

export default async function Page() {
  const before = counts.read;
  const id = (await auth())?.record.id ?? "none";
  const codes = [
    await signInAnonymously({ fresh: true }).catch(codeOf),
    await signOut().catch(codeOf),
    (await auth())?.record.id ?? "none",
  ];
  return <p>{JSON.stringify({ id, codes, before })}<Name /></p>;
}
`,
  "app/probe/session/route.ts": `
import { after } from "next/server";
import { auth, codeOf, counts, later, route, signInAnonymously, signOut } from "../accounts";

export const POST = route(async () => {
  after(async () => {
    later.push(String(await signOut().catch(codeOf)), String((await auth())?.record.id));
  });
  const headers = { "cache-control": "public, s-maxage=60" };
  return Response.json((await signInAnonymously()).record.id, { headers });
});
export const GET = () => Response.json({ ...counts, later });
`,
};

testFramework(
  "next",
  {
    types: "npx tsc --noEmit",
    files,
    // the response of an action has no status of its own
    async limited(page) {
      const responded = page.waitForResponse(/\/cart$/);
      await page.evaluate(() => fetch("/cart", { method: "POST" }));
      const headers = { "x-forwarded-for": "192.0.2.7", "x-real-ip": "192.0.2.7" };
      assert.equal((await page.request.post("/cart", { headers })).status(), 429);
      return responded;
    },
  },
  (app) => {
    it("renews the cookie in the proxy, and not by a page", async () => {
      const past = app().accounts(() => Date.now() - 20 * DAY_MS);
      const { token, record } = await past.signInAnonymously();
      for (const path of ["/", "/account"]) {
        const response = await fetch(app().url + path, { headers: { cookie: `anon=${token}` } });
        const [cookie = "", ...others] = response.headers.getSetCookie();
        assert.deepEqual(others, [], path);
        const [, renewed = ""] = /^anon=([^;]+); .*HttpOnly/i.exec(cookie) ?? [];
        assert.equal(claimsOf(app().accounts(), renewed)?.id, record.id);
        assert.match(response.headers.get("cache-control") ?? "", /no-store/, path);
        assert.equal((await response.text()).includes(record.username), path === "/");
      }
      // a prefetch is not for the visitor
      const prefetch = { cookie: `anon=${token}`, "next-router-prefetch": "1" };
      assert.deepEqual((await fetch(app().url, { headers: prefetch })).headers.getSetCookie(), []);
    });

    it("reads the account once for a page, and refuses to sign in or out there", async () => {
      const session = `${app().url}/probe/session`;
      const signedIn = await fetch(session, { method: "POST" });
      const id = await signedIn.json();
      // a cache must not keep the cookie
      assert.doesNotMatch(signedIn.headers.get("cache-control") ?? "", /public|s-maxage/);
      assert.match(signedIn.headers.get("vary") ?? "", /cookie/i);
      const cookie = signedIn.headers
        .getSetCookie()
        .map((one) => one.split(";")[0])
        .join("; ");
      const before = (await (await fetch(session)).json()) as { created: number; read: number };
      const html = await (await fetch(`${app().url}/probe`, { headers: { cookie } })).text();
      const after = (await (await fetch(session)).json()) as { created: number; read: number; later: string[] };
      assert.match(html, new RegExp(`<title>${id}</title>`));
      assert.match(html, new RegExp(`<i>${id}</i>`));
      assert.ok(
        html.includes(
          `&quot;codes&quot;:[&quot;cookies_read_only&quot;,&quot;cookies_read_only&quot;,&quot;${id}&quot;]`,
        ),
        html,
      );
      assert.equal(after.read - before.read, 1);
      // pages, route handlers and the proxy are three copies of the module
      assert.equal(after.created, 1);
      assert.deepEqual(after.later, ["cookies_read_only", id]);
      assert.equal((await fetch(`${app().url}/probe`)).headers.getSetCookie().length, 0);
    });

    it("runs in the development server without a secret, and in a page without scripts", () =>
      continueInDevelopment(app(), "npx next dev --hostname 127.0.0.1 --port 3000"));

    it("shows why a form was refused", async () => {
      const browser = await launch();
      const visitor = await newVisitor(browser, app().url);
      const page = await visitor.newPage();
      await page.goto("/");
      await button(page, "Continue as guest").click();
      await page.getByText("You are anon_").waitFor();
      await page.goto("/account");
      await page.locator("input[name=email]").fill("ada@example.com");
      await page.locator("input[name=password]").fill("short");
      await button(page, "Create account").click();
      await page
        .getByRole("alert")
        .getByText(/password/)
        .waitFor();
      await page.locator("input[name=email]").fill("ada@example.com");
      await page.locator("input[name=password]").fill("a wrong password");
      await button(page, "Sign in").click();
      await page.getByText("Failed to authenticate").waitFor();
      await visitor.close();
    });

    it("runs as a standalone server in a folder of its own", async () => {
      const { directory, command, serve } = app();
      const config = join(directory, "next.config.ts");
      const given = readFileSync(config, "utf8");
      // the other server goes on with its own build
      const built = ".next-standalone";
      writeFileSync(config, given.replace("{", `{ output: "standalone", distDir: "${built}",`));
      await command("npx next build");
      writeFileSync(config, given);
      const folder = mkdtempSync(join(tmpdir(), "anon-standalone-"));
      try {
        cpSync(join(directory, built, "standalone"), folder, { recursive: true });
        cpSync(join(directory, built, "static"), join(folder, built, "static"), { recursive: true });
        assert.notDeepEqual(globSync("**/argon2.*.node", { cwd: folder }), []);
        const server = await serve({ HOSTNAME: "127.0.0.1" }, `exec node "${folder}/server.js"`);
        try {
          const [, script = ""] = /<script src="([^"]+)"/.exec(await (await fetch(server.url)).text()) ?? [];
          assert.equal(
            (await fetch(server.url + script)).headers.get("content-type"),
            "application/javascript; charset=UTF-8",
          );
          const [, token = ""] = (await continueWithoutScripts(server.url)).split("=");
          const password = "correct horse battery";
          const converted = await fetch(`${server.url}/api/collections/users/convert`, {
            method: "POST",
            headers: { authorization: token, "content-type": "application/json" },
            body: JSON.stringify({ email: "ada@example.com", password, passwordConfirm: password }),
          });
          assert.equal(converted.status, 200, await converted.text());
          // relative to server.js, and not to where it is started
          assert.ok(existsSync(join(folder, ".anon")));
          const statuses = new Set<number>();
          for (let count = 0; count < 30; count++) statuses.add(await signUpFrom("127.0.0.1", server));
          assert.deepEqual([...statuses], [200, 429]);
          assert.doesNotMatch(server.output(), /warn|ANON_/i);
        } finally {
          await server.stop();
        }
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  },
);

function claimsOf(accounts: Anon, token: string): { id: string } | null {
  return accounts.verifyToken(token);
}
