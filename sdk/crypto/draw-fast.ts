/**
 * Fast twin of `draw.ts`: bytes are drawn 32 KiB at a time, characters come from a table, and a text is made in one
 * piece. Bytes are wiped once used, so that a dump of memory does not reveal past ids and passwords.
 *
 * Paid for by the bench row sign-in-memory. A test holds it to its twin.
 */
import type { Fill } from "./draw.ts";

const POOL_BYTES = 32_768;

/** The longest text that can be drawn. */
export const LONGEST = 26;

/** What Buffer adds to a view of the same bytes; Workers have none. */
interface Latin1 {
  toString(encoding: "latin1", start: number, end: number): string;
}

/** At most {@link LONGEST} characters. */
export type Draw = (length: number) => string;

/** All alphabets share one pool of bytes. */
export function createPool(fill: Fill): (alphabet: string) => Draw {
  const pool = new Uint8Array(POOL_BYTES);
  let position = POOL_BYTES;
  const characters = new Uint8Array(LONGEST);
  const latin1 = (globalThis as { Buffer?: { from(bytes: ArrayBuffer): Latin1 } }).Buffer?.from(characters.buffer);
  return (alphabet) => {
    const table = tableOf(alphabet);
    return (length) => {
      for (let index = 0; index < length; ) {
        if (position === POOL_BYTES) {
          fill(pool);
          position = 0;
        }
        const character = table[pool[position] as number] as number;
        pool[position++] = 0;
        if (character !== 0) characters[index++] = character;
      }
      // a string that is concatenated from parts costs three times as much once it is hashed
      return latin1 ? latin1.toString("latin1", 0, length) : String.fromCharCode(...characters.subarray(0, length));
    };
  };
}

/** The character of every byte; 0 for one that has to be drawn again. */
function tableOf(alphabet: string): Uint8Array {
  const fair = 256 - (256 % alphabet.length);
  return Uint8Array.from({ length: 256 }, (_, byte) => (byte < fair ? alphabet.charCodeAt(byte % alphabet.length) : 0));
}
