/** Random characters of an alphabet: the plain form, which only a test runs. `draw-fast.ts` is what runs. */

export type Fill = (bytes: Uint8Array<ArrayBuffer>) => unknown;

/** `length` characters of an ASCII alphabet of at most 256, every one equally likely. */
export function draw(alphabet: string, length: number, fill: Fill): string {
  // a byte from here on would favour the first characters
  const fair = 256 - (256 % alphabet.length);
  const byte = new Uint8Array(1);
  let text = "";
  while (text.length < length) {
    fill(byte);
    const [drawn = 0] = byte;
    if (drawn < fair) text += alphabet[drawn % alphabet.length];
  }
  return text;
}
