import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { constantTimeEqual } from "../../../sdk/crypto/constant-time.ts";

describe("constantTimeEqual", () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, at) => at * 8);

  it("accepts the same bytes", () => {
    assert.equal(constantTimeEqual(bytes, bytes.slice()), true);
    assert.equal(constantTimeEqual(new Uint8Array(), new Uint8Array()), true);
  });

  it("refuses a difference in any bit of any byte", () => {
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const other = bytes.slice();
        other[at]! ^= 1 << bit;
        assert.equal(constantTimeEqual(bytes, other), false, `bit ${bit} of byte ${at}`);
      }
    }
  });

  it("refuses a beginning", () => {
    assert.equal(constantTimeEqual(bytes, bytes.slice(0, 31)), false);
    assert.equal(constantTimeEqual(bytes.slice(0, 31), bytes), false);
    assert.equal(constantTimeEqual(bytes, new Uint8Array()), false);
  });
});
