/** What a developer must know and no call can return. */

export type WarningCode = "ANON_NO_ADDRESS" | "ANON_SLOW_ARGON2";

/**
 * Emits a warning on the runtime's own channel, where the application can listen to it (`process.on("warning")`) and
 * silence it (`--disable-warning=ANON_NO_ADDRESS`).
 */
export function warn(code: WarningCode, message: string): void {
  const { process } = globalThis as {
    process?: { emitWarning?: (message: string, options: { type: string; code: string }) => void };
  };
  if (process?.emitWarning) process.emitWarning(message, { type: "AnonWarning", code });
  // biome-ignore lint/suspicious/noConsole: Workers and edge runtimes have no other channel
  else console.warn(`[${code}] ${message}`);
}
