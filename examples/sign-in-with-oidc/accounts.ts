/** The accounts: in `.anon`, or in the storage that `ANON_STORAGE` names (`sqlite:./accounts.db`, `postgres://…`, `redis://…`). */
import { type Anon, createAnon } from "anon-accounts";
import { open } from "anon-accounts/drivers";

export const anon: Anon = createAnon({
  storage: await open(process.env.ANON_STORAGE || "fs:.anon"),
  secret: process.env.ANON_SECRET,
  // no HTTP API, only pages
  api: false,
});
