/** How a new guest looks. */

import type { OwnFields } from "../contract/records.ts";
import { randomId, randomPassword } from "../crypto/random.ts";
import { AnonError } from "../errors.ts";
import { hashRandomPassword } from "../passwords/hash.ts";
import type { Settings } from "../settings/collections.ts";
import type { Account, Session } from "./account.ts";
import { bytesOf } from "./codec.ts";
import { guestEmail } from "./email.ts";
import { guestUsername } from "./username.ts";

/** A guest that is not stored yet, and its password, of which only the hash is stored. */
export interface NewGuest {
  account: Account;
  password: string;
}

/** `now` is in milliseconds since the epoch. */
export function newGuest(
  settings: Settings,
  sessions: Session[],
  data: OwnFields,
  now: number,
  id: string = randomId(),
): NewGuest {
  const password = randomPassword();
  return {
    password,
    account: {
      id,
      collection: settings.name,
      anonymous: true,
      verified: false,
      email: guestEmail(id, settings.guestEmailDomain),
      username: guestUsername(id),
      password: hashRandomPassword(password, id),
      sessions,
      created: now,
      updated: now,
      lastActive: now,
      fence: 0,
      data,
    },
  };
}

/** For own fields that are being set: what was accepted once can always be stored again. */
export function checkGuestData(data: OwnFields, { guests: { maxDataBytes } }: Settings): void {
  if (maxDataBytes === Number.POSITIVE_INFINITY || bytesOf(data) <= maxDataBytes) return;
  throw new AnonError(
    "record_too_large",
    `Cannot store these own fields: those of an anonymous account may take ${maxDataBytes} bytes, store less or convert it`,
  );
}
