import assert from "node:assert/strict";
import { it } from "node:test";
import { launch, newVisitor } from "../e2e/support/browser.ts";
import { button } from "../e2e/support/pages.ts";
import { testFramework } from "./support/flow.ts";

const FILES = {
  "src/routes/refused.tsx": `
    import { createFileRoute } from "@tanstack/react-router";
    import { createServerFn } from "@tanstack/react-start";
    import { convert, signInAnonymously, signInWithPassword } from "anon-accounts/context";
    import { AnonError } from "anon-accounts/tanstack-start";
    import { useState } from "react";
    import { anon } from "../anon.server";

    const input = { email: "ada@example.com", password: "correct horse" };
    const thrown = createServerFn({ method: "POST" }).handler(async () => void (await convert(input)));
    const handled = createServerFn({ method: "POST" }).handler(() => convert(input).then(() => "", () => "handled"));
    const vetoed = createServerFn({ method: "POST" }).handler(async () => {
      anon.hooks.hookOnce("beforeCreate", () => false);
      await signInAnonymously();
    });
    const invited = createServerFn({ method: "POST" }).handler(async () => {
      anon.hooks.hookOnce("beforeCreate", () => {
        throw Object.assign(new Error("Enter your invitation"), { status: 422 });
      });
      await signInAnonymously();
    });
    const failed = createServerFn({ method: "POST" }).handler(async () => {
      anon.hooks.hookOnce("beforeCreate", () => {
        throw new Error("internal detail");
      });
      await signInAnonymously();
    });
    const limited = createServerFn({ method: "POST" }).handler(async () => {
      const attempt = () => signInWithPassword("no-one@example.com", "a wrong password");
      for (let count = 0; count < 10; count++) await attempt().catch(() => {});
      await attempt();
    });

    export const Route = createFileRoute("/refused")({ component: Refused });

    function Refused() {
      const [text, setText] = useState("");
      const attempt = (call: () => Promise<unknown>) => {
        setText("");
        return call().then(
          (result) => setText("returned " + result),
          (error) =>
            setText(
              error instanceof AnonError
                ? [error.code, error.status, error.retryAfter !== undefined, error.message].join(" ")
                : "another error: " + error.message,
            ),
        );
      };
      return (
        <>
          <button onClick={() => attempt(thrown)}>Throw</button>
          <button onClick={() => attempt(handled)}>Handle</button>
          <button onClick={() => attempt(vetoed)}>Veto</button>
          <button onClick={() => attempt(invited)}>Invite</button>
          <button onClick={() => attempt(failed)}>Fail</button>
          <button onClick={() => attempt(limited)}>Limit</button>
          <p>{text}</p>
        </>
      );
    }
  `,
  "src/routes/begun.ts": `
    import { createFileRoute } from "@tanstack/react-router";
    import { authorize, signInAnonymously } from "anon-accounts/context";

    const begin = async ({ request }: { request: Request }) => {
      await signInAnonymously();
      if (request.headers.has("x-authorize")) await authorize();
      throw new Error("A failure of the application");
    };

    export const Route = createFileRoute("/begun")({ server: { handlers: { POST: begin } } });
  `,
  "src/routes/loaded.tsx": `
    import { createFileRoute } from "@tanstack/react-router";
    import { createServerFn } from "@tanstack/react-start";
    import { authorize } from "anon-accounts/context";

    const load = createServerFn().handler(async () => void (await authorize()));

    export const Route = createFileRoute("/loaded")({
      loader: () => load(),
      component: () => null,
      errorComponent: ({ error }) => <p>Refused: {String(error)}</p>,
    });
  `,
};

testFramework("tanstack-start", { types: "npx tsc", files: FILES }, (app) => {
  it("gives an error of a server function its status, and the browser its code, unless the function handles it", async () => {
    const browser = await launch();
    const visitor = await newVisitor(browser, app().url);
    const page = await visitor.newPage();
    await page.goto("/refused");
    for (const [name, status, text] of [
      ["Throw", 401, "invalid_token 401 false The request requires valid record authorization token to be set."],
      ["Handle", 200, "returned handled"],
      ["Veto", 403, "creation_refused 403 false The account was refused."],
      ["Invite", 422, "refused 422 false Enter your invitation"],
      ["Fail", 500, "another error: Something went wrong while processing your request."],
      ["Limit", 429, "rate_limited 429 true Too Many Requests."],
    ] as const) {
      const responded = page.waitForResponse((response) => response.request().method() === "POST");
      await button(page, name).click();
      const response = await responded;
      const shown = await page.locator("p:not(:empty)").textContent();
      assert.deepEqual([name, response.status(), shown], [name, status, text]);
      assert.equal("retry-after" in response.headers(), status === 429);
    }
    await visitor.close();
  });

  it("sets the cookie of a session that began before a server route threw", async () => {
    for (const [headers, status] of [
      [{}, 500],
      [{ "x-authorize": "1" }, 403],
    ] as const) {
      const response = await fetch(`${app().url}/begun`, {
        method: "POST",
        headers: { origin: app().url, ...headers },
      });
      assert.equal(response.status, status);
      assert.equal(response.headers.getSetCookie().length, 1);
      assert.match(response.headers.get("cache-control") ?? "", /private|no-store/);
      const { code } = (await response.json()) as { code?: string };
      assert.equal(code, status === 403 ? "registration_required" : undefined);
    }
  });

  it("gives a page its status if a loader failed", async () => {
    const response = await fetch(`${app().url}/loaded`);
    assert.equal(response.status, 401);
    assert.match(await response.text(), /Refused/);
  });
});
