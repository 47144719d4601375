/** The rules of sessions: how they begin, slide and end. */

import type { TokenClaims } from "../contract/records.ts";
import { randomSessionId } from "../crypto/random.ts";
import type { Settings } from "../settings/collections.ts";
import type { Account, Session } from "./account.ts";
import { endOf } from "./lifetime.ts";

/** A session that begins now. Times are in milliseconds since the epoch; `end` is {@link endOf} the account. */
export function newSession(
  settings: Settings,
  now: number,
  end: number = Number.POSITIVE_INFINITY,
  id: string = randomSessionId(),
): Session {
  return { id, created: now, expires: Math.min(now + settings.sessionTtl, end) };
}

export function liveSession(account: Account, sid: string, settings: Settings, now: number): Session | undefined {
  // also of sessions from before there was a lifetime
  if (isExpiredGuest(account, settings, now)) return undefined;
  // a loop, because this runs for every request
  for (const session of account.sessions) if (session.id === sid && session.expires > now) return session;
  return undefined;
}

export function isExpiredGuest(account: Account, settings: Settings, now: number): boolean {
  return now >= endOf(account, settings);
}

/** The sessions with one more: expired ones are dropped, and of too many the one that expires first ends. */
export function withSession(account: Account, session: Session, settings: Settings, now: number): Session[] {
  const living = account.sessions.filter((other) => other.expires > now);
  // renewal moves `expires`, so the smallest one is the session that was not used for the longest time
  living.sort((one, other) => one.expires - other.expires || one.created - other.created);
  const most = account.anonymous ? settings.guests.maxSessions : settings.maxSessions;
  return [...living.slice(Math.max(0, living.length + 1 - most)), session];
}

/** Browsers keep no cookie longer than 400 days, whatever its Max-Age says (RFC 6265bis). */
const MAXIMUM_COOKIE_LIFE = 400 * 86_400_000;

/**
 * Whether a browser has kept a token for half of the longest time that it keeps a cookie. A new token begins that time
 * again, without a write, also where the session is longer or cannot be extended any more.
 */
export function isWorn({ iat }: TokenClaims, now: number): boolean {
  return now - iat * 1_000 >= MAXIMUM_COOKIE_LIFE / 2;
}

/** The renewed session; `null` in the first half of its life, and when it cannot last any longer. */
export function renewed(account: Account, session: Session, settings: Settings, now: number): Session | null {
  if (session.expires - now >= settings.sessionTtl / 2) return null;
  const next = extended(account, session, settings, now);
  // at the end of a lifetime it stays as it is: to write that with every request would change nothing
  return next.expires === session.expires ? null : next;
}

export function extended(account: Account, session: Session, settings: Settings, now: number): Session {
  return { ...session, expires: Math.min(now + settings.sessionTtl, endOf(account, settings)) };
}
