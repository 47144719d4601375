/** The checkout after its first page: the delivery address, and the confirmation. */
import { auth } from "anon-accounts/context";
import { hasCookieCart } from "../shop/cart-cookie.ts";
import { type Cart, currentCart, moveCartTo } from "../shop/carts.ts";
import { countries, problemsOf, readDelivery } from "../shop/delivery.ts";
import { countOf, fingerprint, linesOf } from "../shop/items.ts";
import { orderOf, ordersOf, placeOrder } from "../shop/orders.ts";
import { render } from "../web/pages.ts";
import { redirect } from "../web/redirect.ts";
import type { RouteContext } from "../web/route.ts";

/** Shows the address form, and places the order. */
export async function details(context: RouteContext): Promise<Response> {
  const visitor = await auth();
  if (!visitor) return redirect("/checkout");
  const owner = visitor.record.id;
  // the cart from before signing in, or items that an earlier tab has added to the cookie since then
  const cookies = hasCookieCart(context.request) ? await moveCartTo(owner) : [];
  if (context.request.method === "POST") return place(context, owner, cookies);
  const cart = await currentCart();
  if (countOf(cart.items) === 0) return redirect("/cart", cookies);
  const [last] = await ordersOf(owner);
  const email = visitor.record.anonymous ? "" : visitor.record.email;
  const delivery = last?.delivery ?? { email, country: countries[0] };
  const response = await render(context, "details", { ...formLocals(cart), delivery, problems: {}, changed: false });
  for (const cookie of cookies) response.headers.append("Set-Cookie", cookie);
  return response;
}

async function place(context: RouteContext, owner: string, cookies: string[]): Promise<Response> {
  const delivery = readDelivery(context.form);
  const problems = problemsOf(delivery);
  const isValid = Object.keys(problems).length === 0;
  const shown = { cart: context.form.get("cart") ?? "", lines: context.form.get("lines") ?? "" };
  const order = isValid ? await placeOrder(owner, shown, delivery) : null;
  if (order) return redirect(`/thank-you/${order.id}`, cookies);
  const cart = await currentCart();
  if (countOf(cart.items) === 0) return redirect("/cart", cookies);
  return render(context, "details", { ...formLocals(cart), delivery, problems, changed: isValid }, isValid ? 409 : 400);
}

function formLocals(cart: Cart): object {
  return { countries, lines: fingerprint(linesOf(cart.items)) };
}

/** An order, shown only to the account that placed it. */
export async function thankYou(context: RouteContext): Promise<Response> {
  const visitor = await auth();
  const order = visitor ? await orderOf(visitor.record.id, context.id) : null;
  if (!order) return render(context, "no-order", {}, 404);
  return render(context, "thank-you", { order, email: order.delivery.email });
}
