import { DriverError } from "../shared/driver-error.ts";

/** The time by `performance.now()` that is `timeout` milliseconds from now. */
export function deadlineOf(timeout: number): number {
  return performance.now() + timeout;
}

/**
 * What `call` resolves to, unless that comes too late. A statement that was sent may still be executed.
 *
 * @throws {DriverError} `unavailable`
 */
export async function untilDeadline<T>(call: Promise<T>, deadline: number, where: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => {
        reject(
          new DriverError("unavailable", `Cannot use ${where}: it has not replied in time, a write may have happened`),
        );
      },
      Math.max(0, deadline - performance.now()),
    );
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
