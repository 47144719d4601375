import { DriverError } from "../../shared/driver-error.ts";

const LONGEST_PAUSE_MS = 25;

/**
 * Calls `attempt` until it does not return `null`, which means that another connection is writing. Between two attempts
 * the event loop runs.
 *
 * @throws {DriverError} `locked` after `timeout` milliseconds
 */
export async function untilNotBusy<T>(
  { where, timeout }: { where: string; timeout: number },
  attempt: () => { done: T } | null | Promise<{ done: T } | null>,
): Promise<T> {
  const deadline = performance.now() + timeout;
  for (;;) {
    const outcome = await attempt();
    if (outcome) return outcome.done;
    // at random, so that processes that wait for each other do not stay in step
    const pause = 1 + Math.random() * LONGEST_PAUSE_MS;
    if (performance.now() + pause > deadline) {
      throw new DriverError(
        "locked",
        `Cannot write to SQLite at ${where}: another connection has been writing for ${timeout} ms, find it or raise \`timeout\``,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
