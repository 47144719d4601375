/** Pages that need a capability. (The adapters' `guard` responds with JSON, for programs.) */
import { AnonError } from "anon-accounts";
import { authorize } from "anon-accounts/context";
import { type DestinationName, destination } from "./destinations.ts";
import { redirect } from "./redirect.ts";
import type { Route } from "./route.ts";

/** Sends guests without the capability to the page for creating an account, and signed-out visitors to the sign-in page. */
export function requireCapability(capability: string, name: DestinationName, route: Route): Route {
  return async (context) => {
    try {
      await authorize(capability);
    } catch (error) {
      const code = error instanceof AnonError ? error.code : null;
      if (code === "registration_required") return redirect(`/account/create${destination(name).query}`);
      if (code === "invalid_token") return redirect(`/sign-in${destination(name).query}`);
      throw error;
    }
    return route(context);
  };
}
