/**
 * The items until the signal is aborted, also while the next one is awaited: the writer of a pipe may never write it. The
 * source is then left without waiting for it.
 */
export async function* untilAborted<T>(
  items: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let leave = (): void => undefined;
  // not Promise.race with one promise for all: it would keep a reaction for each item
  const onAbort = (): void => leave();
  signal?.addEventListener("abort", onAbort);
  let isOver = false;
  try {
    while (!signal?.aborted) {
      const next = await new Promise<IteratorResult<T> | null>((resolve, reject) => {
        leave = () => resolve(null);
        Promise.resolve(iterator.next()).then(resolve, reject);
      });
      if (next === null || signal?.aborted) return;
      isOver = next.done === true;
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    isOver = true;
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
    if (!isOver) {
      const closing = Promise.resolve(iterator.return?.());
      if (signal?.aborted) closing.catch(() => undefined);
      else await closing;
    }
  }
}
