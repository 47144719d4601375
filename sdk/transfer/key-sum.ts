/** Stands for keys in any order: two sums are equal if the keys are, and otherwise only by a chance that is negligible. */
export interface KeySum {
  /** How many keys were added. */
  readonly count: number;
  add(key: string): void;
  equals(other: KeySum): boolean;
  /** The sums of both hashes. */
  readonly parts: readonly [number, number];
}

export function createKeySum(): KeySum {
  let count = 0;
  let first = 0;
  let second = 0;
  return {
    get count() {
      return count;
    },
    get parts() {
      return [first, second] as const;
    },
    add(key) {
      count++;
      first = (first + hash(key, 0x01000193)) | 0;
      second = (second + hash(key, 0x9e3779b1)) | 0;
    },
    equals: ({ count: others, parts: [one, other] }) => count === others && first === one && second === other,
  };
}

/** FNV-1a with the last step of MurmurHash3, without which the low bits of a sum would hardly differ. */
function hash(text: string, prime: number): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), prime);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return value ^ (value >>> 16);
}
