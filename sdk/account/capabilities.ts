/** Whether an account has a capability. */
import type { CapabilityHolder } from "../contract/capabilities.ts";
import type { AnonRecord, BaseRecord } from "../contract/records.ts";
import { AnonError } from "../errors.ts";
import { checkCapability, type GrantList, grantList } from "../settings/capabilities.ts";
import type { Settings, SettingsRegistry } from "../settings/collections.ts";

export function can(book: SettingsRegistry, holder: CapabilityHolder | null | undefined, capability: string): boolean {
  checkCapability(capability);
  const settings = settingsOf(book, holder);
  return settings !== null && has(settings, holder as CapabilityHolder, capability);
}

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
  if (typeof grants !== "function") return includes(grants, capability);
  if (!isRecord(holder)) {
    throw new AnonError(
      "invalid_options",
      `Cannot tell by claims: \`capabilities.${kind}\` of collection "${name}" is a function, pass a record or use a list`,
    );
  }
  // called each time; it grants nothing unless it returns a list
  return includes(grantList(kind, grants(holder as AnonRecord)), capability);
}

/** A function would need the record as it is after the conversion, so it counts as granting. */
function mayOnceRegistered({ capabilities: { registered } }: Settings, capability: string | undefined): boolean {
  return capability === undefined || typeof registered === "function" || includes(registered, capability);
}

/** `null` for a collection that is not configured, and for a holder that is neither anonymous nor registered. */
function settingsOf(book: SettingsRegistry, holder: CapabilityHolder | null | undefined): Settings | null {
  if (typeof holder?.anonymous !== "boolean") return null;
  return book.find(isRecord(holder) ? holder.collectionName : holder.collectionId);
}

function isRecord(holder: CapabilityHolder): holder is BaseRecord {
  return typeof (holder as BaseRecord).collectionName === "string";
}

function includes({ all, exact, below }: GrantList, capability: string): boolean {
  return all || exact.has(capability) || below.some((beginning) => capability.startsWith(beginning));
}
