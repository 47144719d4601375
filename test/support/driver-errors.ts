import assert from "node:assert/strict";

/** Checks that an error is a `DriverError` of this code, and optionally its message. */
export function isDriverError(code: string, message: RegExp = /./): (error: unknown) => true {
  return (error) => {
    const found = error as { name: string; code: string; message: string };
    assert.equal(found.name, "DriverError", String(error));
    assert.equal(found.code, code, found.message);
    assert.match(found.message, message);
    return true;
  };
}
