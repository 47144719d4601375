/** The types of the server's collections in the client. `npm run types` checks them; this file runs them, too. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { createAnonClient } from "../../../sdk/client/index.ts";
import { useSession } from "../../../sdk/client/react.ts";
import { createAnon } from "../../../sdk/index.ts";
import memory from "../../../storage-drivers/memory.ts";
import { SECRET } from "../../support/sdk.ts";

const anon = createAnon({
  storage: memory(),
  secret: SECRET,
  collections: {
    users: { schema: z.object({ plan: z.enum(["free", "paid"]).default("free") }) },
    customers: { schema: z.object({ cart: z.array(z.string()).default([]) }) },
  },
});
const plain = createAnon({ storage: memory(), secret: SECRET });
const shop = createAnon({
  storage: memory(),
  secret: SECRET,
  collections: { customers: { schema: z.object({ cart: z.array(z.string()) }) } },
});

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const sure = <T extends true>(value: T): T => value;

describe("the client's types", () => {
  it("are those of the server's collections", () => {
    const client = createAnonClient<typeof anon>({ mode: "cookie" });
    const customers = createAnonClient<typeof anon, "customers">({ mode: "cookie", collection: "customers" });
    const { record, status } = client.session.get();
    assert.deepEqual([record, status], [null, "loading"]);
    // told apart by the collection
    if (record?.collectionName === "customers") sure<Equal<typeof record.cart, string[]>>(true);
    if (record?.collectionName === "users") sure<Equal<typeof record.plan, "free" | "paid">>(true);
    if (record) sure<Equal<typeof record.anonymous, boolean>>(true);
    sure<Equal<ReturnType<typeof customers.session.get>, ReturnType<typeof client.session.get>>>(true);
    sure<Equal<Parameters<typeof customers.signInAnonymously>[0], { cart?: string[] | undefined } | undefined>>(true);
    const session = (): ReturnType<typeof client.session.get> => useSession(client);
    sure<Equal<ReturnType<typeof session>, ReturnType<typeof client.session.get>>>(true);
    const calls = (): unknown[] => [
      client.update({ plan: "paid" }),
      // @ts-expect-error another value
      client.update({ plan: "none" }),
      // @ts-expect-error a field of another collection
      client.signInAnonymously({ cart: [] }),
      client.convert({ email: "", password: "", data: { plan: "free" } }),
      // @ts-expect-error no such collection
      createAnonClient<typeof anon, "orders">({ mode: "cookie", collection: "orders" }),
      // @ts-expect-error the collection is missing
      createAnonClient<typeof anon, "customers">({ mode: "cookie" }),
      // @ts-expect-error the server has no `users`
      createAnonClient<typeof shop>({ mode: "token" }),
      createAnonClient<typeof shop>({ mode: "token", collection: "customers" }).update({ cart: [] }),
    ];
    assert.equal(typeof calls, "function");
    for (const one of [client, customers]) one.dispose();
  });

  it("are any fields of a server without collections", () => {
    for (const client of [createAnonClient({ mode: "token" }), createAnonClient<typeof plain>({ mode: "token" })]) {
      const { record } = client.session.get();
      if (record) sure<Equal<typeof record.id, string>>(true);
      const call = (): unknown => client.update({ anything: 1 });
      assert.equal(typeof call, "function");
      client.dispose();
    }
  });
});
