/** What the tabs of one browser share: one change of the session at a time, and news of it. */

export interface Tabs {
  /** Whether other tabs wait, too. */
  isLocking: boolean;
  /** Runs `action` when no other tab runs one. */
  exclusively<T>(action: () => Promise<T>): Promise<T>;
  /** Sends a message to the other tabs. */
  tell(message: unknown): void;
  close(): void;
}

// news of a change may arrive after its lock is free
export const NEWS_MS = 50;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Without Web Locks and BroadcastChannel a client is alone: its calls wait for each other only. */
export function joinTabs(name: string, hear: (message: unknown) => void): Tabs {
  const locks = globalThis.navigator?.locks;
  let channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(name) : undefined;
  if (channel) channel.onmessage = ({ data }) => hear(data);
  // on Node it would keep the process alive
  (channel as { unref?(): void } | undefined)?.unref?.();
  let last: Promise<unknown> = Promise.resolve();
  return {
    isLocking: locks !== undefined,
    async exclusively(action) {
      if (!locks) {
        const next = last.then(action, action);
        last = next.catch(() => undefined);
        return next;
      }
      const free = await locks.request(name, { ifAvailable: true }, async (lock) => lock && { done: await action() });
      if (free) return free.done;
      return locks.request(name, async () => {
        await pause(NEWS_MS);
        return action();
      });
    },
    tell: (message) => channel?.postMessage(message),
    close() {
      channel?.close();
      // a request in flight may still have news
      channel = undefined;
    },
  };
}
