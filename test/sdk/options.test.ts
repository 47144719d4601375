import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAnon } from "../../sdk/create-anon.ts";
import type { AnonOptions } from "../../sdk/types.ts";
import memory from "../../storage-drivers/memory.ts";
import { collect, refused, refusedAtOnce, SECRET, setUp } from "../support/sdk.ts";

describe("createAnon", () => {
  const make = (options: Partial<Record<keyof AnonOptions, unknown>>) => () =>
    createAnon({ storage: memory(), secret: SECRET, ...options } as AnonOptions);

  it("checks its options at once", () => {
    for (const storage of [undefined, null, "fs:.anon", 5]) refusedAtOnce(make({ storage }), "invalid_options");
    const { getItem, getKeys, hasItem } = memory();
    for (const storage of [{}, { getItem }, { getItem, getKeys, hasItem }]) {
      refusedAtOnce(make({ storage }), "invalid_options");
    }
    refusedAtOnce(() => createAnon(undefined as unknown as AnonOptions), "invalid_options");
    refusedAtOnce(make({ now: 5 }), "invalid_options");
    for (const sessionTtl of [0, "999ms"]) refusedAtOnce(make({ sessionTtl }), "invalid_options");
    for (const sessionTtl of ["soon", -1, null]) refusedAtOnce(make({ sessionTtl }), "invalid_duration");
    refusedAtOnce(make({ activityResolution: "often" }), "invalid_duration");
    for (const maxSessions of [0, -1, 1.5, 1001, "16"]) refusedAtOnce(make({ maxSessions }), "invalid_options");
    for (const guestEmailDomain of ["", "localhost", "a b.com", "x@y.com", "1.2.3.4", 5]) {
      refusedAtOnce(make({ guestEmailDomain }), "invalid_options");
    }
    refusedAtOnce(make({ collections: {} }), "invalid_options");
    refusedAtOnce(make({ collections: { Users: {} } }), "invalid_collection");
    refusedAtOnce(make({ collections: { users: { sessionTtl: "x" } } }), "invalid_duration");
  });

  it("takes no options for none", async () => {
    const { anon } = setUp(memory());
    const none = null as unknown as undefined;
    const { token, record } = await anon.signInAnonymously(none);
    await refused(anon.signInWithPassword(record.email, "wrong", none), "invalid_credentials");
    assert.equal((await anon.findByEmail(record.email, none))?.id, record.id);
    assert.equal((await collect(anon.list(none))).length, 1);
    await anon.signOut(token, none);
    await refused(anon.gc(none as never), "invalid_duration");
  });

  it("checks its secrets", () => {
    const short = "x".repeat(31);
    for (const secret of [
      undefined,
      null,
      "",
      short,
      [],
      [short],
      [SECRET, short],
      [SECRET, undefined],
      5,
      {},
      [[SECRET]],
    ]) {
      const error = refusedAtOnce(make({ secret }), "invalid_secret");
      assert.equal(error.message.includes(short), false);
    }
    make({ secret: [SECRET, SECRET] })();
  });

  it("never writes into its options", () => {
    const collections = Object.freeze({ users: Object.freeze({ sessionTtl: undefined }) });
    const options = Object.freeze({ storage: memory(), secret: Object.freeze([SECRET]), collections });
    createAnon(options);
  });
});
