import { canonicalEmail, checkEmail } from "../../account/email.ts";
import { canonicalIdentity, checkIdentity, type Identity } from "../../account/identity.ts";
import { checkUsername } from "../../account/username.ts";
import type { IdentityInput } from "../../contract/identities.ts";
import type { ConvertInput } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import { unknownPassword } from "../../passwords/hash.ts";
import { checkPassword } from "../../passwords/rules.ts";
import type { Settings } from "../../settings/collections.ts";
import { type UniqueKey, uniqueKey } from "../../storage/uniqueness.ts";

/** What a guest becomes, checked. */
export interface Registration {
  /** What the account is to own. */
  unique: UniqueKey[];
  /** Left out, the made-up one of the guest stays: it receives nothing and belongs to no one else. */
  email?: string;
  verified: boolean;
  username?: string;
  identity?: Identity;
  /** Makes the PHC string that is stored for the account `id`. */
  hash(id: string): Promise<string>;
}

/** Untrusted input, as it was sent. */
export type RegistrationInput = Partial<ConvertInput<Record<string, unknown>>>;

/** What the application, or a code, vouches for: never out of what was sent. */
export type Vouched =
  /** Who it is elsewhere. */
  | { identity: IdentityInput; email?: undefined }
  /** An email that is known to be theirs. */
  | { email: string; identity?: never };

/**
 * Checks what an account is registered with: an email and a password, or what is vouched for.
 *
 * @throws {AnonError} what is wrong with the input
 */
export function registrationOf(
  engine: Engine,
  settings: Settings,
  input: RegistrationInput,
  vouched: Vouched | undefined,
): Registration {
  // a call without input names what is missing, as for any other input
  const { email: typed = "", password: chosen = "", username } = input ?? {};
  // of one that is missing, too: an account that is registered with nothing could never be signed in to again
  const identity =
    vouched && "identity" in vouched ? checkIdentity(vouched.identity as IdentityInput, engine.now()) : undefined;
  // an email without a voucher could be another person's
  const verified = vouched?.identity?.emailVerified === true ? identity?.email : vouched?.email;
  const given = vouched ? verified : typed;
  const email = given === undefined ? undefined : checkEmail(given, settings.guestEmailDomain);
  const unique: UniqueKey[] = [];
  if (identity) unique.push(uniqueKey(settings.name, "identity", canonicalIdentity(identity)));
  if (email !== undefined) unique.push(uniqueKey(settings.name, "email", canonicalEmail(email) as string));
  if (username !== undefined) unique.push(uniqueKey(settings.name, "username", checkUsername(username)));
  if (!vouched) checkPassword(chosen);
  return {
    unique,
    email,
    verified: verified !== undefined,
    username,
    identity,
    // the guest's own password was shown to the caller that created it
    hash: async (id) => (vouched ? unknownPassword(id) : await engine.hashPassword(chosen)),
  };
}
