import assert from "node:assert/strict";
import { it } from "node:test";
import { launch, newVisitor } from "../e2e/support/browser.ts";
import { button } from "../e2e/support/pages.ts";
import { testFramework } from "./support/flow.ts";

const FILES = {
  "src/routes/refused.tsx": `
    import { createFileRoute } from "@tanstack/react-router";
    import { createServerFn } from "@tanstack/react-start";
    import { convert } from "anon-accounts/context";
    import { AnonError } from "anon-accounts/tanstack-start";
    import { useState } from "react";

    const input = { email: "ada@example.com", password: "correct horse" };
    const thrown = createServerFn({ method: "POST" }).handler(async () => void (await convert(input)));
    const handled = createServerFn({ method: "POST" }).handler(() => convert(input).then(() => "", () => "handled"));

    export const Route = createFileRoute("/refused")({ component: Refused });

    function Refused() {
      const [text, setText] = useState("");
      const attempt = (call: () => Promise<unknown>) =>
        call().then(
          (result) => setText("returned " + result),
          (error) => setText(error instanceof AnonError ? error.code + " " + error.status : "another error"),
        );
      return (
        <>
          <button onClick={() => attempt(thrown)}>Throw</button>
          <button onClick={() => attempt(handled)}>Handle</button>
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
      ["Throw", 401, "invalid_token 401"],
      ["Handle", 200, "returned handled"],
    ] as const) {
      const responded = page.waitForResponse((response) => response.request().method() === "POST");
      await button(page, name).click();
      assert.equal((await responded).status(), status);
      await page.getByText(text).waitFor();
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
