import type { Visitor } from "../contract/requests.ts";

/** A call of the current request. */
export type VisitorCall = Exclude<keyof Visitor, "request" | "applyTo">;

// a record, because the compiler does not miss one of its keys
const CALLS: Readonly<Record<VisitorCall, true>> = {
  auth: true,
  signInAnonymously: true,
  signInWithToken: true,
  signInWithPassword: true,
  signInWithIdentity: true,
  createTransferCode: true,
  issueServiceToken: true,
  signInWithTransferCode: true,
  refresh: true,
  convert: true,
  convertWithIdentity: true,
  merge: true,
  confirmConversion: true,
  listSessions: true,
  endSession: true,
  exportAccount: true,
  deleteAccount: true,
  authorize: true,
  can: true,
  signOut: true,
};

/** The names of all calls, for adapters that make a function of each. */
export const VISITOR_CALLS: readonly VisitorCall[] = Object.keys(CALLS) as VisitorCall[];
