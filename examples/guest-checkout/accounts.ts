/** The customers' accounts: in `.anon`, or in the storage that `ANON_STORAGE` names (`sqlite:./accounts.db`, `postgres://…`, `redis://…`). */
import { type Anon, createAnon } from "anon-accounts";
import { open } from "anon-accounts/drivers";
import { handOver } from "./shop/hand-over.ts";

const { ANON_STORAGE: storage = "fs:.anon", TRUSTED_PROXY: header } = process.env;

export const anon: Anon = createAnon({
  storage: await open(storage),
  secret: process.env.ANON_SECRET,
  // guests can buy; everything else needs a registered account, which has all capabilities by default
  collections: { customers: { capabilities: { anonymous: ["cart:*", "orders:*"] } } },
  hooks: {
    // a guest signs in to an existing account: the shop's data under the guest's id moves to it
    merge: async ({ from, record, mergeId }) => {
      await handOver(from, record.id, mergeId);
      return undefined;
    },
    // moves what another tab did as the guest in the meantime
    afterMerge: ({ from, record, mergeId }) => handOver(from, record.id, `${mergeId}-after`),
  },
  // no HTTP API, only pages
  api: false,
  // behind a proxy all requests come from its address: limits need the visitor's address from this header
  trustedProxy: header ? { header } : undefined,
});
