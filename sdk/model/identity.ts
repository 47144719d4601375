/** Outside identities: who somebody is to another service, which the application has asked. */
import { AnonError } from "../errors.ts";

/** One of an account's. `linked` is in milliseconds since the epoch. */
export interface Identity {
  provider: string;
  subject: string;
  /** What the service says, for people; it finds nobody. */
  email?: string;
  linked: number;
}

/** What the application found out. */
export interface IdentityInput {
  /** Which service: up to 64 of `a-z`, `0-9`, `.`, `_`, `-`, such as `google`, `oidc.example`, `passkey`. */
  provider: string;
  /** Who it is there, for good: `sub` of OIDC, the id of a credential; never an email. 1 to 255 characters. */
  subject: string;
  email?: string;
  /** Whether the service vouches for the email: then it becomes the account's. Default `false`. */
  emailVerified?: boolean;
}

const PROVIDER = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const MAXIMUM_SUBJECT = 255;

/** So many an account may have: enough for anybody, and a bound on what one account costs. */
export const MAXIMUM_IDENTITIES = 16;

/**
 * Checks what the application says somebody is elsewhere. The email is checked where it is used.
 *
 * @throws {AnonError} `invalid_identity`
 */
export function checkIdentity(input: IdentityInput, now: number): Identity {
  const { provider, subject, email } = input ?? ({} as IdentityInput);
  if (typeof provider !== "string" || !PROVIDER.test(provider)) {
    throw notUsable("its `provider` is up to 64 of a-z, 0-9, `.`, `_` and `-`");
  }
  const isSubject = typeof subject === "string" && subject.isWellFormed();
  if (!isSubject || subject.length === 0 || subject.length > MAXIMUM_SUBJECT) {
    throw notUsable(`its \`subject\` is a text of 1 to ${MAXIMUM_SUBJECT} characters`);
  }
  if (email !== undefined && (typeof email !== "string" || email.length > 254)) {
    throw notUsable("its `email` is a text of up to 254 characters");
  }
  return { provider, subject, ...(email === undefined ? {} : { email }), linked: now };
}

/** What two spellings of an identity do not share: it is taken as it is, case and all. */
export function canonicalIdentity({ provider, subject }: Pick<Identity, "provider" | "subject">): string {
  return JSON.stringify([provider, subject]);
}

/** Whether stored identities have their shape. */
export function areIdentities(stored: unknown): stored is Identity[] {
  return (
    Array.isArray(stored) &&
    stored.every(
      (one: Identity | null) =>
        typeof one?.provider === "string" &&
        typeof one.subject === "string" &&
        Number.isFinite(one.linked) &&
        (one.email === undefined || typeof one.email === "string"),
    )
  );
}

function notUsable(why: string): AnonError {
  return new AnonError("invalid_identity", `Cannot use this identity: ${why}`);
}
