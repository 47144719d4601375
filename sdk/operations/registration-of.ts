import { hashRandomPassword } from "../crypto/password.ts";
import { randomPassword } from "../crypto/random.ts";
import type { Engine } from "../engine.ts";
import { checkEmail } from "../model/email.ts";
import { canonicalIdentity, checkIdentity, type Identity } from "../model/identity.ts";
import { checkPassword } from "../model/password-rules.ts";
import { checkUsername } from "../model/username.ts";
import type { Settings } from "../policy/settings.ts";
import { keyOfClaim } from "../storage/claims.ts";
import type { Wanted } from "../storage/with-claims.ts";
import type { ConvertInput } from "../types.ts";

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

/**
 * Checks what somebody registers with: an email and a password, or what the application knows of them from elsewhere.
 *
 * @throws {AnonError} what is wrong with the input
 */
export function registrationOf(
  engine: Engine,
  settings: Settings,
  input: ConvertInput<Record<string, unknown>>,
): Registration {
  // whoever converts without input is told what is missing, as for any other input
  const { username, identity: outside } = input ?? ({} as typeof input);
  const isUsername = username !== undefined;
  const claim = (what: Wanted["what"], canonical: string): Wanted => ({
    key: keyOfClaim(settings.name, what, canonical),
    what,
  });
  const wanted: Wanted[] = [];
  if (outside === undefined) {
    const { email = "", password: chosen = "" } = input ?? {};
    wanted.push(claim("email", checkEmail(email, settings.guestEmailDomain)));
    if (isUsername) wanted.push(claim("username", checkUsername(username)));
    checkPassword(chosen);
    return { wanted, email, verified: false, username, hash: () => engine.hashPassword(chosen) };
  }
  const identity = checkIdentity(outside, engine.now());
  wanted.push(claim("identity", canonicalIdentity(identity)));
  // an email that nobody vouches for could be anybody's
  const email = outside.emailVerified === true ? identity.email : undefined;
  if (email !== undefined) wanted.push(claim("email", checkEmail(email, settings.guestEmailDomain)));
  if (isUsername) wanted.push(claim("username", checkUsername(username)));
  // one that nobody knows: the guest's was shown to whoever made it
  const hash = async (id: string): Promise<string> => hashRandomPassword(randomPassword(), id);
  return { wanted, email, verified: email !== undefined, username, identity, hash };
}
