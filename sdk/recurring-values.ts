/** A power of two. */
const SLOTS = 2_048;

/**
 * What was made of a name, for names that come again and again: the requests of a visitor have one token and one account.
 * Each name has one slot, which it takes when it is added the second time in a row: one that does not come again costs no
 * memory. A value serves many requests, so nothing may change it.
 */
export class RecurringValues<Value> {
  readonly #marks = new Int32Array(SLOTS);
  readonly #slots: ({ name: string; value: Value } | undefined)[] = new Array(SLOTS).fill(undefined);

  find(name: string): Value | undefined {
    const found = this.#slots[markOf(name) & (SLOTS - 1)];
    return found?.name === name ? found.value : undefined;
  }

  /** @param make Makes the value to keep, with a copy of the name for what it keeps of that */
  add(name: string, make: (name: string) => Value): void {
    const mark = markOf(name);
    const slot = mark & (SLOTS - 1);
    if (this.#marks[slot] !== mark) {
      this.#marks[slot] = mark;
      return;
    }
    const own = copyOf(name);
    this.#slots[slot] = { name: own, value: make(own) };
  }
}

/** With memory of its own: a part of a string keeps all of it, and tokens are cut out of headers with many cookies. */
function copyOf(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}

/** Of the last characters: those of a signature and of an id are as good as random. */
function markOf(name: string): number {
  let mark = 0;
  for (let at = Math.max(0, name.length - 8); at < name.length; at++) mark = (mark * 33) ^ name.charCodeAt(at);
  return mark;
}

/** Whether a copy of the object shares nothing with it: applications may change what they get. */
export function isFlat(object: object): boolean {
  return Object.values(object).every((value) => typeof value !== "object" || value === null);
}
