/**
 * Ids of accounts. One that is made here has 15 characters of `[a-z0-9]`; an imported one is kept, with up to 64 of
 * `[A-Za-z0-9_-]`. Keys and emails have one case, so an id is spelled there with `_` before each capital and each `_`.
 */

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const OWN = /^[a-z0-9]{15}$/;
const SAME_IN_LOWER_CASE = /^[a-z0-9-]*$/;
const LOWER_CASE = /^(?:[a-z0-9-]|_[a-z_]){1,64}$/;

export function isAccountId(id: unknown): id is string {
  return typeof id === "string" && ID.test(id);
}

/** Whether an id has the form of those that are made here. */
export function isOwnId(id: string): boolean {
  return OWN.test(id);
}

/** The one spelling of an id in lower case: `Ab_c` is `_ab__c`, and no other id is. */
export function toLowerCaseId(id: string): string {
  if (SAME_IN_LOWER_CASE.test(id)) return id;
  return id.replace(/[A-Z_]/g, "_$&").toLowerCase();
}

/** The id that is spelled so in lower case; `null` if none is. */
export function ofLowerCaseId(text: string): string | null {
  if (!LOWER_CASE.test(text)) return null;
  return text.includes("_") ? text.replace(/_(.)/g, (_, character: string) => character.toUpperCase()) : text;
}
