/** Calls `action` `count` times, `width` at a time. After a failure it starts no more calls, and throws the failure. */
export async function concurrently(count: number, width: number, action: () => Promise<void>): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    try {
      while (left-- > 0) await action();
    } catch (error) {
      left = 0;
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(count, width) }, worker));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
