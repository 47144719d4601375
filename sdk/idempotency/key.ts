// for two minutes a key signs in as a token does, so others must not guess it or choose the same
const KEY = /^[\x21-\x7e]{16,255}$/;

/** Whether this is one: 16 to 255 visible ASCII characters. */
export function isIdempotencyKey(key: unknown): key is string {
  return typeof key === "string" && KEY.test(key);
}
