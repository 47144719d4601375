/** Guest checkout: a shop where customers can buy without an account, and create one afterwards. */
import { anonymous } from "anon-accounts/fetch";
import { listen } from "../shared/listen.ts";
import { anon } from "./accounts.ts";
import { handle } from "./routes/index.ts";
import { assetOf } from "./web/assets.ts";
import { isCrossOrigin, withSecurityHeaders } from "./web/security.ts";

/** Inside `anonymous`, the functions of `anon-accounts/context` find the request's account, in templates too. */
const pages = anonymous(anon, handle);

await listen(async (request) => {
  if (isCrossOrigin(request))
    return withSecurityHeaders(new Response("This was not sent by a page of this shop.", { status: 403 }));
  return withSecurityHeaders(assetOf(request) ?? (await pages(request)));
});
