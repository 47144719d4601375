/** The routes. */
import { AnonError } from "anon-accounts";
import { firings } from "../shop/firing.ts";
import { readForm } from "../web/forms.ts";
import { render } from "../web/pages.ts";
import { problemPage } from "../web/problem-page.ts";
import { requireCapability } from "../web/require-capability.ts";
import type { Route } from "../web/route.ts";
import { account, createAccount, signIn, signOut } from "./account.ts";
import { changeQuantity } from "./cart.ts";
import { details, thankYou } from "./checkout.ts";

const page =
  (name: string, locals?: object): Route =>
  (context) =>
    render(context, name, locals);

const routes: readonly [path: RegExp, methods: Readonly<Record<string, Route>>][] = [
  [/^\/$/, { GET: page("shop") }],
  [/^\/cart$/, { GET: page("cart"), POST: changeQuantity }],
  // the template signs the visitor in: see views/checkout.ejs
  [/^\/checkout$/, { GET: page("checkout"), POST: page("checkout") }],
  [/^\/checkout\/details$/, { GET: details, POST: details }],
  [/^\/thank-you\/([0-9a-f-]{36})$/, { GET: thankYou }],
  [/^\/account$/, { GET: account }],
  [/^\/account\/create$/, { GET: createAccount, POST: createAccount }],
  [/^\/firing$/, { GET: requireCapability("firing:read", "firing", page("firing", { firings })) }],
  [/^\/sign-in$/, { GET: signIn, POST: signIn }],
  [/^\/sign-out$/, { POST: signOut }],
];

/** Runs inside `anonymous`, so everything it calls can find the request's account. */
export async function handle(request: Request): Promise<Response> {
  const url = new URL(request.url);
  const method = request.method === "HEAD" ? "GET" : request.method;
  const found = routes.find(([path]) => path.test(url.pathname));
  if (!found) return problemPage(404, "This page does not exist.");
  const [path, methods] = found;
  const route = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (!route) return problemPage(405, "This page does not support that.", { Allow: Object.keys(methods).join(", ") });
  const form = await readForm(request);
  if (!form) return problemPage(413, "This is not a form of this shop, or it is too long.");
  try {
    return await route({ request, url, form, id: path.exec(url.pathname)?.[1] ?? "" });
  } catch (error) {
    console.error(error);
    const away = error instanceof AnonError && error.code === "storage_unavailable";
    return away
      ? problemPage(503, "We cannot reach our storage right now. Please try again in a moment.")
      : problemPage(500, "Something went wrong on our side. Please try again.");
  }
}
