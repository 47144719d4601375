import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { faultOfJson } from "../../../sdk/account/json-text.ts";

const faultOf = (text: string): [string, string] | null => {
  JSON.parse(text);
  const fault = faultOfJson(text, 32);
  return fault && [fault.is, fault.path];
};

describe("a JSON text", () => {
  it("with an integer that JSON.parse rounds is refused, with its path", () => {
    assert.deepEqual(faultOf('{"discord":1234567890123456789}'), ["rounded", "discord"]);
    assert.deepEqual(faultOf('{"a":1,"b":[{"c":[0, 1,-9007199254740993]}]}'), ["rounded", "b.0.c.2"]);
    assert.deepEqual(faultOf('{"a":{"x":[1,2]},"b":1e400}'), ["rounded", "b"]);
    assert.deepEqual(faultOf(`[${"9".repeat(60_000)}]`), ["rounded", "0"]);
    assert.deepEqual(faultOf("18446744073709551615"), ["rounded", ""]);
  });

  it("with integers that JSON.parse keeps exactly, or with fractions, is accepted", () => {
    for (const number of [
      "0",
      "-0",
      "9007199254740991",
      "9007199254740992",
      "10000000000000000000000",
      "1234567890123456800",
    ]) {
      assert.equal(faultOf(`{"n":${number}}`), null, number);
    }
    for (const number of ["0.1", "3.141592653589793238462643", "-1.5e-7", "1e23", "1E+10", "12345678901234567890.5"]) {
      assert.equal(faultOf(`{"n":${number}}`), null, number);
    }
    assert.equal(faultOf('{"n":"1234567890123456789","1234567890123456789":"\\\\\\"1234567890123456789"}'), null);
  });

  it("with a duplicate name or too many levels is refused", () => {
    assert.deepEqual(faultOf('{"a":[{"b":1,"\\u0062":2}]}'), ["twice", "a.0.b"]);
    assert.equal(faultOf('{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}'), null);
    assert.equal(faultOf(`${"[".repeat(32)}${"]".repeat(32)}`), null);
    assert.equal(faultOf(`${"[".repeat(33)}${"]".repeat(33)}`)?.[0], "deep");
  });

  it("from JSON.stringify is accepted, indented or not", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(faultOfJson(JSON.stringify(value)), null);
        assert.equal(faultOfJson(JSON.stringify(value, null, 2)), null);
      }),
      { numRuns: 500 },
    );
  });
});
