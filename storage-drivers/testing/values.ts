/** Values come back exactly as they were written. */
import { attempt, check, same } from "./assert.ts";
import type { Cases } from "./types.ts";

const VALUES: readonly (readonly [name: string, value: string])[] = [
  ...["true", "false", "null", "undefined", "NaN", "0", "123", "-1e3", "1n", '"quoted"', "{}", "[1,2]"].map(literal),
  ...["base64:AAAA", "base64:", "anon1;-;x", "anon1;5;", "0;value", "-", ";", "%00", "\\u0000"].map(literal),
  ["a space at both ends", " x "],
  ["line ends", "a\nb\r\nc\r\n"],
  ["emoji and other planes", "👩‍👩‍👧‍👦 𝒳 漢字 é e\u0301"],
  ["the last code points", "\uffff\u{10ffff}\u007f\u0080"],
];

const LONE: readonly string[] = ["\ud800", "a\udfffb", "\udc00\ud800", "x\ud83d"];

function literal(value: string): readonly [string, string] {
  return [JSON.stringify(value), value];
}

export const cases: Cases = {
  /** Every value above, written once as a new one and once over another, with and without a place in the queue. */
  async "values come back exactly"(driver) {
    for (const [index, [name, value]] of VALUES.entries()) {
      const key = `value-${index}`;
      check(await driver.swap(key, null, value, index % 2 ? 5 : null), `creating ${name} was answered with false`);
      same(await driver.read(key), value, `${name} read after it was created`);
      check(await driver.swap(key, value, "other"), `${name} was not recognised as the expected value`);
      check(await driver.swap(key, "other", value, 7), `replacing by ${name} was answered with false`);
      same(await driver.read(key), value, `${name} read after a replacement`);
      check(await driver.swap(key, value, null), `${name} was not recognised when deleting`);
      same(await driver.read(key), null, `the key of ${name} after deleting`);
    }
  },

  /** PostgreSQL's text holds no NUL, and a decoder may drop a byte order mark. The JSON of an account has neither. */
  async "a NUL and a leading byte order mark are kept or refused"(driver) {
    for (const [value, reduced] of [
      ["a\u0000b", "a"],
      ["\ufeffx", "x"],
    ] as const) {
      const key = `kept-${reduced}`;
      if ((await attempt(() => driver.swap(key, null, value), JSON.stringify(value))) === null) {
        same(await driver.read(key), null, "the key of a refused value");
      } else {
        same(await driver.read(key), value, "a value");
        check(!(await driver.swap(key, reduced, "y")), `${JSON.stringify(value)} was taken as ${reduced}`);
        check(await driver.swap(key, value, "y"), `${JSON.stringify(value)} was not recognised as the expected value`);
      }
    }
  },

  async "the empty string is not absence"(driver) {
    same(await driver.read("nothing"), null, "a key that was never written");
    check(await driver.swap("empty", null, ""), 'creating "" was answered with false');
    same(await driver.read("empty"), "", "the empty string");
    check(!(await driver.swap("empty", null, "x")), '"" counted as absent');
    check(!(await driver.swap("nothing", "", "x")), 'an absent key counted as ""');
    same(await driver.hasItem("empty", {}), true, "hasItem of the empty string");
    check(await driver.swap("empty", "", null), 'deleting "" was answered with false');
    same(await driver.read("empty"), null, "the key after deleting the empty string");
  },

  /** What `read.now` returns is what the promise would have resolved to; `undefined` is right at any time. */
  async "read.now returns what read resolves to"(driver) {
    if (!driver.read.now) return;
    const sameAtOnce = async (key: string, what: string) => {
      const now = driver.read.now?.(key);
      if (now !== undefined) same(now, await driver.read(key), `${what} by read.now`);
    };
    await sameAtOnce("nothing", "a key that was never written");
    for (const [index, [name, value]] of [...VALUES, ["the empty string", ""] as const].entries()) {
      const key = `now-${index}`;
      check(await driver.swap(key, null, value, index % 2 ? 5 : null), `creating ${name} was answered with false`);
      await sameAtOnce(key, name);
      check(await driver.swap(key, value, "other"), `${name} was not recognised as the expected value`);
      await sameAtOnce(key, `what replaced ${name}`);
      check(await driver.swap(key, "other", null), `the value after ${name} was not recognised when deleting`);
      await sameAtOnce(key, `the key of ${name} after deleting`);
    }
    // it does not throw where read rejects
    for (const key of ["", "a\u0000b", "\ud800", "k".repeat(100_000)]) driver.read.now(key);
  },

  /** A mebibyte, and one character's difference at its end. */
  async "a megabyte comes back exactly"(driver) {
    const big = "0123456789abcdeé".repeat(65_536);
    check(await driver.swap("big", null, big, 1), "creating 1 MB was answered with false");
    check((await driver.read("big")) === big, "1 MB did not come back exactly");
    check(
      !(await driver.swap("big", `${big.slice(0, -1)}x`, "small")),
      "1 MB that differs at its end was taken as equal",
    );
    check(await driver.swap("big", big, "small"), "1 MB was not recognised as the expected value");
    same(await driver.read("big"), "small", "the value that replaced 1 MB");
  },

  async "lone surrogates are kept or refused"(driver) {
    for (const [index, value] of LONE.entries()) {
      const key = `lone-${index}`;
      if ((await attempt(() => driver.swap(key, null, value), "a lone surrogate")) === null) {
        same(await driver.read(key), null, "the key of a refused value");
      } else {
        same(await driver.read(key), value, "a lone surrogate");
        check(!(await driver.swap(key, "\ufffd", "x")), "a lone surrogate was taken as the replacement character");
      }
    }
  },
};
