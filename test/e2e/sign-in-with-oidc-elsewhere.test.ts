/** The reading list with a provider from the environment variables, which may be unreachable. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Browser, Page } from "playwright-core";
import { type LocalProvider, startProvider } from "../../examples/sign-in-with-oidc/provider/start.ts";
import { accountOf, add, booksOn, openPage } from "./support/books.ts";
import { launch, needsBrowser } from "./support/browser.ts";
import { accountsOf, type Example, startExample } from "./support/example.ts";
import { button, showsAlert, showsText } from "./support/pages.ts";

describe("sign-in-with-oidc with another provider", needsBrowser(), () => {
  let provider: LocalProvider;
  let example: Example;
  let browser: Browser;
  before(async () => {
    process.env.PROVIDER_PORT = "0";
    provider = await startProvider();
    const env = {
      OIDC_ISSUER: provider.issuer,
      OIDC_CLIENT_ID: provider.clientId,
      OIDC_CLIENT_SECRET: provider.clientSecret,
      OIDC_LABEL: "Another ID",
    };
    [example, browser] = await Promise.all([startExample("sign-in-with-oidc", { env: () => env }), launch()]);
  });
  after(async () => {
    await browser?.close();
    await example?.stop();
    provider?.stop();
  });

  async function continueAs(page: Page, person: string): Promise<void> {
    await button(page, "Continue with Another ID").click();
    await page.getByRole("button", { name: new RegExp(`^${person}`) }).click();
  }

  it("keeps the guest while the provider is unreachable, and signs in when it is reachable", async () => {
    const page = await openPage(browser, example);
    await add(page, "Dracula");
    const { id } = await accountOf(page, example);
    await button(page, "Continue with Another ID").click();
    await showsAlert(page, /cannot reach/);
    assert.equal((await accountOf(page, example)).anonymous, true);

    provider.register([`${example.url}/callback`]);
    await continueAs(page, "Ada");
    await showsText(page, "Kept.");
    assert.equal((await accountOf(page, example)).id, id);
    const { identities } = await accountsOf(example).admin.exportAccount(id);
    assert.match(identities[0]?.provider ?? "", /^oidc\.127\.0\.0\.1\.[0-9a-f]{16}$/, "the issuer's name");
  });

  it("signs in to the same account after the example is restarted", async () => {
    await example.restart();
    const page = await openPage(browser, example);
    await page.goto("/sign-in");
    await continueAs(page, "Ada");
    await showsText(page, "Welcome back.");
    assert.deepEqual(await booksOn(page), ["Dracula"]);
  });
});
