import { canonicalEmail, checkEmail } from "../../account/email.ts";
import { canonicalIdentity, checkIdentity, type Identity } from "../../account/identity.ts";
import { checkUsername } from "../../account/username.ts";
import type { IdentityInput } from "../../contract/identities.ts";
import type { ConvertInput } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import { unknownPassword } from "../../passwords/hash.ts";
import { checkPassword } from "../../passwords/rules.ts";
import type { Settings } from "../../settings/collections.ts";
import { keyOfClaim } from "../../storage/uniqueness.ts";
import type { Wanted } from "../../storage/with-uniqueness.ts";

/** What a guest becomes, checked. */
export interface Registration {
  /** What is to be claimed. */
  wanted: Wanted[];
  /** Left out, the made-up one of the guest stays: it receives nothing and is nobody else's. */
  email?: string;
  verified: boolean;
  username?: string;
  identity?: Identity;
  /** Makes the PHC string that is stored for the account `id`. */
  hash(id: string): Promise<string>;
}

/** What may come from anybody, as it was sent. */
export type RegistrationInput = Partial<ConvertInput<Record<string, unknown>>>;

/** What the application, or a code, vouches for: never out of what was sent. */
export type Vouched =
  /** Who it is elsewhere. */
  | { identity: IdentityInput; email?: undefined }
  /** An email that is known to be theirs. */
  | { email: string; identity?: never };

/**
 * Checks what somebody registers with: an email and a password, or what is vouched for.
 *
 * @throws {AnonError} what is wrong with the input
 */
export function registrationOf(
  engine: Engine,
  settings: Settings,
  input: RegistrationInput,
  vouched: Vouched | undefined,
): Registration {
  // whoever converts without input is told what is missing, as for any other input
  const { email: typed = "", password: chosen = "", username } = input ?? {};
  const claim = (what: Wanted["what"], canonical: string): Wanted => ({
    key: keyOfClaim(settings.name, what, canonical),
    what,
  });
  // of one that is missing, too: an account that is registered with nothing could never be signed in to again
  const identity =
    vouched && "identity" in vouched ? checkIdentity(vouched.identity as IdentityInput, engine.now()) : undefined;
  // an email that nobody vouches for could be anybody's
  const verified = vouched?.identity?.emailVerified === true ? identity?.email : vouched?.email;
  const given = vouched ? verified : typed;
  const email = given === undefined ? undefined : checkEmail(given, settings.guestEmailDomain);
  const wanted: Wanted[] = [];
  if (identity) wanted.push(claim("identity", canonicalIdentity(identity)));
  if (email !== undefined) wanted.push(claim("email", canonicalEmail(email) as string));
  if (username !== undefined) wanted.push(claim("username", checkUsername(username)));
  if (!vouched) checkPassword(chosen);
  return {
    wanted,
    email,
    verified: verified !== undefined,
    username,
    identity,
    // the guest's own password was shown to the caller that created it
    hash: async (id) => (vouched ? unknownPassword(id) : await engine.hashPassword(chosen)),
  };
}
