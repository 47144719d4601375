/** Does something `count` times, `width` at a time; the first failure stops what was not begun, and is thrown. */
export async function concurrently(count: number, width: number, action: () => Promise<void>): Promise<void> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left--;
      try {
        await action();
      } catch (error) {
        left = 0;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(count, width) }, worker));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}
