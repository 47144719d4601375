/** The cart: adding, changing quantities, removing. */
import { changeCart } from "../shop/carts.ts";
import { MAX_QUANTITY, withQuantity } from "../shop/items.ts";
import { products } from "../shop/products.ts";
import { problemPage } from "../web/problem-page.ts";
import { redirect } from "../web/redirect.ts";
import type { RouteContext } from "../web/route.ts";

/** Without a quantity, adds one and returns to the shop's page, which sent it. */
export async function changeQuantity({ form }: RouteContext): Promise<Response> {
  const id = form.get("product") ?? "";
  const quantity = form.get("quantity");
  if (!products.has(id)) return problemPage(400, "We do not sell that.");
  if (quantity === null) {
    const cookies = await changeCart((items) => withQuantity(items, id, (items[id] ?? 0) + 1));
    return redirect(`/#${id}`, cookies);
  }
  if (!/^\d{1,2}$/.test(quantity)) return problemPage(400, `Please choose up to ${MAX_QUANTITY} of each.`);
  return redirect("/cart", await changeCart((items) => withQuantity(items, id, Number(quantity))));
}
