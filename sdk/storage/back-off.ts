/** Waiting between attempts to change what others are changing too. */

const EAGER_ATTEMPTS = 4;
const LONGEST_MS = 100;

/**
 * Waits a random time before another attempt. Of many who read, swap and start again in step only one succeeds a round,
 * so that the hundredth would give up; out of step nearly all do.
 */
export async function backOff(attempt: number): Promise<void> {
  if (attempt < EAGER_ATTEMPTS) return;
  const longest = Math.min(LONGEST_MS, attempt * 2);
  await new Promise((resolve) => setTimeout(resolve, Math.random() * longest));
}
