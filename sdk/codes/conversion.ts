/** Codes that convert a guest who proves to receive mail at an address. */

/** What such a code may be used for. */
export const CONVERSION = "conversion";

/** What it is bound to. */
export interface Conversion {
  /** As it is stored, and as the mail went to it. */
  email: string;
  /** The session that asked, which must still live. */
  sid: string;
  /** The fingerprint of the account as it was: it is another one once it was converted, by this code or otherwise. */
  key: string;
}
