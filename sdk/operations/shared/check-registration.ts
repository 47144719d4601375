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

/** Checked input of a registration. */
export interface Registration {
  /** What the account will own. */
  unique: UniqueKey[];
  /** Without one the generated email of the guest stays, which receives no mail and which no other account can have. */
  email?: string;
  verified: boolean;
  username?: string;
  identity?: Identity;
  /** Makes the PHC string that is stored for the account `id`. */
  hash(id: string): Promise<string>;
}

/** Untrusted input. */
export type RegistrationInput = Partial<ConvertInput<Record<string, unknown>>>;

/** What the application or a code vouches for. Never taken from untrusted input. */
export type Vouched =
  | { identity: IdentityInput; email?: undefined }
  /** A verified email. */
  | { email: string; identity?: never };

/**
 * Checks the email and the password of the input, or what is vouched for instead.
 *
 * @throws {AnonError} what is wrong with the input
 */
export function checkRegistration(
  engine: Engine,
  settings: Settings,
  input: RegistrationInput,
  vouched: Vouched | undefined,
): Registration {
  // without any input the error names the first part that is missing
  const { email: typed = "", password: chosen = "", username } = input ?? {};
  // also checks a missing identity: no one could sign in to an account that is registered with nothing
  const identity =
    vouched && "identity" in vouched ? checkIdentity(vouched.identity as IdentityInput, engine.now()) : undefined;
  // an email that no one vouches for may be another person's
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
    // a new password, because the caller that created the guest knows the old one
    hash: async (id) => (vouched ? unknownPassword(id) : await engine.hashPassword(chosen)),
  };
}
