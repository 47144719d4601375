/** Guest checkout: a shop where nobody needs an account to buy, and everybody can have one afterwards. */
import { anonymous } from "anon-accounts/fetch";
import { listen } from "../shared/listen.ts";
import { anon } from "./accounts.ts";
import { answer } from "./routes/index.ts";
import { assetOf } from "./web/assets.ts";
import { isFromElsewhere, secured } from "./web/security.ts";

/** Inside of this, the functions of `anon-accounts/context` know who a request comes from: in templates, too. */
const pages = anonymous(anon, answer);

await listen(async (request) => {
  if (isFromElsewhere(request))
    return secured(new Response("This was not sent by a page of this shop.", { status: 403 }));
  return secured(assetOf(request) ?? (await pages(request)));
});
