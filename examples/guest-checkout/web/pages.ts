/** Pages: a template in the layout. As in PocketPages, a template can sign visitors in and redirect. */
import { auth } from "anon-accounts/context";
import { currentCart } from "../shop/carts.ts";
import { destinationOf } from "./destinations.ts";
import { noticeOf, type Problem } from "./problems.ts";
import type { RouteContext } from "./route.ts";
import { renderTemplate } from "./templates.ts";

/** Set by the template. */
interface Page {
  title: string;
  problem?: Problem;
  status: number;
}

/** Renders a page. If the template returns a response, such as a redirect, that is used instead. */
export async function render(
  context: RouteContext,
  name: string,
  locals: object = {},
  status = 200,
): Promise<Response> {
  const page: Page = { title: "", status };
  const notice = noticeOf(context.url.searchParams.get("notice"));
  const base = { ...context, page, notice, destination: destinationOf(context.url) };
  const shared = { ...base, visitor: await auth(), cart: await currentCart() };
  const content = await renderTemplate(name, { ...shared, ...locals });
  if (content instanceof Response) return content;
  const html = await renderTemplate("layout", { ...shared, content });
  const headers = new Headers({
    "Content-Type": "text/html; charset=utf-8",
    // after signing out, the back button must not show the address
    "Cache-Control": "private, no-store",
  });
  if (page.problem?.retryAfter) headers.set("Retry-After", `${page.problem.retryAfter}`);
  return new Response(String(html), { status: page.status, headers });
}
