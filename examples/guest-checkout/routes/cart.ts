/** The cart: putting in, changing how many, taking out. */
import { changeCart } from "../shop/carts.ts";
import { MOST_OF_ONE, withQuantity } from "../shop/items.ts";
import { products } from "../shop/products.ts";
import { problemPage } from "../web/problem-page.ts";
import { redirect } from "../web/redirect.ts";
import type { Visit } from "../web/visit.ts";

/** Without a quantity it is one more, from the shop's page; there it goes back to. */
export async function changeQuantity({ form }: Visit): Promise<Response> {
  const id = form.get("product") ?? "";
  const quantity = form.get("quantity");
  if (!products.has(id)) return problemPage(400, "We do not sell that.");
  if (quantity === null) {
    const cookies = await changeCart((items) => withQuantity(items, id, (items[id] ?? 0) + 1));
    return redirect(`/#${id}`, cookies);
  }
  if (!/^\d{1,2}$/.test(quantity)) return problemPage(400, `From none to ${MOST_OF_ONE} of each, please.`);
  return redirect("/cart", await changeCart((items) => withQuantity(items, id, Number(quantity))));
}
