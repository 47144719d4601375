/** The customers' accounts: in `.anon`, or in whatever `ANON_STORAGE` names (`redis://…`, `fs:./dir`, `memory:`). */
import { type Anon, createAnon } from "anon-accounts";
import { open } from "anon-accounts/drivers";
import { secretFor } from "../shared/secret.ts";

const { ANON_STORAGE: storage = "fs:.anon", TRUSTED_PROXY: header } = process.env;

export const anon: Anon = createAnon({
  storage: await open(storage),
  secret: secretFor(storage),
  collections: { customers: {} },
  // the pages are all there is
  api: false,
  // behind a proxy all requests come from its address: limits count by the one that it tells in this header
  trustedProxy: header ? { header } : undefined,
});
