/** Which request goes where. */
import { AnonError } from "anon-accounts";
import { firings } from "../shop/firing.ts";
import { readForm } from "../web/forms.ts";
import { only } from "../web/members.ts";
import { render } from "../web/pages.ts";
import { problemPage } from "../web/problem-page.ts";
import type { Route } from "../web/visit.ts";
import { account, createAccount, signIn, signOut } from "./account.ts";
import { changeQuantity } from "./cart.ts";
import { details, thankYou } from "./checkout.ts";

const page =
  (name: string, locals?: object): Route =>
  (visit) =>
    render(visit, name, locals);

const routes: readonly [path: RegExp, methods: Readonly<Record<string, Route>>][] = [
  [/^\/$/, { GET: page("shop") }],
  [/^\/cart$/, { GET: page("cart"), POST: changeQuantity }],
  // this one signs in by itself: see views/checkout.ejs
  [/^\/checkout$/, { GET: page("checkout"), POST: page("checkout") }],
  [/^\/checkout\/details$/, { GET: details, POST: details }],
  [/^\/thank-you\/([0-9a-f-]{36})$/, { GET: thankYou }],
  [/^\/account$/, { GET: account }],
  [/^\/account\/create$/, { GET: createAccount, POST: createAccount }],
  [/^\/firing$/, { GET: only("firing:read", "firing", page("firing", { firings })) }],
  [/^\/sign-in$/, { GET: signIn, POST: signIn }],
  [/^\/sign-out$/, { POST: signOut }],
];

/** Answers a request; inside of `anonymous`, so that whatever it calls knows whom it is from. */
export async function answer(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const method = request.method === "HEAD" ? "GET" : request.method;
  const found = routes.find(([path]) => path.test(url.pathname));
  if (!found) return problemPage(404, "There is no such page.");
  const [path, methods] = found;
  const route = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!route) return problemPage(405, "That cannot be done here.", { Allow: Object.keys(methods).join(", ") });
  const form = await readForm(request);
  if (!form) return problemPage(413, "That was no form of this shop, or much too long.");
  try {
    return await route({ request, url, form, id: path.exec(url.pathname)?.[1] ?? "" });
  } catch (error) {
    console.error(error);
    const away = error instanceof AnonError && error.code === "storage_unavailable";
    return away
      ? problemPage(503, "We cannot look you up right now. Please try again in a moment.")
      : problemPage(500, "Something went wrong on our side. Please try again.");
  }
}
