/**
 * Reservations: what all sign-ins with one idempotency key share before any of them makes the account. The first write
 * of the reservation decides the id and session; every call makes, or finds, that account, so any of them may die.
 */
import { randomId, randomSessionId } from "../crypto/random.ts";
import { AGAIN, retry } from "../storage/retry.ts";
import type { Store } from "../storage/store.ts";

/** The account and session that an idempotency key stands for. Times are in milliseconds since the epoch. */
export interface Reservation {
  id: string;
  sid: string;
  created: number;
  until: number;
  /** Whether the account was created: if it is missing later, it was deleted. */
  made: boolean;
}

export interface StoredReservation extends Reservation {
  text: string;
}

/** What is stored under a key, and the reservation in it unless that has expired. A swap must find `text` unchanged. */
export interface Seen {
  text: string | null;
  reservation: StoredReservation | null;
}

export async function findReservation(store: Store, key: string, now: number): Promise<Seen> {
  const text = await store.readText(key);
  const present = text === null ? null : parse(text);
  return { text, reservation: text !== null && present && present.until > now ? { ...present, text } : null };
}

/** The stored reservation, or a new one. `first` is what the caller read. */
export async function reserve(
  store: Store,
  key: string,
  now: number,
  life: number,
  first: Seen,
): Promise<StoredReservation> {
  return await retry("sign in with this key", async (count) => {
    const seen = count === 0 ? first : await findReservation(store, key, now);
    if (seen.reservation) return seen.reservation;
    const mine: Reservation = { id: randomId(), sid: randomSessionId(), created: now, until: now + life, made: false };
    const written = format(mine);
    return (await store.swap(key, seen.text, written, mine.until)) ? { ...mine, text: written } : AGAIN;
  });
}

/** Notes that the account was made. Any other process writes the same. */
export async function markCreated(
  store: Store,
  key: string,
  { text, ...reservation }: StoredReservation,
): Promise<void> {
  if (!reservation.made) await store.swap(key, text, format({ ...reservation, made: true }), reservation.until);
}

/** Removes a reservation that has expired, or is damaged. */
export async function forgetReservation(store: Store, key: string, now: number): Promise<void> {
  const text = await store.readText(key);
  if (text !== null && dueOfReservation(text) <= now) await store.swap(key, text, null);
}

/** When a reservation belongs in the due queue; a damaged one at once. */
export function dueOfReservation(text: string): number {
  return parse(text)?.until ?? 0;
}

function format({ id, sid, created, until, made }: Reservation): string {
  return JSON.stringify({ v: 1, id, sid, created, until, made });
}

function parse(text: string): Reservation | null {
  try {
    const { id, sid, created, until, made } = JSON.parse(text) as Reservation;
    const valid = /^[a-z0-9]{15}$/.test(id) && typeof sid === "string" && Number.isFinite(created);
    return valid && Number.isFinite(until) ? { id, sid, created, until, made: made === true } : null;
  } catch {
    return null;
  }
}
