// a key is as good as a token for a while, so it must not be one that others guess or use too
const KEY = /^[\x21-\x7e]{16,255}$/;

/** Whether this is one: 16 to 255 visible ASCII characters. */
export function isIdempotencyKey(key: unknown): key is string {
  return typeof key === "string" && KEY.test(key);
}
