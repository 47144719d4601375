/** Emails: which are accepted, which are the same, and which receive mail. */
import { AnonError } from "../errors.ts";
import { ANONYMOUS_DOMAIN, canonicalDomain } from "../settings/domain.ts";
import { isOwnId, ofLowerCaseId, toLowerCaseId } from "./id.ts";

// an account with an address of this form would be found instead of the guest
const GUEST_LOCAL = /^anon-([a-z0-9]{15})$/;
// of RFC 5321's atoms, in any script; no quoted local parts, which no provider hands out
const LOCAL = /^[^\s\p{C}"(),:;<>@[\\\]]+$/u;
// characters that are drawn as nothing: two addresses that differ by one look the same
const INVISIBLE = /[\p{DI}\u2800]/u;
const ASCII = /^[!-~]+$/;
const MAXIMUM_LOCAL_BYTES = 64;
const MAXIMUM_BYTES = 254;
// not `xn--`, which may be no name; a last label with a digit may be a part of an address of IPv4
const PLAIN = /^[\w+-]+(?:\.[\w+-]+)*@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]+$/i;
// no label or local part of a shorter one can be too long
const MAXIMUM_PLAIN = 63;

/**
 * The form two spellings of one email share: Unicode-normalised (NFKC), without case, the domain in its ASCII form.
 * `null` when it is no email.
 */
export function canonicalEmail(email: string): string | null {
  if (typeof email !== "string") return null;
  // of nearly all emails only the case is folded, and parsing them as the others would be felt in an import
  return email.length <= MAXIMUM_PLAIN && PLAIN.test(email) ? email.toLowerCase() : foldedEmail(email);
}

/** `canonicalEmail`, for any email: the plain twin, to which a test holds the short way. */
export function foldedEmail(email: string): string | null {
  if (!email.isWellFormed() || email.length > MAXIMUM_BYTES) return null;
  const normal = email.normalize("NFKC");
  const at = normal.lastIndexOf("@");
  const local = folded(normal.slice(0, Math.max(at, 0)));
  const domain = canonicalDomain(normal.slice(at + 1));
  if (!LOCAL.test(local) || local.startsWith(".") || local.endsWith(".") || local.includes("..") || !domain)
    return null;
  const canonical = `${local}@${domain}`;
  return exceeds(local, MAXIMUM_LOCAL_BYTES) || exceeds(canonical, MAXIMUM_BYTES) ? null : canonical;
}

/**
 * Checks an email a person wants to register with. One that folds into another person's address by more than case
 * (`ａda`, `straße`) is refused: the mail would prove an address other than the one that is locked.
 *
 * @returns the address to store and to send mail to: composed (NFC), its case as typed, the domain in its ASCII form
 * @throws {AnonError} `invalid_email`, or `reserved_email` for one that only a guest may have
 */
export function checkEmail(email: string, guestDomain: string): string {
  const canonical = canonicalEmail(email);
  if (!canonical || email !== email.trim()) {
    throw new AnonError("invalid_email", "Cannot use this email: write it as name@example.com");
  }
  if (INVISIBLE.test(email)) {
    throw new AnonError("invalid_email", "Cannot use this email: it holds an invisible character, remove that");
  }
  const [name, domain] = canonical.split("@") as [string, string];
  if (domain === ANONYMOUS_DOMAIN || domain === guestDomain || GUEST_LOCAL.test(name)) {
    throw new AnonError("reserved_email", "Cannot use this email: its form is reserved for anonymous accounts");
  }
  // in ASCII nothing folds but case
  if (ASCII.test(email)) return email;
  // the full-width @ and the small one fold into it
  const at = email.search(/[@＠﹫][^@＠﹫]*$/);
  const local = email.slice(0, at).normalize("NFC");
  const host = email.slice(at + 1);
  if (local.toLowerCase().replaceAll("ς", "σ").normalize("NFC") !== name) {
    throw new AnonError(
      "invalid_email",
      "Cannot use this email: it holds a character that stands for another one, such as a full-width letter; type the plain one",
    );
  }
  // as typed only in ASCII: the Kelvin sign has the lower case of a k
  return `${local}@${ASCII.test(host) && host.toLowerCase() === domain ? host : domain}`;
}

/** As {@link checkEmail}, with `null` instead of a refusal. */
export function acceptedEmail(email: string, guestDomain: string): string | null {
  try {
    return checkEmail(email, guestDomain);
  } catch {
    return null;
  }
}

/**
 * A guest's email. It needs no lock: it contains the id, and no account can register one of its form. With an imported id
 * only the domain makes it one that cannot be registered, so that is the one which is reserved in every configuration.
 */
export function guestEmail(id: string, domain: string): string {
  return isOwnId(id) ? `anon-${id}@${domain}` : `anon-${toLowerCaseId(id)}@${ANONYMOUS_DOMAIN}`;
}

/** The id in a guest's canonical email, or `null` when it is not of that form. */
export function guestIdOfEmail(canonical: string): string | null {
  const [local = "", domain] = canonical.split("@");
  const own = GUEST_LOCAL.exec(local)?.[1];
  if (own !== undefined) return own;
  return domain === ANONYMOUS_DOMAIN && local.startsWith("anon-") ? ofLowerCaseId(local.slice("anon-".length)) : null;
}

/**
 * Without case: `STRASSE`, `straße` and `STRAẞE` are the same. By way of upper case, because some letters share it that
 * differ in lower case; except for the dotless ı, which shares it with i and would pass as one. Domains have other
 * rules, by which `strasse.de` and `straße.de` belong to different people.
 */
function folded(text: string): string {
  const parts = text.split("ı").map((part) => part.toLowerCase().toUpperCase().toLowerCase());
  // a final sigma depends on what follows it; and changing case can denormalise ("İ")
  return parts.join("ı").replaceAll("ς", "σ").normalize("NFKC");
}

function exceeds(text: string, maximum: number): boolean {
  // a character has at most three bytes per UTF-16 unit, so most need no counting
  return text.length * 3 > maximum && new TextEncoder().encode(text).length > maximum;
}

/** Whether an email is a guest's, or has a reserved domain (RFC 2606): no mail arrives there. */
export function receivesNoMail(email: string): boolean {
  const canonical = canonicalEmail(email) ?? "";
  if (guestIdOfEmail(canonical) !== null) return true;
  return /\.(?:invalid|test|localhost|example)$/.test(canonical) || /@localhost$/.test(email);
}
