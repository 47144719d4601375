/** Capabilities from lists and functions, and the errors of `authorize`. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import * as ambient from "../../../sdk/context.ts";
import type { Anon } from "../../../sdk/contract/anon.ts";
import type { AnonOptions } from "../../../sdk/contract/options.ts";
import type { AnonRecord, TokenClaims } from "../../../sdk/contract/records.ts";
import type { AnonErrorCode } from "../../../sdk/errors.ts";
import memory from "../../../storage-drivers/memory.ts";
import { PASSWORD, refused, refusedAtOnce, setUp } from "../../support/sdk.ts";

// few names, so that capabilities and patterns often match
const part = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("a", "b", "ab") },
  fc.stringMatching(/^[a-z0-9_-]{1,5}$/),
);
const capability = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(":"));

type Capabilities = NonNullable<AnonOptions["capabilities"]>;

/** A guest and a registered account, as records and as claims. */
async function accounts(capabilities: Capabilities | undefined, collection = "users") {
  const { anon } = setUp(memory(), { capabilities });
  const guest = await anon.signInAnonymously({ collection });
  const other = await anon.signInAnonymously({ collection });
  const member = await anon.convert(other.token, { email: "ada@example.com", password: PASSWORD });
  const claimsOf = ({ token }: { token: string }) => anon.verifyToken(token) as TokenClaims;
  return {
    anon,
    guest: guest.record,
    member: member.record,
    guestClaims: claimsOf(guest),
    memberClaims: claimsOf(member),
  };
}

describe("capabilities", () => {
  it("default to none for guests and all for registered accounts", async () => {
    for (const capabilities of [undefined, {}, { anonymous: undefined, registered: undefined }]) {
      const { anon, guest, member, guestClaims, memberClaims } = await accounts(capabilities);
      for (const holder of [guest, guestClaims]) assert.equal(anon.can(holder, "cart:write"), false);
      for (const holder of [member, memberClaims]) assert.equal(anon.can(holder, "cart:write"), true);
    }
  });

  it("are granted by exact name, by prefix or by *", async () => {
    const { anon, guest } = await accounts({ anonymous: ["cart:*", "help", "a:b:*"] });
    for (const has of ["cart:write", "cart:a:b", "help", "a:b:c", "a:b:c:d"]) assert(anon.can(guest, has), has);
    for (const not of ["cart", "carts:write", "help:me", "hel", "a:b", "a:c", "a"]) assert(!anon.can(guest, not), not);
    const { anon: open, guest: visitor } = await accounts({ anonymous: ["*"], registered: [] });
    assert(open.can(visitor, "a") && open.can(visitor, "a:b:c"));
  });

  it("match any list as a part-by-part comparison does", async () => {
    const { guest } = await accounts({});
    const pattern = fc.oneof(
      capability,
      capability.map((name) => `${name}:*`),
      fc.constant("*"),
    );
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 5 }), capability, (patterns, wanted) => {
        const { anon } = setUp(memory(), { capabilities: { anonymous: patterns } });
        const parts = wanted.split(":");
        const expected = patterns.some((one) => {
          const its = one.split(":");
          if (its.at(-1) !== "*") return one === wanted;
          return parts.length >= its.length && its.slice(0, -1).every((name, at) => name === parts[at]);
        });
        assert.equal(anon.can(guest, wanted), expected);
      }),
    );
  });

  it("of a collection override the top-level ones, separately for anonymous and registered accounts", async () => {
    const { anon } = setUp(memory(), {
      capabilities: { anonymous: ["look"], registered: ["look", "buy"] },
      collections: { users: {}, staff: { capabilities: { registered: ["*"], anonymous: undefined } } },
    });
    const of = (collectionName: string, anonymous: boolean) => ({ collectionName, anonymous }) as AnonRecord;
    assert(anon.can(of("users", false), "buy") && !anon.can(of("users", false), "refund"));
    assert(anon.can(of("staff", false), "refund"));
    assert(anon.can(of("staff", true), "look") && !anon.can(of("staff", true), "buy"));
    assert.equal(anon.can(of("unknown", false), "look"), false);
    assert.equal(anon.can(of("__proto__", false), "look"), false);
  });

  it("are never granted to null or to an object that is not an account", async () => {
    const { anon, member } = await accounts({ anonymous: ["*"] });
    for (const none of [null, undefined, {}, { ...member, anonymous: undefined }, { ...member, anonymous: 0 }]) {
      assert.equal(anon.can(none as null, "cart:write"), false);
    }
    assert.equal(anon.can({ ...member, collectionName: "No Collection" }, "cart:write"), false);
  });

  it("with invalid syntax are refused in options and in calls", async () => {
    const wrong = ["", "Cart", "cart:", ":cart", "cart::a", "cart*", "*:cart", "cart:*:a", "a b", "a\n", "**", 5, null];
    for (const one of wrong) {
      for (const kind of ["anonymous", "registered"]) {
        const capabilities = { [kind]: ["cart:write", one] } as Capabilities;
        refusedAtOnce(() => setUp(memory(), { capabilities }), "invalid_options");
        refusedAtOnce(() => setUp(memory(), { collections: { users: { capabilities } } }), "invalid_options");
      }
    }
    for (const capabilities of [null, [], "*", { registerd: [] }, { anonymous: "*" }, { anonymous: new Array(1) }]) {
      refusedAtOnce(() => setUp(memory(), { capabilities: capabilities as Capabilities }), "invalid_options");
    }
    const { anon, member } = await accounts({});
    for (const one of [...wrong, "*", "cart:*", undefined]) {
      refusedAtOnce(() => anon.can(member, one as string), "invalid_options");
    }
    refusedAtOnce(() => anon.authorize(member, "cart:*"), "invalid_options");
  });

  it("do not change when the configured list is changed later", async () => {
    const anonymous = ["look"];
    const { anon, guest } = await accounts({ anonymous });
    anonymous.push("*");
    assert.equal(anon.can(guest, "buy"), false);
  });
});

describe("capabilities by a function", () => {
  it("are those it returns for the record", async () => {
    const registered = ({ plan }: AnonRecord) => (plan === "paid" ? ["*"] : ["read:*"]);
    const { anon, member } = await accounts({ registered });
    assert(anon.can(member, "read:a") && !anon.can(member, "write"));
    assert(anon.can({ ...member, plan: "paid" } as AnonRecord, "write"));
  });

  it("cause an error when it throws or does not return a list", async () => {
    const failing = () => {
      throw new Error("of the application");
    };
    const { anon, guest } = await accounts({ anonymous: failing });
    assert.throws(() => anon.can(guest, "a"), /of the application/);
    assert.throws(() => anon.authorize(guest, "a"), /of the application/);
    const rejecting = async () => failing();
    for (const invalid of [rejecting, () => undefined, () => "*", () => ["A"], () => [undefined], async () => ["*"]]) {
      const { anon, guest } = await accounts({ anonymous: invalid as never });
      refusedAtOnce(() => anon.can(guest, "a"), "invalid_options");
      refusedAtOnce(() => anon.authorize(guest, "a"), "invalid_options");
    }
  });

  it("cannot be checked from claims, except for the kind of account that has a list", async () => {
    const { anon, guest, guestClaims, memberClaims } = await accounts({ anonymous: ["a"], registered: () => ["*"] });
    assert.equal(anon.can(guestClaims, "a"), true);
    assert.match(refusedAtOnce(() => anon.can(memberClaims, "a"), "invalid_options").message, /claims/);
    refusedAtOnce(() => anon.authorize(memberClaims, "a"), "invalid_options");
    assert.equal(anon.can({ ...memberClaims, collectionId: "No Collection" }, "a"), false);
    refusedAtOnce(() => anon.authorize(guest, "b"), "registration_required");
  });
});

describe("authorize", () => {
  const code = (anon: Anon, holder: AnonRecord | TokenClaims | null, wanted?: string): AnonErrorCode | "passes" => {
    try {
      anon.authorize(holder, wanted);
      return "passes";
    } catch (error) {
      return (error as { code: AnonErrorCode }).code;
    }
  };

  it("asks a guest to convert only where conversion grants the capability", async () => {
    const { anon, guest, member, guestClaims } = await accounts({ anonymous: ["look"], registered: ["look", "buy"] });
    for (const holder of [guest, guestClaims]) {
      assert.equal(code(anon, holder, "look"), "passes");
      assert.equal(code(anon, holder, "buy"), "registration_required");
      assert.equal(code(anon, holder, "refund"), "capability_required");
      assert.equal(code(anon, holder), "registration_required");
    }
    assert.equal(code(anon, member, "buy"), "passes");
    assert.equal(code(anon, member), "passes");
    assert.equal(code(anon, member, "refund"), "capability_required");
    assert.equal(code(anon, null, "look"), "invalid_token");
    assert.equal(code(anon, null), "invalid_token");
    const messageOf = (holder: AnonRecord, wanted: string) => {
      const wrong = wanted === "buy" ? "registration_required" : "capability_required";
      return refusedAtOnce(() => anon.authorize(holder, wanted), wrong).message;
    };
    assert.match(messageOf(guest, "buy"), /convert this account/);
    for (const holder of [guest, member]) assert.doesNotMatch(messageOf(holder, "refund"), /convert/);
  });

  it("refuses accounts of unknown collections", async () => {
    const { anon, member, guest } = await accounts({ anonymous: ["*"] });
    for (const record of [member, guest]) {
      const elsewhere = { ...record, collectionName: "No Collection" };
      assert.equal(code(anon, elsewhere, "look"), "capability_required");
      assert.equal(code(anon, elsewhere), "capability_required");
    }
  });

  it("agrees with can for any lists", async () => {
    const { guest, member } = await accounts({});
    fc.assert(
      fc.property(fc.array(capability), fc.array(capability), capability, (anonymous, registered, wanted) => {
        const { anon } = setUp(memory(), { capabilities: { anonymous, registered } });
        for (const record of [guest, member]) {
          assert.equal(code(anon, record, wanted) === "passes", anon.can(record, wanted));
        }
        if (!anon.can(guest, wanted)) {
          const helps = anon.can(member, wanted);
          assert.equal(code(anon, guest, wanted), helps ? "registration_required" : "capability_required");
        }
      }),
    );
  });

  it("checks the account of the request", async () => {
    const { anon } = setUp(memory(), { capabilities: { anonymous: ["look"] } });
    const context = await anon.context(new Request("https://shop.example/"));
    await refused(context.authorize("look"), "invalid_token");
    await refused(context.authorize(), "invalid_token");
    assert.equal(await context.can("look"), false);
    const { record } = await context.signInAnonymously();
    assert.equal((await context.authorize("look")).record.id, record.id);
    assert.deepEqual([await context.can("look"), await context.can("buy")], [true, false]);
    await refused(context.authorize("buy"), "registration_required");
    await refused(context.authorize(), "registration_required");
    await context.convert({ email: "ada@example.com", password: PASSWORD });
    assert.equal((await context.authorize()).claims.anonymous, false);
    assert.equal(await context.can("buy"), true);
    await refused(context.authorize("Buy"), "invalid_options");
  });

  it("checks the account of the ambient request", async () => {
    const { anon } = setUp(memory(), { capabilities: { anonymous: ["look"] } });
    await anon.run(new Request("https://shop.example/"), async () => {
      await refused(ambient.authorize("look"), "invalid_token");
      const { record } = await ambient.signInAnonymously();
      assert.equal((await ambient.authorize("look")).record.id, record.id);
      await refused(ambient.authorize(), "registration_required");
      assert.deepEqual([await ambient.can("look"), await ambient.can("buy")], [true, false]);
      return new Response();
    });
  });
});
