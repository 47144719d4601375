/** Runs the servers of docs/guides unchanged, except for the directory, and visits them as a browser does. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { type LocalProvider, startProvider } from "../../examples/sign-in-with-oidc/provider/start.ts";
import { Jar } from "../support/browser.ts";
import { filesUnder, readText, root } from "./source-tree.ts";

const ORIGIN = "http://localhost:3000";

// inside the repository, so that "anon-accounts…" resolves to the package itself
const folder = join(root, ".cache", `guides-${process.pid}`);
const data = mkdtempSync(join(tmpdir(), "anon-guides-"));
mkdirSync(folder, { recursive: true });
after(() => {
  for (const path of [folder, data]) rmSync(path, { recursive: true, force: true });
});

interface Server {
  fetch(request: Request): Response | Promise<Response>;
}

/** The server of a guide: its first block that exports one. */
async function serverOf(guide: string, change: (code: string) => string = (code) => code): Promise<Server> {
  const blocks = [...readText(`docs/guides/${guide}.md`).matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, code]) => code);
  const code = blocks.find((one) => one?.includes("export default app"));
  assert.ok(code, `docs/guides/${guide}.md has no server`);
  const file = join(folder, `${guide}.ts`);
  writeFileSync(file, change(code.replace('".anon"', JSON.stringify(join(data, guide)))));
  return ((await import(pathToFileURL(file).href)) as { default: Server }).default;
}

/** A browser with its cookies. */
class Visitor {
  readonly #server: Server;
  readonly #jar = new Jar();

  constructor(server: Server) {
    this.#server = server;
  }

  async send(method: string, path: string, body?: unknown): Promise<Response> {
    const type = typeof body === "string" ? "text/plain" : "application/json";
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const from = { origin: ORIGIN, "x-forwarded-for": "192.0.2.1" };
    const headers = { ...this.#jar.header(), ...from, "content-type": type };
    const response = await this.#server.fetch(new Request(`${ORIGIN}${path}`, { method, headers, body: text }));
    this.#jar.take(response);
    return response;
  }

  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.send(method, path, body);
    assert.equal(response.status, 200, await response.clone().text());
    return (await response.json()) as T;
  }
}

const ada = { email: "ada@example.com", password: "correct horse battery" };
type Account = { id: string; email: string; anonymous: boolean };

describe("docs/guides", () => {
  process.env.ANON_SECRET = "a secret of at least 32 characters, for tests";
  process.env.ANON_STORAGE = "memory:";

  it("are all tested here", () => {
    const guides = ["deploy", "guest-cart", "limits", "merge", "oauth", "try-before-you-buy"];
    assert.deepEqual(
      filesUnder("docs/guides", ".md"),
      guides.map((name) => `docs/guides/${name}.md`),
    );
  });

  it("keep the cart of a guest who registers: guest-cart", async () => {
    const server = await serverOf("guest-cart");
    const visitor = new Visitor(server);
    assert.deepEqual(await visitor.json("GET", "/cart"), []);
    await visitor.json("POST", "/cart/tea");
    assert.deepEqual(await visitor.json("POST", "/cart/cup"), ["tea", "cup"]);
    const { anonymous, email } = await visitor.json<Account>("POST", "/register", ada);
    assert.deepEqual([anonymous, email], [false, ada.email]);
    assert.deepEqual(await visitor.json("GET", "/cart"), ["tea", "cup"]);
    assert.deepEqual(await new Visitor(server).json("GET", "/cart"), [], "another browser has a cart of its own");
  });

  it("end the limits of a guest who registers: try-before-you-buy", async () => {
    const visitor = new Visitor(await serverOf("try-before-you-buy"));
    for (const note of ["one", "two", "three"]) await visitor.json("POST", "/notes", note);
    assert.equal((await visitor.send("POST", "/notes", "four")).status, 403);
    const weak = await visitor.send("POST", "/keep", { ...ada, password: "short" });
    assert.deepEqual([weak.status, await weak.json()], [400, { error: "weak_password" }]);
    await visitor.json("POST", "/keep", ada);
    assert.deepEqual(await visitor.json("POST", "/notes", "four"), ["one", "two", "three", "four"]);
  });

  it("merge a guest with the password of an account: merge", async () => {
    const server = await serverOf("merge", (code) =>
      code.replace(
        "export default app;",
        `const owner = await anon.signInAnonymously();
         await anon.convert(owner.token, ${JSON.stringify(ada)});
         export default app;`,
      ),
    );
    const visitor = new Visitor(server);
    await visitor.json("POST", "/cart/tea");
    assert.equal((await visitor.send("POST", "/sign-in", { ...ada, password: "not that one" })).status, 500);
    assert.deepEqual(await visitor.json("POST", "/cart/cup"), ["tea", "cup"], "it is still the guest");
    const { email } = await visitor.json<Account>("POST", "/sign-in", ada);
    assert.equal(email, ada.email);
    assert.deepEqual(await visitor.json("POST", "/cart/pot"), ["tea", "cup", "pot"]);
    assert.equal((await new Visitor(server).json<Account>("POST", "/sign-in", ada)).email, ada.email);
  });

  it("refuse with the time to wait: limits", async () => {
    const server = await serverOf("limits");
    for (let time = 0; time < 5; time++) await new Visitor(server).json("POST", "/start");
    const refused = await new Visitor(server).send("POST", "/start");
    assert.deepEqual([refused.status, await refused.json()], [429, { error: "rate_limited" }]);
    assert.match(refused.headers.get("retry-after") ?? "", /^\d+$/);
  });

  it("serve with a storage by URL: deploy", async () => {
    const listeners = process.listeners("SIGTERM");
    const server = await serverOf("deploy");
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      for (const added of process.listeners(signal)) if (!listeners.includes(added)) process.off(signal, added);
    }
    const visitor = new Visitor(server);
    assert.equal(await (await visitor.send("GET", "/health")).text(), "ok");
    const { record } = await visitor.json<{ record: Account }>("POST", "/api/collections/users/auth-anonymously", {});
    assert.equal(record.anonymous, true);
  });

  it("convert, sign in and merge by a provider: oauth", async () => {
    process.env.PROVIDER_PORT = "0";
    const provider: LocalProvider = await startProvider();
    try {
      provider.register([`${ORIGIN}/callback`]);
      Object.assign(process.env, {
        OIDC_ISSUER: provider.issuer,
        OIDC_CLIENT_ID: provider.clientId,
        OIDC_CLIENT_SECRET: provider.clientSecret,
      });
      // the provider of the test has no certificate
      const insecure = "OIDC_CLIENT_SECRET, undefined, { execute: [oidc.allowInsecureRequests] });";
      const server = await serverOf("oauth", (code) => code.replace("OIDC_CLIENT_SECRET);", insecure));
      const first = new Visitor(server);
      const account = await signInBy(first);
      assert.deepEqual([account.email, account.anonymous], ["ada@example.com", false]);
      assert.equal((await signInBy(new Visitor(server))).id, account.id, "another browser");
      assert.equal((await signInBy(first)).id, account.id, "again");
      const withoutState = await new Visitor(server).send("GET", "/callback?code=x&state=y");
      assert.equal(withoutState.headers.get("location"), "/");
    } finally {
      provider.stop();
    }
  });
});

/** Signs in as Ada: follows the redirects to the provider, chooses her there, and returns. */
async function signInBy(visitor: Visitor): Promise<Account> {
  const jar = new Jar();
  let response = await visitor.send("POST", "/sign-in");
  for (let step = 0; step < 10; step++) {
    const location = response.headers.get("location");
    if (location === "/") return visitor.json<Account>("GET", "/");
    if (location?.startsWith(ORIGIN)) {
      response = await visitor.send("GET", location.slice(ORIGIN.length));
      continue;
    }
    assert.ok(location, await response.text());
    const url = new URL(location, process.env.OIDC_ISSUER);
    const isChoice = url.pathname.startsWith("/interaction/");
    response = await fetch(url, {
      ...(isChoice ? { method: "POST", body: new URLSearchParams({ person: "5f1c7e0a" }) } : {}),
      headers: jar.header(),
      redirect: "manual",
    });
    jar.take(response);
  }
  throw new Error("The sign-in did not end");
}
