/** Accounts of other systems. */
import type { IdentityInput } from "./identities.ts";
import type { AnonRecord, OwnFields } from "./records.ts";

/** An external identity of an imported account. */
export interface ImportedIdentity extends IdentityInput {
  /** When it was linked (ISO 8601 with a time zone). Default: now. */
  linked?: string | Date;
}

/** An account of another system. A time is a `Date`, or a text of ISO 8601 with a time zone. */
export interface ImportedAccount<Name extends string = string, Fields = OwnFields> {
  /** The id there, which is kept: 1 to 64 of `A-Z`, `a-z`, `0-9`, `_` and `-`. */
  id: string;
  /** Default `users`. */
  collection?: Name;
  /** Whether it is a guest, which `gc` deletes when it has been inactive. Default `false`. */
  anonymous?: boolean;
  /** Without one, and for every guest, the email is one that receives no mail. */
  email?: string;
  /** As it was chosen. Guests have none of their own. */
  username?: string;
  /** Whether its owner has proved to receive mail at `email`. Default `false`. */
  verified?: boolean;
  /** When it was created. Default: now. */
  created?: string | Date;
  /** When it was changed. Default: `created`. */
  updated?: string | Date;
  /** Its last activity, from which on a guest is inactive. Default: now. */
  lastActive?: string | Date;
  /** One of the forms that `docs/import.md` lists. Without one the account has no password until it is reset. */
  passwordHash?: string;
  /** The external ones, up to 16. Guests have none. */
  identities?: readonly ImportedIdentity[];
  /** The application's own, which the schema of the collection validates. */
  fields?: Partial<Fields>;
}

/** Options of `importAccount`. */
export interface ImportOptions {
  /** Change nothing, and return what a call would. Default `false`. */
  dryRun?: boolean;
}

/** What a call of `importAccount` did, or with `dryRun` what it would do. */
export interface ImportResult<Fields = OwnFields> {
  /**
   * `created`: it is stored now. `present`: an account with this id is stored already, and has all that was to be imported;
   * what is used since (activity, sessions, a new password, more identities) is no difference. `differs`: one with this id is
   * stored, is not the same, and stays as it is.
   */
  outcome: "created" | "present" | "differs";
  /** Of `differs`: which properties of the imported account the stored one does not have. */
  differences: (keyof ImportedAccount)[];
  /** The record of the stored account; in a dry run that of the account that would be stored. */
  record: AnonRecord<Fields>;
}

/** Options of `exportAccounts`. */
export interface ExportOptions<Name extends string = string> {
  /** Default `users`. */
  collection?: Name;
  /** With `passwordHash`, which must be kept secret. Default `false`. */
  withHashes?: boolean;
}
