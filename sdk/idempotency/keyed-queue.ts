/** Runs calls with the same key one after another, in this process. */

// a call that its platform gave up never ends, and no other call may wait for it for ever
const PATIENCE_MS = 5_000;

/** Runs a task when those before it with the same key have ended, or took too long. */
export type KeyedQueue = <T>(key: string, task: () => Promise<T>) => Promise<T>;

/** Keys are in memory only while a call waits or runs. */
export function createKeyedQueue(): KeyedQueue {
  const last = new Map<string, Promise<unknown>>();
  return async (key, task) => {
    const before = last.get(key);
    const mine = before ? withTimeout(before).then(task) : task();
    const ended = mine.catch(() => undefined);
    last.set(key, ended);
    try {
      return await mine;
    } finally {
      if (last.get(key) === ended) last.delete(key);
    }
  };
}

async function withTimeout(before: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([
    before,
    new Promise<void>((resume) => {
      timer = setTimeout(resume, PATIENCE_MS);
    }),
  ]);
  clearTimeout(timer);
}
