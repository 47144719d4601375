/** Ctrl-C and SIGTERM: an interrupt ends the program with exit code 130, unless a command asked to end its work first. */

/** npm passes on a Ctrl-C that its child already got from the terminal. Within this time the two count as one. */
const SAME_KEYPRESS_MS = 250;

/**
 * Handles interrupts from now on. Once the returned function was called, the first one aborts its signal, and a second one ends
 * the program.
 */
export function handleInterrupts(): () => AbortSignal {
  const abort = new AbortController();
  let interruptedAt = 0;
  let graceful = false;
  const interrupt = () => {
    if (!graceful) process.exit(130);
    if (interruptedAt === 0) interruptedAt = performance.now();
    else if (performance.now() - interruptedAt > SAME_KEYPRESS_MS) process.exit(130);
    abort.abort();
  };
  process.on("SIGINT", interrupt);
  return () => {
    graceful = true;
    process.on("SIGTERM", interrupt);
    return abort.signal;
  };
}
