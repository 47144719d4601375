/** Timers do not run while a device sleeps, so a page also looks at the clock when it is used again. */

/**
 * Runs `wake` when the page is shown, gets the focus, comes back from the cache or gets a network, and `reread` when another
 * tab has changed `localStorage`. Where there are no such events it runs nothing.
 */
export function onWake(wake: () => void, reread: () => void, signal: AbortSignal): void {
  const page = globalThis.document as Document | undefined;
  const listen = (target: Partial<EventTarget> | undefined, type: string, action: () => void): void =>
    target?.addEventListener?.(type, action, { signal });
  const wakeIfShown = (): void => {
    if (page?.visibilityState !== "hidden") wake();
  };
  for (const type of ["focus", "online", "pageshow"]) listen(globalThis, type, wakeIfShown);
  listen(page, "visibilitychange", wakeIfShown);
  listen(globalThis, "storage", reread);
}
