/** The accounts: in `.anon`, or in whatever `ANON_STORAGE` names (`redis://…`, `fs:./dir`, `memory:`). */
import { type Anon, createAnon } from "anon-accounts";
import { open } from "anon-accounts/drivers";
import { secretFor } from "../shared/secret.ts";

const storage = process.env.ANON_STORAGE || "fs:.anon";

export const anon: Anon = createAnon({
  storage: await open(storage),
  secret: secretFor(storage),
  // the pages are all there is: no HTTP API
  api: false,
});
