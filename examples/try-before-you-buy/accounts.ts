/** The accounts: in `.anon`, or in the storage that `ANON_STORAGE` names (`sqlite:./accounts.db`, `postgres://…`, `redis://…`). */
import { type Anon, createAnon } from "anon-accounts";
import { open } from "anon-accounts/drivers";
import { moveNotes } from "./notes.ts";

export const anon: Anon = createAnon({
  storage: await open(process.env.ANON_STORAGE || "fs:.anon"),
  secret: process.env.ANON_SECRET,
  // no HTTP API, only pages
  api: false,
  // registered accounts have all capabilities by default; guests do not have `notes:unlimited`
  capabilities: { anonymous: ["notes:write"] },
  hooks: {
    // a guest signs in to an existing account: the notes move to it
    merge: async ({ from, record }) => {
      await moveNotes(from, record.id);
      return undefined;
    },
    // moves notes that another tab wrote as the guest in the meantime
    afterMerge: ({ from, record }) => moveNotes(from, record.id),
  },
});
