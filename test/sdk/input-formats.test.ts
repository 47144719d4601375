import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { canonicalEmail, checkEmail } from "../../sdk/account/email.ts";
import { canonicalUsername, checkUsername } from "../../sdk/account/username.ts";
import { parseDuration } from "../../sdk/settings/duration.ts";
import memory from "../../storage-drivers/memory.ts";
import { DAY, HOUR, MINUTE, refused, refusedAtOnce, setUp } from "../support/sdk.ts";

const ANONYMOUS_DOMAIN = "anonymous.invalid";

describe("durations", () => {
  it("are parsed in every form", () => {
    const forms: [string | number, number][] = [
      [0, 0],
      [1500, 1500],
      ["0s", 0],
      ["500ms", 500],
      ["45s", 45_000],
      ["90m", 90 * MINUTE],
      ["12h", 12 * HOUR],
      ["30d", 30 * DAY],
      ["2w", 14 * DAY],
      ["P30D", 30 * DAY],
      ["P2W", 14 * DAY],
      ["PT12H", 12 * HOUR],
      ["PT1H30M5S", HOUR + 30 * MINUTE + 5_000],
      ["P1DT12H", 36 * HOUR],
      ["365000d", 365_000 * DAY],
    ];
    for (const [duration, milliseconds] of forms) assert.equal(parseDuration(duration), milliseconds, String(duration));
  });

  it("are refused in any other form", () => {
    const others = ["", " ", "30", "30x", "30 d", "-1d", "1.5h", "1e3s", "P", "PT", "P1DT", "P1Y", "P1M", "p30d", "d"];
    const odd = [
      -1,
      0.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 53,
      "365001d",
      "100000000d",
      "99999999999999d",
      "0x10s",
      "٣d",
    ];
    for (const duration of [...others, ...odd]) {
      const error = refusedAtOnce(() => parseDuration(duration), "invalid_duration");
      assert(error.message.includes(`"${String(duration)}"`), error.message);
    }
    for (const duration of [undefined, null, true, {}, [], ["1d"], 1n, Object.create(null), Symbol("x")]) {
      refusedAtOnce(() => parseDuration(duration as string), "invalid_duration");
    }
    const long = refusedAtOnce(() => parseDuration("9".repeat(100_000)), "invalid_duration");
    assert(long.message.length < 300);
  });
});

describe("emails", () => {
  it("that are equal have one canonical form, which is its own canonical form", () => {
    const same: string[][] = [
      ["ada@example.com", "ADA@EXAMPLE.COM", "Ada@Example.Com", "ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ"],
      ["zoë@müller.de", "ZOË@MÜLLER.DE", "zoe\u0308@mu\u0308ller.de", "zoë@xn--mller-kva.de"],
      ["σας@example.gr", "ΣΑΣ@example.gr", "σασ@EXAMPLE.gr"],
      ["straße@example.de", "STRASSE@example.de"],
      ["a+tag@例え.jp", "A+TAG@xn--r8jz45g.JP"],
    ];
    for (const group of same) {
      const forms = new Set(group.map(canonicalEmail));
      assert.equal(forms.size, 1, [...forms].join(" "));
      const [form] = forms;
      assert.equal(typeof form, "string");
      assert.equal(canonicalEmail(form as string), form);
    }
  });

  it("that differ have different canonical forms", () => {
    const different = [
      "ada@example.com",
      "a.da@example.com",
      "ada+x@example.com",
      "ada@example.org",
      "ada@x.example.com",
    ];
    assert.equal(new Set([...different, "ada@straße.de", "ada@strasse.de"].map(canonicalEmail)).size, 7);
  });

  it("that are malformed are refused", () => {
    const malformed = [
      ...["", "@", "ada", "ada@", "@example.com", "ada@example", "ada@@example.com", "a@b@example.com", "ada@.com"],
      ...["ada@example..com", ".ada@example.com", "ada.@example.com", "a..da@example.com", "ada@example.com."],
      ...["ada @example.com", " ada@example.com", "ada@example.com ", "ada\n@example.com", "ada@exa mple.com"],
      ...["<ada@example.com>", "ada@[127.0.0.1]", "ada@127.0.0.1", "ada@0x7f.1", "ada@-x.com", "ada@x-.com"],
      ...["ada@ex_ample.com", "ada@example.com/x", "ada@example.com:25", "ada@example.com?x", "ada@example.com#x"],
      ...[
        '"a b"@example.com',
        "a,b@example.com",
        "ada\u0000@example.com",
        "ada\u200b@example.com",
        "\ud800@example.com",
      ],
      ...[
        `${"a".repeat(65)}@example.com`,
        `a@${"b".repeat(64)}.com`,
        `a@${"b.".repeat(130)}com`,
        `${"é".repeat(33)}@x.de`,
      ],
      ...["ada@%65xample.com", "ada@xn--.com", "ada@example.123"],
    ];
    for (const email of malformed) {
      assert.equal(canonicalEmail(email), null, email);
      refusedAtOnce(() => checkEmail(email, ANONYMOUS_DOMAIN), "invalid_email");
    }
    for (const email of [undefined, null, 5, {}, ["ada@example.com"]]) {
      refusedAtOnce(() => checkEmail(email as string, ANONYMOUS_DOMAIN), "invalid_email");
    }
    refusedAtOnce(() => checkEmail("a".repeat(10_000_000), ANONYMOUS_DOMAIN), "invalid_email");
  });

  it("in the form of a guest's email are reserved", () => {
    const id = "abcdefghij12345";
    for (const email of [
      `anon-${id}@example.com`,
      `ANON-${id}@x.org`,
      `ada@${ANONYMOUS_DOMAIN}`,
      "ada@Guests.example.com",
    ]) {
      refusedAtOnce(() => checkEmail(email, "guests.example.com"), "reserved_email");
    }
    for (const email of [`anon-${id}x@example.com`, "anon@example.com", "anon-ada@example.com"]) {
      assert.equal(checkEmail(email, ANONYMOUS_DOMAIN), email);
    }
  });
});

describe("usernames", () => {
  it("have 3 to 150 ASCII characters, and ignore case", () => {
    for (const valid of ["ada", "Ada.Lovelace", "a-b_c", "_ada", "007", "x".repeat(150), "anon_ada"]) {
      assert.equal(checkUsername(valid), valid.toLowerCase());
      assert.equal(canonicalUsername(valid.toUpperCase()), canonicalUsername(valid));
    }
    const bad = [
      "",
      "ab",
      "a b",
      "-ada",
      ".ada",
      "ada@x",
      "zoë",
      "аda",
      "ada\n",
      "x".repeat(151),
      "ada:x",
      undefined,
      5,
    ];
    for (const username of bad) refusedAtOnce(() => checkUsername(username as string), "invalid_username");
    refusedAtOnce(() => checkUsername("anon_abcdefghij12345"), "reserved_username");
    refusedAtOnce(() => checkUsername("ANON_ABCDEFGHIJ12345"), "reserved_username");
  });
});

describe("collections", () => {
  it("have names of lower-case letters, digits and underscores", async () => {
    const { anon } = setUp(memory());
    for (const collection of ["a", "users", "constructor", "a1_b", "x".repeat(63)]) {
      assert.equal((await anon.signInAnonymously({ collection })).record.collectionName, collection);
    }
    const bad = [
      "",
      "A",
      "1a",
      "_a",
      "a-b",
      "a b",
      "a:b",
      "é",
      "x".repeat(64),
      "users\n",
      "__proto__",
      null,
      5,
      ["users"],
    ];
    for (const collection of bad) {
      await refused(anon.signInAnonymously({ collection: collection as string }), "invalid_collection");
    }
  });

  it("are limited to the configured ones, if any are configured", async () => {
    const { anon } = setUp(memory(), { collections: { users: undefined as never, customers: {} } });
    await anon.signInAnonymously();
    const error = await refused(anon.signInAnonymously({ collection: "staff" as "users" }), "unknown_collection");
    assert.match(error.message, /"staff".*users, customers/);
    await refused(anon.admin.get({ collection: "constructor" as "users", id: "x" }), "unknown_collection");
    await refused(anon.signInAnonymously({ collection: "Staff" as "users" }), "invalid_collection");
  });
});
