/** Limits, and what they are checked for. */
import type { Duration, OwnFields } from "./records.ts";

/** At most `max` within `per`. */
export interface Rate {
  /** A whole number from 1 on. */
  max: number;
  /** From one second to 24 days; it begins with the first one that is counted. */
  per: Duration;
}

/**
 * Limits; `false` is without limit. An address is an IPv4 address or an IPv6 network of `ipv6Prefix` bits. Only
 * requests have one; the identity is counted for every password that is checked.
 */
export interface LimitOptions {
  /** New accounts of one address, guests and registrations. Default 30 in `1h`. */
  signUpsPerAddress?: Rate | false;
  /** Wrong passwords from one address. Default 50 in `15m`. */
  passwordsPerAddress?: Rate | false;
  /** Wrong passwords for one email or username, whether it has an account or not. Default 10 in `15m`. */
  passwordsPerIdentity?: Rate | false;
  /** Wrong one-time codes from one address. Default 20 in `15m`. */
  codesPerAddress?: Rate | false;
  /** Transfer codes that one account makes. Default 10 in `1h`. */
  transferCodesPerAccount?: Rate | false;
  /** Mails that one address asks for. Default 20 in `1h`. */
  mailsPerAddress?: Rate | false;
  /** Mails to one email, whether they are sent or not. Default 5 in `1h`. */
  mailsPerRecipient?: Rate | false;
  /** How many bits of an IPv6 address count as one address: 32 to 128. Default 56, what one subscriber commonly has. */
  ipv6Prefix?: number;
}

/** The request that an operation is called for, as far as it is known. */
export interface Client {
  /** Its body may have been read. */
  request?: Request;
  /** The IP address that limits count by. */
  address?: string;
}

/** An account that is about to be created. */
export interface Creation extends Client {
  /** The collection's name. */
  collection: string;
  /** `false` for a registration. */
  anonymous: boolean;
  /** The account's own fields. */
  data: OwnFields;
}
