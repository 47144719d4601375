/** Pages: a template, and the layout around it. As in PocketPages, a template may sign visitors in and redirect. */
import { auth } from "anon-accounts/context";
import { currentCart } from "../shop/carts.ts";
import { placeOf } from "./places.ts";
import { type Problem, saidBy } from "./problems.ts";
import { fill } from "./templates.ts";
import type { Visit } from "./visit.ts";

/** What a template says about its page. */
interface Page {
  title: string;
  problem?: Problem;
  status: number;
}

/** Renders a page; what its template returns instead, such as a redirect, is the answer. */
export async function render(visit: Visit, name: string, locals: object = {}, status = 200): Promise<Response> {
  const page: Page = { title: "", status };
  const said = saidBy(visit.url.searchParams.get("said"));
  const here = { ...visit, page, said, place: placeOf(visit.url) };
  const known = { ...here, visitor: await auth(), cart: await currentCart() };
  const content = await fill(name, { ...known, ...locals });
  if (content instanceof Response) return content;
  const html = await fill("layout", { ...known, content });
  const headers = new Headers({
    "Content-Type": "text/html; charset=utf-8",
    // after signing out, the button for going back must not show somebody's address
    "Cache-Control": "private, no-store",
  });
  if (page.problem?.retryAfter) headers.set("Retry-After", `${page.problem.retryAfter}`);
  return new Response(String(html), { status: page.status, headers });
}
