/** Takes the screenshots of README, in `docs/screenshots`: `npm run screenshots`. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { add, choosePerson, goToProvider, openPage as openList, startList } from "./books.ts";
import { launch, newVisitor } from "./browser.ts";
import { startExample } from "./example.ts";
import { openPage as openNotes, startNotes, write } from "./notes.ts";
import { button } from "./pages.ts";
import { addToCart, checkOutAsGuest, placeOrder, startShop } from "./shop.ts";

const folder = fileURLToPath(new URL("../../../docs/screenshots/", import.meta.url));
const DESKTOP = { viewport: { width: 960, height: 640 }, deviceScaleFactor: 1.5 };

/** Chromium itself writes WebP; Playwright only asks it for PNG and JPEG. */
async function shoot(page: Page, name: string): Promise<void> {
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  const chromium = await page.context().newCDPSession(page);
  const { data } = await chromium.send("Page.captureScreenshot", { format: "webp", quality: 80 });
  writeFileSync(join(folder, `${name}.webp`), Buffer.from(data, "base64"));
  console.log(`docs/screenshots/${name}.webp`);
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
const [browser, shop, notes, list, client, counter] = await Promise.all([
  launch(),
  startShop(),
  startNotes(false),
  startList(),
  startExample("pocketbase-client"),
  startExample("workers", { env: () => ({ ANON_STORAGE: "memory:" }) }),
]);
try {
  const customer = await (await newVisitor(browser, shop.url, DESKTOP)).newPage();
  await addToCart(customer, "Harbour mug", "Fog teapot");
  await customer.getByRole("link", { name: /^Cart/ }).click();
  await customer.getByRole("link", { name: "Check out" }).click();
  await shoot(customer, "guest-checkout");
  await checkOutAsGuest(customer, "Dune vase");
  await placeOrder(customer, "ada@example.com");
  await shoot(customer, "guest-checkout-order");

  const writer = await openNotes(browser, notes, DESKTOP);
  await write(writer, "Call the printer about the posters");
  await write(writer, "Ideas for the autumn catalogue");
  await shoot(writer, "try-before-you-buy");

  const reader = await openList(browser, list, DESKTOP);
  await add(reader, "Middlemarch", "The Waves");
  await goToProvider(reader);
  await choosePerson(reader, "Ada");
  await shoot(reader, "sign-in-with-oidc");

  const guest = await (await newVisitor(browser, client.url, DESKTOP)).newPage();
  await guest.goto("/");
  await button(guest, "Start as a guest").click();
  await guest.getByLabel("Plum").check();
  await shoot(guest, "pocketbase-client");

  const visitor = await (await newVisitor(browser, counter.url, DESKTOP)).newPage();
  await visitor.goto("/");
  for (const count of ["1", "2", "3"]) {
    await button(visitor, "Count one").click();
    await visitor.locator("output").getByText(count, { exact: true }).waitFor();
  }
  await shoot(visitor, "workers");
} finally {
  await browser.close();
  await Promise.all([shop, notes, list, client, counter].map((example) => example.stop()));
}
