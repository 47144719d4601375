/** The account: its orders, creating one, signing in and out. */
import { AnonError } from "anon-accounts";
import { auth, convert, signOut as endSession } from "anon-accounts/context";
import { signInAndMerge } from "../../shared/sign-in.ts";
import { currentCart, moveCartTo } from "../shop/carts.ts";
import { countOf } from "../shop/items.ts";
import { ordersOf } from "../shop/orders.ts";
import { destinationOf } from "../web/destinations.ts";
import { render } from "../web/pages.ts";
import { problemOf } from "../web/problems.ts";
import { redirect } from "../web/redirect.ts";
import type { RouteContext } from "../web/route.ts";

export async function account(context: RouteContext): Promise<Response> {
  const visitor = await auth();
  if (!visitor) return redirect("/sign-in");
  return render(context, "account", { orders: await ordersOf(visitor.record.id) });
}

/** Converts the guest. The id stays, so there is nothing to move. */
export async function createAccount(context: RouteContext): Promise<Response> {
  const visitor = await auth();
  if (visitor && !visitor.record.anonymous) return redirect("/account?notice=already");
  if (context.request.method !== "POST") {
    if (!visitor) return redirect("/sign-in");
    const [last] = await ordersOf(visitor.record.id);
    return render(context, "create-account", { email: last?.delivery.email ?? "" });
  }
  const email = context.form.get("email") ?? "";
  try {
    await convert({ email, password: context.form.get("password") ?? "" });
  } catch (error) {
    const problem = problemOf(error);
    // the account with this email is most likely the visitor's: signing in adds the order to it
    const taken = error instanceof AnonError && error.code === "email_taken";
    return render(context, taken ? "sign-in" : "create-account", { email, problem, taken }, problem.status);
  }
  return redirect(`${destinationOf(context.url)?.path ?? "/account"}?notice=account`);
}

/** A guest who signs in is merged into the account; the hook in `accounts.ts` moves cart and orders. */
export async function signIn(context: RouteContext): Promise<Response> {
  const before = await auth();
  if (before && !before.record.anonymous) return redirect(destinationOf(context.url)?.path ?? "/account");
  if (context.request.method !== "POST") return render(context, "sign-in", { email: "" });
  const email = context.form.get("email") ?? "";
  try {
    const password = context.form.get("password") ?? "";
    const { record, merged } = await signInAndMerge(email, password, { collection: "customers" });
    const cookies = await moveCartTo(record.id);
    const buying = context.url.searchParams.has("checkout") && countOf((await currentCart()).items) > 0;
    const path = buying ? "/checkout/details" : (destinationOf(context.url)?.path ?? "/account");
    return redirect(`${path}?notice=${merged ? "together" : "back"}`, cookies);
  } catch (error) {
    const problem = problemOf(error);
    return render(context, "sign-in", { email, problem }, problem.status);
  }
}

export async function signOut(): Promise<Response> {
  await endSession();
  return redirect("/?notice=out");
}
