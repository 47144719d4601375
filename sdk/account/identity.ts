/** External identities: who the owner of an account is to another service, as the application has verified. */
import type { IdentityInput } from "../contract/identities.ts";
import { AnonError } from "../errors.ts";
import { ANONYMOUS_DOMAIN } from "../settings/domain.ts";
import { acceptedEmail, canonicalEmail } from "./email.ts";

/** `linked` is in milliseconds since the epoch. */
export interface Identity {
  readonly provider: string;
  readonly subject: string;
  /** What the service says, for people; no account is found by it. */
  readonly email?: string;
  /** The service vouched for the email when the identity was linked. */
  readonly emailVerified?: true;
  readonly linked: number;
}

const PROVIDER = /^[a-z0-9][a-z0-9._-]{0,63}$/;
const MAXIMUM_SUBJECT = 255;

// a bound on what one account costs
const MAXIMUM_IDENTITIES = 16;

/** The email is checked where it is used. */
export function checkIdentity(input: IdentityInput, now: number): Identity {
  const { provider, subject, email, emailVerified } = input ?? ({} as IdentityInput);
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
  return {
    provider,
    subject,
    ...(email === undefined ? {} : { email }),
    ...(email !== undefined && emailVerified === true ? { emailVerified } : {}),
    linked: now,
  };
}

/** The identities with one more; one that is already there stays as it is. */
export function withIdentity(identities: readonly Identity[], identity: Identity): Identity[] {
  const same = canonicalIdentity(identity);
  if (identities.some((one) => canonicalIdentity(one) === same)) return [...identities];
  if (identities.length < MAXIMUM_IDENTITIES) return [...identities, identity];
  throw new AnonError(
    "invalid_identity",
    `Cannot link this identity: the account has ${MAXIMUM_IDENTITIES} already, unlink one first`,
  );
}

/** Whether the service vouches for this very email, and not for one that only folds into it. */
export function vouchesFor(identity: Identity, email: string): boolean {
  if (!identity.emailVerified || identity.email === undefined) return false;
  const vouched = acceptedEmail(identity.email, ANONYMOUS_DOMAIN);
  return vouched !== null && canonicalEmail(vouched) === canonicalEmail(email);
}

/** An identity has one spelling: case counts. */
export function canonicalIdentity({ provider, subject }: Pick<Identity, "provider" | "subject">): string {
  return JSON.stringify([provider, subject]);
}

export function areIdentities(stored: unknown): stored is Identity[] {
  return (
    Array.isArray(stored) &&
    stored.every(
      (one: Identity | null) =>
        typeof one?.provider === "string" &&
        typeof one.subject === "string" &&
        Number.isFinite(one.linked) &&
        (one.email === undefined || typeof one.email === "string") &&
        (one.emailVerified === undefined || one.emailVerified === true),
    )
  );
}

function notUsable(why: string): AnonError {
  return new AnonError("invalid_identity", `Cannot use this identity: ${why}`);
}
