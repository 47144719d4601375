import type { Session } from "../../account/account.ts";
import { dueOf } from "../../account/activity.ts";
import { encodeNewGuest } from "../../account/codec-fast.ts";
import { checkGuestData, type NewGuest, newGuest } from "../../account/guest.ts";
import { changeOwnFields } from "../../account/own-fields.ts";
import type { Client } from "../../contract/limits.ts";
import type { OwnFields } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import { AnonError } from "../../errors.ts";
import type { Hooks } from "../../hooks/hooks.ts";
import { notifyCreated } from "../../hooks/notify.ts";
import type { Settings } from "../../settings/collections.ts";
import { accountKey } from "../../storage/keys.ts";
import { checkCreation } from "./check-creation.ts";

// ids are of 77 bits: a second attempt is already unheard of, several mean a broken source of randomness
const MAXIMUM_ATTEMPTS = 4;

/**
 * Stores a new guest with these sessions, and returns what `prepare` makes of it. That is called while the storage
 * writes, so that its time is hidden: its result counts for nothing unless the guest was stored.
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
  const { schema, maxAnonymous } = settings;
  const isCapped = Math.min(maxAnonymous, engine.settings.maxAnonymous) !== Number.POSITIVE_INFINITY;
  const isFree = by.client?.address === undefined && !isCapped;
  const isAsked = engine.hooks.has("beforeCreate");
  // the usual case: nothing to check, no hook to run and nothing to count
  if (input === undefined && schema === undefined && isFree && !isAsked) {
    return storeGuest(engine, settings, sessions, {}, prepare, by.registers);
  }
  return createAdmitted(engine, settings, sessions, input, prepare, by);
}

async function createAdmitted<T>(
  engine: Engine,
  settings: Settings,
  sessions: Session[],
  input: OwnFields | undefined,
  prepare: (guest: NewGuest) => T,
  { client, registers = false }: { client?: Client; registers?: boolean },
): Promise<T> {
  const data = await changeOwnFields({}, input, settings.schema);
  // an account that registers at once is never used as a guest
  if (!registers) checkGuestData(data, settings);
  const make = (): Promise<T> => storeGuest(engine, settings, sessions, data, prepare, registers);
  return (await checkCreation(engine, { settings, data, client, registers }, make)) as T;
}

async function storeGuest<T>(
  engine: Engine,
  settings: Settings,
  sessions: Session[],
  data: OwnFields,
  prepare: (guest: NewGuest) => T,
  registers = false,
): Promise<T> {
  const now = sessions[0]?.created ?? engine.now();
  for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
    const guest = newGuest(settings, sessions, data, now);
    const { account } = guest;
    const text = encodeNewGuest(account);
    const key = accountKey(account.collection, account.id);
    const stored = engine.store.create(key, text, dueOf(account, settings));
    // whatever happens before it is awaited, its failure is not left unhandled
    stored.catch(() => undefined);
    const prepared = prepare(guest);
    if (!(await stored)) continue;
    // for a registration the hook runs when it is done
    if (!registers && isTold(engine.hooks)) await notifyCreated(engine.hooks, account);
    return prepared;
  }
  throw new AnonError(
    "conflict",
    "Cannot create an account: random ids are taken again and again, check the system's source of randomness",
  );
}

function isTold(hooks: Hooks): boolean {
  return hooks.has("afterCreate") || hooks.has("afterSignIn");
}
