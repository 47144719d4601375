import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fitted } from "../../../cli/shared/fitted.ts";

describe("the cells of a line", () => {
  it("stay as they are where they fit, and outside a terminal", () => {
    assert.deepEqual(fitted(["abc", "defg"], 9), ["abc", "defg"]);
    assert.deepEqual(fitted(["a".repeat(500)], undefined), ["a".repeat(500)]);
  });

  it("are cut where they are longest", () => {
    assert.deepEqual(fitted(["abc", "a-long-email@example.com"], 15), ["abc", "a-long-em…"]);
    assert.deepEqual(fitted(["a".repeat(10), "b".repeat(10)], 14), ["aaaaa…", "bbbbb…"]);
  });

  it("count letters that take two columns, and accents that take none", () => {
    assert.deepEqual(fitted(["用户用户用户"], 8), ["用户用…"]);
    assert.deepEqual(fitted(["e\u0301".repeat(8)], 8), ["e\u0301".repeat(8)]);
    assert.deepEqual(fitted(["😀😀😀"], 5), ["😀😀…"]);
  });

  it("keep a few letters in the narrowest terminal", () => {
    assert.deepEqual(fitted(["abcdefgh", "ijklmnop"], 1), ["abc…", "ijk…"]);
  });
});
