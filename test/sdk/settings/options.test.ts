import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AnonOptions } from "../../../sdk/contract/options.ts";
import { createAnon } from "../../../sdk/create-anon.ts";
import memory from "../../../storage-drivers/memory.ts";
import { collect, DAY, refused, refusedAtOnce, SECRET, setUp } from "../../support/sdk.ts";

describe("createAnon", () => {
  const make = (options: Partial<Record<keyof AnonOptions, unknown>>) => () =>
    createAnon({ storage: memory(), secret: SECRET, ...options } as AnonOptions);

  it("refuses unknown options", () => {
    for (const options of [
      { beforeCreate: () => false },
      { limit: { signUpsPerAddress: false } },
      { collections: { users: { retentoin: "30d" } } },
      { collections: { users: { limits: false } } },
    ]) {
      refusedAtOnce(make(options as Partial<Record<keyof AnonOptions, unknown>>), "invalid_options");
    }
    make({ retention: undefined, collections: { users: { keep: undefined } } })();
  });

  it("names the option that an unknown one was probably meant to be, nested ones included", () => {
    for (const [options, message] of [
      [{ sessionTTL: "7d" }, "`sessionTTL`: did you mean sessionTtl?"],
      [{ storge: memory(), storage: undefined }, "`storge`: did you mean storage?"],
      [{ collections: { users: { retentoin: "30d" } } }, "`collections.users.retentoin`: did you mean retention?"],
      [{ collections: { users: { merge: { forwardin: "1d" } } } }, "`merge.forwardin`: did you mean forwarding?"],
      [{ cookie: { sameSit: "lax" } }, "`cookie.sameSit`: did you mean sameSite?"],
      [{ cookie: { maxAge: 5 } }, "`cookie.maxAge`: there are name, path,"],
      [{ api: { basepath: "/x" } }, "`api.basepath`: did you mean basePath?"],
      [{ trustedProxy: { header: "x-forwarded-for", hop: 2 } }, "`trustedProxy.hop`: did you mean hops?"],
      [{ limits: { signUpPerAddress: false } }, "`limits.signUpPerAddress`: did you mean signUpsPerAddress?"],
      [
        { limits: { signUpsPerAddress: { max: 5, per: "1h", burst: 2 } } },
        "`limits.signUpsPerAddress.burst`: there are max, per",
      ],
      [{ capabilities: { guests: [] } }, "`capabilities.guests`: there are anonymous, registered"],
      [{ anonymous: { maxSession: 2 } }, "`anonymous.maxSession`: did you mean maxSessions?"],
      [{ serviceTokens: { isuer: "x" } }, "`serviceTokens.isuer`: did you mean issuer?"],
      [{ hooks: { beforeDelte: () => false } }, 'hook "beforeDelte": did you mean beforeDelete?'],
    ] as const) {
      const { message: shown } = refusedAtOnce(make(options as Record<string, unknown>), "invalid_options");
      assert.ok(shown.startsWith(`Cannot use ${message}`), shown);
    }
    // what is undefined has no effect, however it is called
    make({ storge: undefined, cookie: { sameSit: undefined }, api: { cors: undefined } } as Record<string, unknown>)();
  });

  it("returns calls that reject invalid tokens instead of throwing", async () => {
    const anon = make({})();
    const weird = JSON.parse('{"toString":1,"valueOf":1}') as string;
    for (const token of [weird, { id: "aaaaaaaaaaaaaaa" } as unknown as string, undefined as unknown as string]) {
      await refused(anon.exportAccount(token), "invalid_token");
      await refused(
        anon.changePassword(token, undefined as unknown as { oldPassword: string; password: string }),
        "invalid_token",
      );
      await refused(anon.requestEmailChange(token, { email: "ada@example.com" }), "invalid_token");
    }
  });

  it("reports the first missing field if the whole input is missing", async () => {
    const anon = make({})();
    await refused(anon.register(undefined as unknown as { email: string; password: string }), "invalid_email");
  });

  it("checks its options at once", () => {
    for (const storage of [undefined, null, 5]) refusedAtOnce(make({ storage }), "invalid_options");
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

  it("refuses a duration beyond the range of dates at once, for every option", () => {
    const long = "100000000d";
    const durations = ["sessionTtl", "activityResolution", "retention", "quarantine", "warning"] as const;
    for (const name of durations) {
      for (const options of [{ [name]: long }, { collections: { users: { [name]: long } } }]) {
        const { message } = refusedAtOnce(make(options), "invalid_options");
        assert(message.includes(name) && message.includes("365000d"), message);
      }
    }
    refusedAtOnce(make({ anonymous: { lifetime: long } }), "invalid_options");
    refusedAtOnce(make({ merge: { forwarding: long } }), "invalid_options");
    refusedAtOnce(make({ limits: { signUpsPerAddress: { max: 1, per: long } } }), "invalid_options");
  });

  it("accepts the longest durations together, and gc works with them", async () => {
    const most = "365000d";
    const { anon, clock } = setUp(memory(), {
      sessionTtl: most,
      activityResolution: most,
      retention: most,
      quarantine: most,
      warning: most,
      anonymous: { lifetime: most },
      hooks: { beforeExpiry: () => undefined },
    });
    const { token, record } = await anon.signInAnonymously();
    assert.equal((await anon.authenticate(token))?.record.id, record.id);
    assert.equal((await anon.admin.gc()).deleted, 0);
    clock.now += 2 * 365_000 * DAY;
    const { warned } = await anon.admin.gc();
    assert.equal(warned, 1);
    clock.now += 365_000 * DAY;
    assert.equal((await anon.admin.gc()).quarantined, 1);
    assert.match((await anon.admin.inspect(record.id))?.quarantine?.until ?? "", /^\d{4}-/);
  });

  it("returns calls that accept null as options", async () => {
    const { anon } = setUp(memory());
    const none = null as unknown as undefined;
    const { token, record } = await anon.signInAnonymously(none);
    await refused(anon.signInWithPassword(record.email, "wrong", none), "invalid_credentials");
    assert.equal((await anon.admin.findByEmail(record.email, none))?.id, record.id);
    assert.equal((await collect(anon.admin.list(none))).length, 1);
    await anon.signOut(token, none);
    await refused(anon.admin.gc(none as never), "invalid_duration");
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

  it("refuses a secret with a line end, white space or a byte order mark around it, and says which", () => {
    for (const [secret, found] of [
      [`${SECRET}\n`, /ends with a line end/],
      [`${SECRET}\r\n`, /ends with a line end/],
      [`\n${SECRET}`, /begins with a line end/],
      [` ${SECRET}`, /begins with white space/],
      [`${SECRET}\t`, /ends with white space/],
      [`${SECRET}\u00a0`, /ends with white space/],
      [`\ufeff${SECRET}`, /begins with a byte order mark/],
    ] as const) {
      for (const given of [secret, [secret], [SECRET, secret]]) {
        const error = refusedAtOnce(make({ secret: given }), "invalid_secret");
        assert.match(error.message, found);
        assert.equal(error.message.includes(SECRET), false);
      }
    }
    // inside a secret they are allowed
    make({ secret: SECRET.replace("secret", "\nsecret \ufeff") })();
  });

  it("never writes into its options", () => {
    const collections = Object.freeze({ users: Object.freeze({ sessionTtl: undefined }) });
    const options = Object.freeze({ storage: memory(), secret: Object.freeze([SECRET]), collections });
    createAnon(options);
  });
});
