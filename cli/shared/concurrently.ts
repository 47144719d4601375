/**
 * Calls `action` for each item, `width` at a time. After a failure it takes no more items, and throws the failure when the
 * actions under way have ended.
 */
export async function concurrently<T>(
  items: Iterable<T> | AsyncIterable<T>,
  width: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let isOver = false;
  const worker = async (): Promise<void> => {
    try {
      while (!isOver) {
        const { done, value } = await iterator.next();
        if (done) break;
        await action(value);
      }
    } finally {
      // the items have ended, or the action failed
      isOver = true;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: width }, worker));
  await iterator.return?.();
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** The numbers from 0, `count` of them. */
export function* upTo(count: number): Generator<number> {
  for (let index = 0; index < count; index++) yield index;
}
