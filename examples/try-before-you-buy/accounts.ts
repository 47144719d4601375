/** The accounts: in `.anon`, or in whatever `ANON_STORAGE` names (`redis://…`, `fs:./dir`, `memory:`). */
import { type Anon, createAnon } from "anon-accounts";
import { open } from "anon-accounts/drivers";
import { moveNotes } from "./notes.ts";

export const anon: Anon = createAnon({
  storage: await open(process.env.ANON_STORAGE || "fs:.anon"),
  secret: process.env.ANON_SECRET,
  // the pages are all there is: no HTTP API
  api: false,
  // registered accounts may everything; `notes:unlimited` is what guests may not
  capabilities: { anonymous: ["notes:write"] },
  hooks: {
    // a guest signs in to an account that is there: the notes go along
    merge: async ({ from, record }) => {
      await moveNotes(from, record.id);
      return undefined;
    },
    // and once more what another tab wrote in between, when it still was the guest's
    afterMerge: ({ from, record }) => moveNotes(from, record.id),
  },
});
