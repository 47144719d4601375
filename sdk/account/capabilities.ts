/** Whether an account has a capability, and the refusal where it has not. */
import type { CapabilityHolder, CapabilityOptions } from "../contract/capabilities.ts";
import type { AnonRecord, BaseRecord } from "../contract/records.ts";
import { AnonError } from "../errors.ts";
import { type CheckedGrants, checkCapability, type GrantList, grantList } from "../settings/capabilities.ts";
import type { Settings, SettingsRegistry } from "../settings/collections.ts";

/**
 * Whether a holder has a capability; `false` without a holder, and for an account of an unknown collection.
 *
 * @throws {AnonError} `invalid_options` for what is no capability, and for claims where a function has to see the record;
 * and what such a function throws
 */
export function can(book: SettingsRegistry, holder: CapabilityHolder | null | undefined, capability: string): boolean {
  checkCapability(capability);
  const settings = settingsOf(book, holder);
  return settings !== null && has(settings, holder as CapabilityHolder, capability);
}

/**
 * Refuses a holder without the capability; when none is given, one that is not registered.
 *
 * @throws {AnonError} `invalid_token` without a holder; `registration_required` for a guest who would be let in once converted,
 * as far as that can be known; `capability_required` for all others; and as {@link can}
 */
export function authorize(
  book: SettingsRegistry,
  holder: CapabilityHolder | null | undefined,
  capability: string | undefined,
): void {
  if (capability !== undefined) checkCapability(capability);
  if (!holder) throw new AnonError("invalid_token", "Cannot do this: no one is signed in");
  const settings = settingsOf(book, holder);
  if (settings && (capability === undefined ? !holder.anonymous : has(settings, holder, capability))) return;
  const what = capability === undefined ? "this" : `what takes capability "${capability}"`;
  if (settings && holder.anonymous && mayOnceRegistered(settings, capability)) {
    throw new AnonError("registration_required", `Cannot do ${what} anonymously: convert this account first`);
  }
  throw new AnonError("capability_required", `Cannot do ${what}: this account is not allowed to`);
}

function has({ name, capabilities }: Settings, holder: CapabilityHolder, capability: string): boolean {
  const kind = holder.anonymous ? "anonymous" : "registered";
  const grants = capabilities[kind];
  if (typeof grants === "function" && !isRecord(holder)) {
    throw new AnonError(
      "invalid_options",
      `Cannot tell by claims: \`capabilities.${kind}\` of collection "${name}" is a function, pass a record or use a list`,
    );
  }
  return includes(grantsTo(kind, grants, holder as AnonRecord), capability);
}

/** The record of after a conversion there is not yet, so a function is given the benefit of the doubt. */
function mayOnceRegistered({ capabilities: { registered } }: Settings, capability: string | undefined): boolean {
  return capability === undefined || typeof registered === "function" || includes(registered, capability);
}

/** `null` for a collection that is not configured, and for what is neither anonymous nor registered. */
function settingsOf(book: SettingsRegistry, holder: CapabilityHolder | null | undefined): Settings | null {
  if (typeof holder?.anonymous !== "boolean") return null;
  return book.find(isRecord(holder) ? holder.collectionName : holder.collectionId);
}

function isRecord(holder: CapabilityHolder): holder is BaseRecord {
  return typeof (holder as BaseRecord).collectionName === "string";
}

/**
 * What a record is granted. A function is called each time, and grants nothing unless it returns a list.
 *
 * @throws {AnonError} `invalid_options` for a result that is none; and what the function throws
 */
function grantsTo(kind: keyof CapabilityOptions, grants: CheckedGrants, record: AnonRecord): GrantList {
  return typeof grants === "function" ? grantList(kind, grants(record)) : grants;
}

/** Whether a list grants a capability. */
function includes({ all, exact, below }: GrantList, capability: string): boolean {
  return all || exact.has(capability) || below.some((beginning) => capability.startsWith(beginning));
}
