/**
 * The session of a client in React.
 *
 * @module
 */
import { useSyncExternalStore } from "react";
import { LOADING } from "./store.ts";
import type { Session, SessionStore } from "./types.ts";

const onServer = (): Session<never> => LOADING;

/**
 * The session of a client; the component renders again when it changes. A server renders `loading`, because the session is
 * the browser's.
 *
 * @example
 * ```ts
 * import { createAnonClient } from "anon-accounts/client";
 * import { useSession } from "anon-accounts/react";
 * import { createElement } from "react";
 *
 * const client = createAnonClient({ mode: "cookie" });
 *
 * export function Greeting() {
 *   const { status, record } = useSession(client);
 *   if (status === "loading") return null;
 *   const text = record ? `Hello ${record.username}` : "Continue as guest";
 *   return createElement("button", { onClick: () => client.signInAnonymously() }, text);
 * }
 * ```
 */
export function useSession<R>({ session }: { readonly session: SessionStore<R> }): Session<R> {
  return useSyncExternalStore(session.subscribe, session.get, onServer);
}
