/** The customers' accounts: in `.anon`, or in whatever `ANON_STORAGE` names (`redis://…`, `fs:./dir`, `memory:`). */
import { type Anon, createAnon } from "anon-accounts";
import { open } from "anon-accounts/drivers";
import { handOver } from "./shop/hand-over.ts";

const { ANON_STORAGE: storage = "fs:.anon", TRUSTED_PROXY: header } = process.env;

export const anon: Anon = createAnon({
  storage: await open(storage),
  secret: process.env.ANON_SECRET,
  // guests buy as everybody does; whatever else there is, is for customers with an account, who may everything
  collections: { customers: { capabilities: { anonymous: ["cart:*", "orders:*"] } } },
  hooks: {
    // a guest signs in to an account that is there: what the shop has under their id goes along
    merge: async ({ from, record, mergeId }) => {
      await handOver(from, record.id, mergeId);
      return undefined;
    },
    // and once more what another tab did in between, when it still was the guest's
    afterMerge: ({ from, record, mergeId }) => handOver(from, record.id, `${mergeId}-after`),
  },
  // the pages are all there is
  api: false,
  // behind a proxy all requests come from its address: limits count by the one that it tells in this header
  trustedProxy: header ? { header } : undefined,
});
