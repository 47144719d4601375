/** Assertions without a test runner, so that the suite runs wherever a driver does: workerd and browsers too. */

/** What a failed case throws: which promise of the port was broken, and what came instead. */
export class ConformanceError extends Error {
  override readonly name: string = "ConformanceError";
}

/** Fails unless `condition` holds. */
export function check(condition: boolean, message: string): void {
  if (!condition) throw new ConformanceError(message);
}

/** Fails unless both are the same by value: strings, numbers, `null`, and arrays of those. */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [got, wanted] = [show(actual), show(expected)];
  if (got !== wanted) throw new ConformanceError(`${what}: expected ${shorten(wanted)}, got ${shorten(got)}`);
}

/** What `call` resolves to, or `null` when it rejects, which it must do asynchronously and with an `Error`. */
export async function attempt<T>(call: () => Promise<T>, what: string): Promise<{ value: T } | null> {
  let answer: Promise<T>;
  try {
    answer = call();
  } catch {
    throw new ConformanceError(`${what}: threw instead of rejecting`);
  }
  try {
    return { value: await answer };
  } catch (error) {
    check(error instanceof Error, `${what}: rejected with something that is no Error`);
    return null;
  }
}

/** All items of an async iterable. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Runs `work` for 0 to `count - 1`, so many at a time that no driver runs out of connections or files. */
export async function each(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += 64) {
    const size = Math.min(64, count - from);
    await Promise.all(Array.from({ length: size }, (_, index) => work(from + index)));
  }
}

function show(value: unknown): string {
  return value === undefined ? "undefined" : JSON.stringify(value);
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}… (${text.length} characters)` : text;
}
