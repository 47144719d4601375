/** The site of the documentation, as `npm run docs` builds it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { type Server, serve } from "srvx";
import { staticMiddleware } from "srvx/static";
import { launch, needsBrowser, newVisitor } from "./support/browser.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const site = join(root, "docs", ".vitepress", "dist");

/** Installing and building takes one minute on an idle machine. */
const BUILD_MS = 540_000;

describe("the site of the documentation", needsBrowser(), () => {
  let browser: Browser;
  let server: Server | undefined;
  let url: string;
  before(
    async () => {
      // .ci/run has built it already
      if (process.env.ANON_SITE_BUILT !== "1") {
        const built = spawnSync(process.execPath, [join(root, "scripts", "docs.mjs")], {
          encoding: "utf8",
          timeout: BUILD_MS,
        });
        assert.equal(built.status, 0, `${built.stdout}\n${built.stderr}`);
      }
      server = serve({
        hostname: "127.0.0.1",
        port: 0,
        silent: true,
        middleware: [staticMiddleware({ dir: site })],
        fetch: () => new Response("Not found", { status: 404 }),
      });
      await server.ready();
      url = new URL(server.url ?? "").origin;
      browser = await launch();
    },
    { timeout: BUILD_MS + 60_000 },
  );
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  /** A page whose browser must not send requests to another host. */
  async function open(path: string): Promise<Page> {
    const context = await newVisitor(browser, url);
    context.on("request", (request) => assert.ok(/^(http:\/\/127\.0\.0\.1:|data:)/.test(request.url()), request.url()));
    const page = await context.newPage();
    page.on("pageerror", (error) => assert.fail(error));
    page.on("response", (response) => assert.ok(response.status() < 400, `${response.status()} ${response.url()}`));
    await page.goto(path);
    return page;
  }

  async function search(page: Page, term: string): Promise<void> {
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByRole("searchbox").fill(term);
  }

  it("shows a page, with the links of its Markdown", async () => {
    const page = await open("/");
    await page.getByRole("main").getByRole("link", { name: "docs/README.md" }).click();
    await page.getByRole("main").getByRole("heading", { level: 1, name: "Documentation" }).waitFor();
    await page.getByRole("main").getByRole("link", { name: "retention" }).click();
    await page.getByRole("main").getByRole("heading", { level: 1, name: "How long accounts are kept" }).waitFor();
    assert.equal(new URL(page.url()).pathname, "/docs/retention.html");
    await page.context().close();
  });

  it("finds a term without a network", async () => {
    const page = await open("/docs/");
    // the index is a file of the site; a service would be another host
    await search(page, "quarantine");
    await page
      .getByRole("option", { name: /How long accounts are kept/ })
      .first()
      .click();
    await page.getByRole("main").getByRole("heading", { level: 1, name: "How long accounts are kept" }).waitFor();
    await page.context().close();
  });

  it("shows the reference of signInAnonymously, which the search finds", async () => {
    const page = await open("/");
    await search(page, "signInAnonymously");
    await page
      .getByRole("option", { name: /Interface: Anon.* signInAnonymously\(\)$/ })
      .first()
      .click();
    const heading = page.getByRole("main").getByRole("heading", { name: /^signInAnonymously\(\)/ });
    await heading.first().waitFor();
    assert.match(new URL(page.url()).pathname, /^\/reference\/anon-accounts\/interfaces\/Anon\.html$/);
    const main = (await page.getByRole("main").textContent()) ?? "";
    assert.match(main, /console\.assert\(/, "with its example");
    await page.context().close();
  });
});
