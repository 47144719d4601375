import type { Session, SessionStore } from "./types.ts";

/** The session before anything is known; also that of a page rendered by a server. */
export const LOADING: Session<never> = { status: "loading", record: null };
export const SIGNED_OUT: Session<never> = { status: "signedOut", record: null };

/** A store of which the client sets the value. */
export interface OwnStore<R> extends SessionStore<R> {
  set(session: Session<R>): void;
}

/** @param start Runs when the first listener has subscribed, and stays for longer than a server renders a page */
export function createStore<R>(start: () => void): OwnStore<R> {
  let session: Session<R> = LOADING;
  const listeners = new Set<(session: Session<R>) => void>();
  return {
    get: () => session,
    set(next) {
      session = next;
      for (const listener of [...listeners]) listener(next);
    },
    subscribe(listener) {
      // one function may subscribe twice
      const own = (next: Session<R>): void => listener(next);
      listeners.add(own);
      own(session);
      queueMicrotask(() => listeners.size > 0 && start());
      return () => void listeners.delete(own);
    },
  };
}
