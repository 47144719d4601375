/** The public shapes of limits. */
import type { Duration, OwnFields } from "./records.ts";

/** At most `max` within `per`, which begins with the first and is from one second to 24 days. */
export interface Rate {
  max: number;
  per: Duration;
}

/**
 * How often; `false` is without limit. An address is an IPv4 address or an IPv6 network of `ipv6Prefix` bits, and known of
 * requests only; the identity counts for every password that is checked.
 */
export interface LimitOptions {
  /** New accounts of one address, guests and registrations. Default 30 in `1h`. */
  signUpsPerAddress?: Rate | false;
  /** Wrong passwords from one address. Default 50 in `15m`. */
  passwordsPerAddress?: Rate | false;
  /** Wrong passwords for one email or username, from wherever, whether there is such an account or not. Default 10 in `15m`. */
  passwordsPerIdentity?: Rate | false;
  /** Wrong one-time codes from one address. Default 20 in `15m`. */
  codesPerAddress?: Rate | false;
  /** Transfer codes that one account makes. Default 10 in `1h`. */
  transferCodesPerAccount?: Rate | false;
  /** Mails that one address asks for. Default 20 in `1h`. */
  mailsPerAddress?: Rate | false;
  /** Mails to one address of mail, whether they are sent or not. Default 5 in `1h`. */
  mailsPerRecipient?: Rate | false;
  /** How many bits of an IPv6 address count as one address: 32 to 128. Default 56, what one subscriber is commonly given. */
  ipv6Prefix?: number;
}

/** An account that is about to be made. */
export interface Creation {
  collection: string;
  /** Whether it is a guest's; `false` for a registration. */
  anonymous: boolean;
  /** The own fields it is to have. */
  data: OwnFields;
  /** The request that asks for it, where it is known. Its body may have been read. */
  request?: Request;
  /** Where that comes from, where it is known. */
  address?: string;
}

/** Who asks for something: what is known of the request that an operation is called for. */
export interface Client {
  request?: Request;
  address?: string;
}
