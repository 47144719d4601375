import type { Session } from "../../account/account.ts";
import { dueOf } from "../../account/activity.ts";
import { encodeNewGuest } from "../../account/codec-fast.ts";
import { checkGuestData, type NewGuest, newGuest } from "../../account/guest.ts";
import { changeOwnFields } from "../../account/own-fields.ts";
import type { Client } from "../../contract/limits.ts";
import type { OwnFields } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import { AnonError } from "../../errors.ts";
import { notifyCreated } from "../../hooks/hooks.ts";
import type { Settings } from "../../settings/collections.ts";
import { accountKey } from "../../storage/keys.ts";
import { checkCreation, isCapped } from "./check-creation.ts";

// ids have 77 bits: a second attempt is next to impossible, and several mean that the random source is broken
const MAXIMUM_ATTEMPTS = 4;

/**
 * Stores a new guest with these sessions.
 *
 * @param prepare Makes the result while the storage writes, which hides its time. It runs again if the id is taken.
 *
 * @throws {AnonError} as `checkCreation`
 */
export function createGuest<T>(
  engine: Engine,
  settings: Settings,
  sessions: Session[],
  input: OwnFields | undefined,
  prepare: (guest: NewGuest) => T,
  by: { client?: Client; registers?: boolean } = {},
): Promise<T> {
  // the usual case: there is nothing to check
  if (input === undefined && settings.schema === undefined)
    return createWith({}, engine, settings, sessions, prepare, by);
  return changeOwnFields({}, input, settings.schema).then((data) => {
    // an account that registers at once is never used as a guest
    if (!by.registers) checkGuestData(data, settings);
    return createWith(data, engine, settings, sessions, prepare, by);
  });
}

function createWith<T>(
  data: OwnFields,
  engine: Engine,
  settings: Settings,
  sessions: Session[],
  prepare: (guest: NewGuest) => T,
  { client, registers = false }: { client?: Client; registers?: boolean },
): Promise<T> {
  // the usual case of a call outside of a request: no hook to run and nothing to count
  if (client?.address === undefined && !isCapped(engine, settings) && !engine.hooks.has("beforeCreate"))
    return storeGuest(engine, settings, sessions, data, prepare, registers);
  const make = (): Promise<T> => storeGuest(engine, settings, sessions, data, prepare, registers);
  return checkCreation(engine, { settings, data, client, registers }, make) as Promise<T>;
}

/** Not an async function, which would leave as much to the garbage collector as the account. */
function storeGuest<T>(
  engine: Engine,
  settings: Settings,
  sessions: Session[],
  data: OwnFields,
  prepare: (guest: NewGuest) => T,
  registers: boolean,
  attempts: number = MAXIMUM_ATTEMPTS,
): Promise<T> {
  const { hooks, store } = engine;
  const now = sessions[0]?.created ?? engine.now();
  const guest = newGuest(settings, sessions, data, now);
  const { account } = guest;
  const text = encodeNewGuest(account);
  const key = accountKey(account.collection, account.id);
  const stored = store.create(key, text, dueOf(account, settings));
  let prepared: T;
  try {
    prepared = prepare(guest);
  } catch (error) {
    // a failure of the write must not be an unhandled rejection
    stored.catch(() => undefined);
    throw error;
  }
  return stored.then((isNew) => {
    if (!isNew) {
      if (attempts === 1) throw idsCollide();
      return storeGuest(engine, settings, sessions, data, prepare, registers, attempts - 1);
    }
    // a registration runs the hooks at its end
    if (registers || !(hooks.has("afterCreate") || hooks.has("afterSignIn"))) return prepared;
    return notifyCreated(hooks, account).then(() => prepared);
  });
}

function idsCollide(): AnonError {
  return new AnonError(
    "conflict",
    "Cannot create an account: generated ids keep colliding, check the system's random source",
  );
}
