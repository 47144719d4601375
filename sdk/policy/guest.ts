/** How a new guest looks. */
import { hashRandomPassword } from "../crypto/password.ts";
import { randomId, randomPassword } from "../crypto/random.ts";
import type { Account, Session } from "../model/account.ts";
import { guestEmail } from "../model/email.ts";
import { guestUsername } from "../model/username.ts";
import type { OwnFields } from "../types.ts";
import type { Settings } from "./settings.ts";

/** A guest that is not stored yet, and its password: nothing else will ever know it. */
export interface NewGuest {
  account: Account;
  password: string;
}

/** What of a guest depends on nothing but chance. */
interface Credentials {
  id: string;
  password: string;
  hash: string;
}

let spare: Credentials | undefined;

function makeCredentials(id: string = randomId()): Credentials {
  const password = randomPassword();
  return { id, password, hash: hashRandomPassword(password, id) };
}

/**
 * Makes the credentials of the guest after this one, for when there is nothing else to do but to wait for the storage:
 * one visitor after another then waits for less.
 */
export function prepareNextGuest(): void {
  spare ??= makeCredentials();
}

/** Makes up a guest, whose id may be a given one. `now` is in milliseconds since the epoch. */
export function newGuest(
  settings: Settings,
  sessions: Session[],
  data: OwnFields,
  now: number,
  givenId?: string,
): NewGuest {
  const { id, password, hash } = (givenId === undefined ? spare : null) ?? makeCredentials(givenId);
  // nobody gets them a second time
  if (givenId === undefined) spare = undefined;
  return {
    password,
    account: {
      id,
      collection: settings.name,
      anonymous: true,
      verified: false,
      email: guestEmail(id, settings.guestEmailDomain),
      username: guestUsername(id),
      password: hash,
      sessions,
      created: now,
      updated: now,
      lastActive: now,
      fence: 0,
      data,
    },
  };
}
