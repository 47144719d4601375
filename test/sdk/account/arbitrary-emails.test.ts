/** Emails, usernames and durations under arbitrary input: nothing crashes, and equal inputs get one canonical form. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { canonicalEmail, checkEmail, foldedEmail, guestEmail, guestIdOfEmail } from "../../../sdk/account/email.ts";
import { canonicalUsername, checkUsername, guestIdOfUsername, guestUsername } from "../../../sdk/account/username.ts";
import { AnonError, parseDuration } from "../../../sdk/index.ts";
import { ANONYMOUS_DOMAIN } from "../../../sdk/settings/domain.ts";

const anything = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.string({ unit: "grapheme", maxLength: 80 }),
  // lone surrogates
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
);
const nearEmails = fc
  .tuple(anything, fc.constantFrom("@", "", "@@", "＠", "@ ", ".@"), fc.oneof(anything, fc.domain()))
  .map((all) => all.join(""));
const plausible = fc
  .tuple(
    fc.string({ unit: "grapheme-composite", minLength: 1, maxLength: 12 }),
    fc.oneof(fc.domain(), fc.constantFrom("müller.de", "straße.de", "例え.jp", "ΑΣ.gr")),
  )
  .map(([local, domain]) => `${local}@${domain}`);

/**
 * Whether a change of case makes another address. The dotless ı shares its upper case with i. The mark U+0345 has a letter
 * as its upper case, so its result depends on the order of the marks around it.
 */
function hasUnstableCase(text: string): boolean {
  return (
    /ı|\u0345./u.test(text.normalize("NFKC")) ||
    (/\u0345(?=.)|\p{M}\u0345/u.test(text.normalize("NFKD")) && text.length > 1)
  );
}

function refusedOr<T>(run: () => T, codes: string[]): T | null {
  try {
    return run();
  } catch (error) {
    assert(
      error instanceof AnonError && codes.includes(error.code),
      `expected an AnonError with one of the codes, got ${error}`,
    );
    return null;
  }
}

describe("emails", () => {
  it("have a stable canonical form, or none", () => {
    fc.assert(
      fc.property(fc.oneof(anything, nearEmails, plausible, fc.emailAddress()), (text) => {
        const canonical = canonicalEmail(text);
        if (canonical === null) return;
        assert.equal(canonicalEmail(canonical), canonical);
        assert.equal(canonical.split("@").length, 2);
        assert(!/\s/u.test(canonical) && canonical.isWellFormed());
      }),
      { numRuns: 1_000 },
    );
  });

  it("of plain letters have the canonical form that folding gives them", () => {
    const label = fc.stringMatching(/^[A-Za-z0-9_-]{1,9}$/);
    const dotted = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join("."));
    const local = fc.oneof(dotted, fc.stringMatching(/^[A-Za-z0-9_+.-]{1,70}$/));
    const domain = fc.oneof(
      dotted,
      fc.domain(),
      fc.constantFrom("a.0x1", "1.2.3", "xn--a.de", "x--y.de", "a.b1", "A.De"),
    );
    const near = fc.tuple(local, domain).map(([local, domain]) => `${local}@${domain}`);
    fc.assert(
      fc.property(fc.oneof(near, fc.emailAddress(), plausible, nearEmails, anything), (text) => {
        assert.equal(canonicalEmail(text), foldedEmail(text));
        const stored = refusedOr(() => checkEmail(text, ANONYMOUS_DOMAIN), ["invalid_email", "reserved_email"]);
        if (stored !== null && /^[!-~]+$/.test(text)) assert.equal(stored, text);
      }),
      { numRuns: 5_000 },
    );
    for (let code = 0; code <= 0xffff; code++) {
      const letter = String.fromCharCode(code);
      for (const text of [`a${letter}b@example.com`, `ada@ex${letter}ample.com`, `ada@example.co${letter}m`]) {
        if (canonicalEmail(text) !== foldedEmail(text)) assert.fail(`another form: U+${code.toString(16)}`);
      }
    }
  });

  it("have one canonical form in every normalisation and case", () => {
    fc.assert(
      fc.property(fc.oneof(plausible, fc.emailAddress()), (text) => {
        const canonical = canonicalEmail(text);
        if (canonical === null) return;
        for (const form of ["NFC", "NFD", "NFKC", "NFKD"])
          assert.equal(canonicalEmail(text.normalize(form)), canonical, form);
        const at = text.lastIndexOf("@");
        // domains follow IDNA, which does not fold ß into ss
        const [local, domain] = [text.slice(0, at), text.slice(at)];
        for (const other of [local.toLowerCase(), local.toUpperCase(), local.toUpperCase().toLowerCase()]) {
          if (hasUnstableCase(local)) continue;
          assert.equal(canonicalEmail(other + domain), canonical, other);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it("have one canonical form in upper and lower case for every Unicode character", () => {
    for (let code = 0x21; code <= 0x2ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const letter = String.fromCodePoint(code);
      const forms = [letter.toLowerCase(), letter.toUpperCase(), letter.normalize("NFKC"), letter.normalize("NFD")];
      if (forms.every((form) => form === letter)) continue;
      for (const local of [letter, `a${letter}b`, `${letter}\u0301`]) {
        const canonical = canonicalEmail(`${local}@example.com`);
        if (canonical === null) continue;
        if (canonicalEmail(canonical) !== canonical) assert.fail(`not idempotent: U+${code.toString(16)}`);
        if (hasUnstableCase(local)) continue;
        if (canonicalEmail(`${local.toUpperCase()}@example.com`) !== canonical)
          assert.fail(`upper case: U+${code.toString(16)}`);
        if (canonicalEmail(`${local.toLowerCase()}@example.com`) !== canonical)
          assert.fail(`lower case: U+${code.toString(16)}`);
      }
    }
  });

  it("with different letters stay different, and different spellings of one address become equal", () => {
    for (const [one, other] of [
      ["ada@example.com", "ada@example.org"],
      ["ada@example.com", "adа@example.com"],
      ["ada@strasse.de", "ada@straße.de"],
      ["kirk@example.com", "kırk@example.com"],
    ] as const) {
      assert(canonicalEmail(one) && canonicalEmail(other));
      assert.notEqual(canonicalEmail(one), canonicalEmail(other));
    }
    for (const [one, other] of [
      ["ada@EXAMPLE.com", "ADA@example.COM"],
      ["ΟΔΥΣΣΕΥΣ@example.com", "οδυσσευς@example.com"],
      ["οδυσσευσ@example.com", "οδυσσευς@example.com"],
      ["STRASSE@example.com", "straße@example.com"],
      ["zoë@example.com", "ZOE\u0308@example.com"],
      ["ada@MÜLLER.de", "ada@xn--mller-kva.de"],
      ["ada@ΑΣ.gr", "ada@ασ.gr"],
    ] as const) {
      assert(canonicalEmail(one));
      assert.equal(canonicalEmail(one), canonicalEmail(other));
    }
  });

  it("for registration are accepted or refused, and never look like a guest's", () => {
    const guestLike = fc.stringMatching(/^[Aa][Nn]ｏ?o?[Nn]-[a-zA-Z0-9]{15}@(anonymous\.invalid|example\.com)$/);
    fc.assert(
      fc.property(fc.oneof(anything, nearEmails, plausible, guestLike, fc.anything()), (text) => {
        const canonical = refusedOr(
          () => checkEmail(text as string, ANONYMOUS_DOMAIN),
          ["invalid_email", "reserved_email"],
        );
        if (canonical === null) return;
        assert.equal(guestIdOfEmail(canonical), null);
        assert(!canonical.endsWith(`@${ANONYMOUS_DOMAIN}`));
      }),
      { numRuns: 1_000 },
    );
    assert.throws(() => checkEmail("ＡＮＯＮ-abcdefghijklmno@example.com", ANONYMOUS_DOMAIN), {
      code: "reserved_email",
    });
    assert.throws(() => checkEmail("x@ANONYMOUS.invalid", ANONYMOUS_DOMAIN), { code: "reserved_email" });
  });

  it("for registration have one form for mail, storage and lock apart from case, or are refused", () => {
    const invisible = fc.constantFrom(..."\u034f\u115f\u1160\u17b4\u180b\u180f\u2800\u3164\ufe0f\uffa0\u{e0100}");
    const folding = fc.constantFrom("ａ", "ß", "ẞ", "ﬁ", "ſ", "µ", "ª", "K", "é", "e\u0301", "Σ", "ς", "İ", "A", "z");
    const mixed = fc
      .tuple(fc.array(fc.oneof(folding, fc.constantFrom("x", "."), invisible), { maxLength: 6 }), plausible)
      .map(([marks, rest]) => marks.join("") + rest);
    fc.assert(
      fc.property(fc.oneof(plausible, mixed, nearEmails, fc.emailAddress()), (text) => {
        const stored = refusedOr(() => checkEmail(text, ANONYMOUS_DOMAIN), ["invalid_email", "reserved_email"]);
        if (stored === null) return;
        assert.equal(checkEmail(stored, ANONYMOUS_DOMAIN), stored);
        const locked = canonicalEmail(text);
        assert.equal(canonicalEmail(stored), locked);
        assert.equal(stored.toLowerCase().normalize("NFC").replaceAll("ς", "σ"), locked);
        assert.doesNotMatch(stored, /[\p{DI}\p{C}\u2800\s]/u);
        assert.match(stored, /@[A-Za-z0-9.-]+$/);
        assert.equal(stored.toLowerCase(), stored.normalize("NFKC").toLowerCase());
      }),
      { numRuns: 2_000 },
    );
  });

  it("have an ASCII domain for every character typed there, or are refused", () => {
    for (let code = 0x21; code <= 0x2ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const letter = String.fromCodePoint(code);
      const forms = [letter.toLowerCase(), letter.toUpperCase(), letter.normalize("NFKC")];
      if (!forms.some((form) => form !== letter && /[!-~]/.test(form))) continue;
      const stored = refusedOr(() => checkEmail(`ada@x${letter}y.dev`, ANONYMOUS_DOMAIN), ["invalid_email"]);
      if (stored !== null) assert.match(stored, /^ada@[!-~]+$/, `U+${code.toString(16)}`);
    }
  });

  it("with an invisible character are refused", () => {
    for (let code = 0x20; code <= 0xe01ef; code++) {
      const character = String.fromCodePoint(code);
      if (!/\p{DI}/u.test(character)) continue;
      for (const email of [`ad${character}a@site.dev`, `ada${character}@site.dev`, `ada@si${character}te.dev`]) {
        assert.throws(() => checkEmail(email, ANONYMOUS_DOMAIN), { code: "invalid_email" }, `U+${code.toString(16)}`);
      }
    }
  });

  it("of guests are canonical and contain the guest's id", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{15}$/), (id) => {
        const email = guestEmail(id, ANONYMOUS_DOMAIN);
        assert.equal(canonicalEmail(email), email);
        assert.equal(guestIdOfEmail(email), id);
        assert.equal(guestIdOfUsername(guestUsername(id)), id);
        assert.equal(canonicalUsername(guestUsername(id)), guestUsername(id));
      }),
    );
  });
});

describe("usernames", () => {
  it("have a canonical form or are refused", () => {
    const close = fc.stringMatching(/^[A-Za-z0-9_.@-]{0,20}\n?$/);
    fc.assert(
      fc.property(fc.oneof(anything, close, fc.anything()), (text) => {
        const canonical = refusedOr(() => checkUsername(text as string), ["invalid_username", "reserved_username"]);
        if (canonical === null) return;
        assert.match(canonical, /^[a-z0-9_.-]{3,150}$/);
        assert.equal(canonicalUsername(canonical.toUpperCase()), canonical);
        assert.equal(guestIdOfUsername(canonical), null);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("durations", () => {
  it("parse to a whole number of milliseconds or are refused", () => {
    const units = fc.constantFrom("ms", "s", "m", "h", "d", "w", "y", "M", "", " d");
    const short = fc.tuple(fc.oneof(fc.integer(), fc.double(), fc.maxSafeNat()), units).map((both) => both.join(""));
    const iso = fc.stringMatching(/^-?P(\d{0,12}[YMWD]){0,3}(T(\d{0,12}[HMS]){0,3})?$/);
    fc.assert(
      fc.property(fc.oneof(anything, short, iso, fc.double(), fc.anything()), (value) => {
        const milliseconds = refusedOr(() => parseDuration(value as string), ["invalid_duration"]);
        if (milliseconds !== null) assert(Number.isSafeInteger(milliseconds) && milliseconds >= 0, `${milliseconds}`);
      }),
      { numRuns: 2_000 },
    );
    for (const text of ["", "P", "PT", "P1DT", "1", "1.5h", "-1d", "1d ", "٣d", "1e3s", "Infinityd"]) {
      assert.throws(() => parseDuration(text), { code: "invalid_duration" }, text);
    }
  });
});
