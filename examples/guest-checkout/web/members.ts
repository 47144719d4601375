/** Pages that not everybody may see. (The adapters' `guard` answers with JSON, which is for programs.) */
import { AnonError } from "anon-accounts";
import { authorize } from "anon-accounts/context";
import { type PlaceName, place } from "./places.ts";
import { redirect } from "./redirect.ts";
import type { Route } from "./visit.ts";

/** Takes a capability: sends a guest to where they create an account, and whom nobody knows to where they sign in. */
export function only(capability: string, name: PlaceName, route: Route): Route {
  return async (visit) => {
    try {
      await authorize(capability);
    } catch (error) {
      const code = error instanceof AnonError ? error.code : null;
      if (code === "registration_required") return redirect(`/account/create${place(name).query}`);
      if (code === "invalid_token") return redirect(`/sign-in${place(name).query}`);
      throw error;
    }
    return route(visit);
  };
}
