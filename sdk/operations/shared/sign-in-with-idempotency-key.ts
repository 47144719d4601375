import { dueOf } from "../../account/activity.ts";
import { encodeAccount } from "../../account/codec.ts";
import { checkGuestData, newGuest } from "../../account/guest.ts";
import { endOfGuest } from "../../account/lifetime.ts";
import { changeOwnFields } from "../../account/own-fields.ts";
import { liveSession, newSession } from "../../account/sessions.ts";
import type { Client } from "../../contract/limits.ts";
import type { AuthData, OwnFields } from "../../contract/records.ts";
import { primitives } from "../../crypto/primitives-fast.ts";
import type { Engine } from "../../engine.ts";
import { AnonError, type AnonErrorCode } from "../../errors.ts";
import { notifyCreated } from "../../hooks/hooks.ts";
import { isIdempotencyKey } from "../../idempotency/key.ts";
import { findReservation, markCreated, reserve, type Seen } from "../../idempotency/reservation.ts";
import type { Settings } from "../../settings/collections.ts";
import { accountKey, reservationKey } from "../../storage/keys.ts";
import { authDataOf } from "./begin-session.ts";
import { type CreationRequest, checkCreation } from "./check-creation.ts";

// enough for the requests of one page load and their retries; until then a key is worth as much as a token
const LIFE_MS = 120_000;

const PAUSES_MS = [20, 80, 300];
const REFUSALS: readonly AnonErrorCode[] = [
  "rate_limited",
  "creation_refused",
  "captcha_unavailable",
  "too_many_anonymous",
];

/**
 * Signs in anonymously. For two minutes every call with the same key, in any process, gets the same account and token. Of
 * parallel calls with different own fields one decides.
 *
 * @throws {AnonError} `invalid_idempotency_key`; `idempotency_key_used` when that session has ended, for example
 * by a conversion; and what `signInAnonymously` refuses
 */
export async function signInWithIdempotencyKey(
  engine: Engine,
  options: { collection?: string; data?: OwnFields; idempotencyKey: string },
  client?: Client,
): Promise<AuthData> {
  const settings = engine.settings.get(options.collection);
  const { idempotencyKey } = options;
  if (!isIdempotencyKey(idempotencyKey)) {
    throw new AnonError(
      "invalid_idempotency_key",
      "Cannot use this idempotency key: use 16 to 255 visible ASCII characters that cannot be guessed",
    );
  }
  const data = await changeOwnFields({}, options.data, settings.schema);
  checkGuestData(data, settings);
  const key = reservationKey(settings.name, primitives.sha256Hex(idempotencyKey));
  const candidate: CreationRequest = { settings, data, client, registers: false };
  try {
    // one after another, so that the second call finds the account and hooks run once
    return await engine.runExclusive(key, () => signInByKey(engine, candidate, key));
  } catch (error) {
    if (error instanceof AnonError && !REFUSALS.includes(error.code)) throw error;
    // another process may have accepted a call with the key, and may still be at work
    for (const pause of PAUSES_MS) {
      await new Promise((resume) => setTimeout(resume, pause));
      const made = await findReservation(engine.store, key, engine.now())
        .then((seen) => findMade(engine, settings, key, seen))
        .catch(() => null);
      if (made) return made;
    }
    throw error;
  }
}

async function signInByKey(engine: Engine, candidate: CreationRequest, key: string): Promise<AuthData> {
  const { store } = engine;
  const { settings, data } = candidate;
  const seen = await findReservation(store, key, engine.now());
  const known = await findMade(engine, settings, key, seen);
  if (known) return known;

  async function make(): Promise<AuthData | null> {
    // written only after the checks, because a reservation takes room too
    const reservation = await reserve(store, key, engine.now(), LIFE_MS, seen);
    const { id, sid, created } = reservation;
    const session = newSession(settings, created, endOfGuest(created, settings), sid);
    const { account } = newGuest(settings, [session], data, created, id);
    if (reservation.made) return null;
    const text = encodeAccount(account);
    if (!(await store.create(accountKey(settings.name, id), text, dueOf(account, settings)))) return null;
    await markCreated(store, key, reservation);
    await notifyCreated(engine.hooks, account);
    return authDataOf(engine, account, session, created);
  }

  const made = await checkCreation(engine, candidate, make);
  return made ?? (await findMade(engine, settings, key, await findReservation(store, key, engine.now()))) ?? used();
}

/** The session of a reservation; `null` before it was made. */
async function findMade(
  engine: Engine,
  settings: Settings,
  key: string,
  { reservation }: Seen,
): Promise<AuthData | null> {
  const { store } = engine;
  if (!reservation) return null;
  const present = await store.readAccount(settings.name, reservation.id);
  if (!present) return reservation.made ? used() : null;
  // the process that created the account may have died before it marked that
  await markCreated(store, key, reservation);
  const living = liveSession(present.account, reservation.sid, settings, engine.now());
  if (!living) return used();
  return authDataOf(engine, present.account, living, reservation.created);
}

function used(): never {
  throw new AnonError(
    "idempotency_key_used",
    "Cannot use this idempotency key again: the session that it began has ended, use a new one",
  );
}
