/** The account: what it has ordered, making one of a guest's, signing in and out. */
import { AnonError } from "anon-accounts";
import { auth, convert, signOut as endSession } from "anon-accounts/context";
import { signInAndMerge } from "../../shared/sign-in.ts";
import { currentCart, moveCartTo } from "../shop/carts.ts";
import { countOf } from "../shop/items.ts";
import { ordersOf } from "../shop/orders.ts";
import { render } from "../web/pages.ts";
import { placeOf } from "../web/places.ts";
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
    // the address is somebody's, and most likely theirs: with its password the order goes to that account
    const taken = error instanceof AnonError && error.code === "email_taken";
    return render(visit, taken ? "sign-in" : "create-account", { email, problem, taken }, problem.status);
  }
  return redirect(`${placeOf(visit.url)?.path ?? "/account"}?said=account`);
}

/** A guest who signs in is merged into the account: the hook of `accounts.ts` brings along what the shop has of them. */
export async function signIn(visit: Visit): Promise<Response> {
  const before = await auth();
  if (before && !before.record.anonymous) return redirect(placeOf(visit.url)?.path ?? "/account");
  if (visit.request.method !== "POST") return render(visit, "sign-in", { email: "" });
  const email = visit.form.get("email") ?? "";
  try {
    const password = visit.form.get("password") ?? "";
    const { record, merged } = await signInAndMerge(email, password, { collection: "customers" });
    const cookies = await moveCartTo(record.id);
    const buying = visit.url.searchParams.has("checkout") && countOf((await currentCart()).items) > 0;
    const path = buying ? "/checkout/details" : (placeOf(visit.url)?.path ?? "/account");
    return redirect(`${path}?said=${merged ? "together" : "back"}`, cookies);
  } catch (error) {
    const problem = problemOf(error);
    return render(visit, "sign-in", { email, problem }, problem.status);
  }
}

export async function signOut(): Promise<Response> {
  await endSession();
  return redirect("/?said=out");
}
