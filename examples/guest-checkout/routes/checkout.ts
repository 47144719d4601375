/** The checkout after its first page: where the order goes, and that it is on its way. */
import { auth } from "anon-accounts/context";
import { hasCookieCart } from "../shop/cart-cookie.ts";
import { type Cart, currentCart, moveCartTo } from "../shop/carts.ts";
import { countries, problemsOf, readDelivery } from "../shop/delivery.ts";
import { countOf, fingerprint, linesOf } from "../shop/items.ts";
import { orderOf, ordersOf, placeOrder } from "../shop/orders.ts";
import { render } from "../web/pages.ts";
import { redirect } from "../web/redirect.ts";
import type { Visit } from "../web/visit.ts";

/** Asks where the order goes, and places it. */
export async function details(visit: Visit): Promise<Response> {
  const visitor = await auth();
  if (!visitor) return redirect("/checkout");
  const owner = visitor.record.id;
  // what the guest had before signing in, or what a page that was opened before has left in the cookie meanwhile
  const cookies = hasCookieCart(visit.request) ? await moveCartTo(owner) : [];
  if (visit.request.method === "POST") return place(visit, owner, cookies);
  const cart = await currentCart();
  if (countOf(cart.items) === 0) return redirect("/cart", cookies);
  const [last] = await ordersOf(owner);
  const email = visitor.record.anonymous ? "" : visitor.record.email;
  const delivery = last?.delivery ?? { email, country: countries[0] };
  const response = await render(visit, "details", { ...asked(cart), delivery, problems: {}, changed: false });
  for (const cookie of cookies) response.headers.append("Set-Cookie", cookie);
  return response;
}

async function place(visit: Visit, owner: string, cookies: string[]): Promise<Response> {
  const delivery = readDelivery(visit.form);
  const problems = problemsOf(delivery);
  const fine = Object.keys(problems).length === 0;
  const seen = { cart: visit.form.get("cart") ?? "", lines: visit.form.get("lines") ?? "" };
  const order = fine ? await placeOrder(owner, seen, delivery) : null;
  if (order) return redirect(`/thank-you/${order.id}`, cookies);
  const cart = await currentCart();
  if (countOf(cart.items) === 0) return redirect("/cart", cookies);
  return render(visit, "details", { ...asked(cart), delivery, problems, changed: fine }, fine ? 409 : 400);
}

function asked(cart: Cart): object {
  return { countries, lines: fingerprint(linesOf(cart.items)) };
}

/** An order, for whoever placed it. */
export async function thankYou(visit: Visit): Promise<Response> {
  const visitor = await auth();
  const order = visitor ? await orderOf(visitor.record.id, visit.id) : null;
  if (!order) return render(visit, "no-order", {}, 404);
  return render(visit, "thank-you", { order, email: order.delivery.email });
}
