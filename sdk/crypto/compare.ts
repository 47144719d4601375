/**
 * Comparisons that take the same time wherever the first difference is. As text: of the ways to write the last bits of a
 * signature in base64 only the canonical one is accepted.
 */

const ALPHABET = Uint8Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", (character) =>
  character.charCodeAt(0),
);

/** Whether `text` from a place on is `expected` and nothing else. */
export function endsWith(text: string, from: number, expected: string): boolean {
  if (text.length - from !== expected.length) return false;
  let difference = 0;
  for (let at = 0; at < expected.length; at++) difference |= expected.charCodeAt(at) ^ text.charCodeAt(from + at);
  return difference === 0;
}

/** Whether `text` from a place on is the base64url of the first 32 of `bytes`, without the string of it being made. */
export function endsWithBase64url(text: string, from: number, bytes: Uint8Array): boolean {
  // ten times three bytes in four characters, and two bytes in three
  if (text.length - from !== 43) return false;
  let difference = 0;
  let at = from;
  for (let byte = 0; byte < 32; byte += 3) {
    const three = ((bytes[byte] as number) << 16) | ((bytes[byte + 1] as number) << 8);
    const four = byte < 30 ? three | (bytes[byte + 2] as number) : three;
    difference |= (ALPHABET[four >> 18] as number) ^ text.charCodeAt(at);
    difference |= (ALPHABET[(four >> 12) & 63] as number) ^ text.charCodeAt(at + 1);
    difference |= (ALPHABET[(four >> 6) & 63] as number) ^ text.charCodeAt(at + 2);
    if (byte < 30) difference |= (ALPHABET[four & 63] as number) ^ text.charCodeAt(at + 3);
    at += 4;
  }
  return difference === 0;
}
