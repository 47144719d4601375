/** The rules of sessions: how they begin, slide and end. */
import { randomSessionId } from "../crypto/random.ts";
import type { Account, Session } from "../model/account.ts";
import type { Settings } from "./settings.ts";

/** A session that begins now. Times are in milliseconds since the epoch. */
export function newSession(settings: Settings, now: number): Session {
  return { id: randomSessionId(), created: now, expires: now + settings.sessionTtl };
}

/** The account's session of that id, or `undefined` when there is none or it has expired. */
export function liveSession(account: Account, sid: string, now: number): Session | undefined {
  // a loop, because this is on the way of every request
  for (const session of account.sessions) if (session.id === sid && session.expires > now) return session;
  return undefined;
}

/** The sessions with one more: expired ones are dropped, and of too many the one that expires first ends. */
export function withSession(account: Account, session: Session, settings: Settings, now: number): Session[] {
  const living = account.sessions.filter((other) => other.expires > now);
  // renewal moves `expires`, so the smallest one is the session that was not used for the longest time
  living.sort((one, other) => one.expires - other.expires || one.created - other.created);
  return [...living.slice(Math.max(0, living.length + 1 - settings.maxSessions)), session];
}

/** The session as renewed when it is past half of its life, or `null` when it is not yet. */
export function renewed(session: Session, settings: Settings, now: number): Session | null {
  return session.expires - now < settings.sessionTtl / 2 ? { ...session, expires: now + settings.sessionTtl } : null;
}
