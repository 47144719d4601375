/** What the reader of a system is, and what it is given. */
import type { Entry } from "./entry.ts";
import type { Source } from "./source.ts";

/** The parameters of the hashes of a Firebase project. */
export interface FirebaseHashConfig {
  signerKey: string;
  saltSeparator: string;
  rounds: number;
  memoryCost: number;
}

export interface ReadOptions {
  /** A second export: of the identities, if the accounts do not hold them. */
  identities?: Source;
  /** Firebase's. Without them its password hashes are unsupported. */
  hashConfig?: FirebaseHashConfig;
  /** PocketBase: the name of the auth collection. Default `users`. */
  table?: string;
  /** Password hashes are not needed, so it is no fault that they are unsupported. */
  withoutHashes?: boolean;
  /** Further columns or properties that become own fields. */
  fields: readonly string[];
}

/** The accounts of an export, in bounded memory. Its own errors say nothing of what stands in the export. */
export type Reader = (source: Source, options: ReadOptions) => AsyncIterable<Entry>;

export type DatabaseReader = (url: string, options: ReadOptions) => AsyncIterable<Entry>;

/** A system: its reader of files, of databases by URL, or both. */
export type System = { file: Reader; database?: DatabaseReader } | { file?: undefined; database: DatabaseReader };
