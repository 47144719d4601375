/** The account: what it has ordered, making one of a guest's, signing in and out. */
import { auth, convert, signOut as endSession, signInWithPassword } from "anon-accounts/context";
import { anon } from "../accounts.ts";
import { currentCart, handOverCart, moveCartTo } from "../shop/carts.ts";
import { countOf } from "../shop/items.ts";
import { handOverOrders, ordersOf } from "../shop/orders.ts";
import { render } from "../web/pages.ts";
import { problemOf } from "../web/problems.ts";
import { redirect } from "../web/redirect.ts";
import type { Visit } from "../web/visit.ts";

export async function account(visit: Visit): Promise<Response> {
  const visitor = await auth();
  if (!visitor) return redirect("/sign-in");
  return render(visit, "account", { orders: await ordersOf(visitor.record.id) });
}

/** The guest becomes a customer with a password. The id stays, so there is nothing to move. */
export async function createAccount(visit: Visit): Promise<Response> {
  const visitor = await auth();
  if (visitor && !visitor.record.anonymous) return redirect("/account?said=already");
  if (visit.request.method !== "POST") {
    if (!visitor) return redirect("/sign-in");
    const [last] = await ordersOf(visitor.record.id);
    return render(visit, "create-account", { email: last?.delivery.email ?? "" });
  }
  const email = visit.form.get("email") ?? "";
  try {
    await convert({ email, password: visit.form.get("password") ?? "" });
  } catch (error) {
    const problem = problemOf(error);
    return render(visit, "create-account", { email, problem }, problem.status);
  }
  return redirect("/account?said=account");
}

export async function signIn(visit: Visit): Promise<Response> {
  const before = await auth();
  if (before && !before.record.anonymous) return redirect("/account");
  if (visit.request.method !== "POST") return render(visit, "sign-in", { email: "" });
  const email = visit.form.get("email") ?? "";
  try {
    const { record } = await signInWithPassword(email, visit.form.get("password") ?? "", { collection: "customers" });
    const cookies = await moveCartTo(record.id);
    if (before) {
      // a guest who has an account: all that is theirs goes there, and nobody needs the guest any more
      await handOverCart(before.record.id, record.id);
      await handOverOrders(before.record.id, record.id);
      // unless it was made an account of its own meanwhile, in another tab
      await anon.delete({ collection: "customers", id: before.record.id }, { onlyAnonymous: true });
    }
    const buying = visit.url.searchParams.has("checkout") && countOf((await currentCart()).items) > 0;
    return redirect(buying ? "/checkout/details" : `/account?said=${before ? "together" : "back"}`, cookies);
  } catch (error) {
    const problem = problemOf(error);
    return render(visit, "sign-in", { email, problem }, problem.status);
  }
}

export async function signOut(): Promise<Response> {
  await endSession();
  return redirect("/?said=out");
}
