import type { Account } from "../account/account.ts";
import { isBound } from "../codes/code.ts";
import type { Client } from "../contract/limits.ts";
import type { AuthData, OwnFields } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { convert } from "./convert.ts";
import { deadCode, discardCode, mailedCode } from "./shared/good-code.ts";
import { signInByEmail } from "./shared/sign-in-by-email.ts";
import type { Proof } from "./verify-email.ts";

/** What comes with a code. */
export interface Confirmation extends Proof {
  username?: string;
  data?: OwnFields;
}

/**
 * Converts the guest that a mailed code is for: the email is theirs and verified, and there is no password until they set
 * one. Every earlier session ends, also the one that asked: another person may read the mail. An account that holds the
 * email unverified is signed in to instead, and the guest stays as it is: it is not merged, because it may be that of an
 * attacker who asked for the mail. A refusal leaves the code good; success uses it up, because the code is bound to the
 * guest, and the account is verified then.
 *
 * @throws {AnonError} `invalid_action_token`, `email_taken`, `username_taken`, what is wrong with the input, `rate_limited`
 */
export async function confirmConversion(
  engine: Engine,
  code: string,
  { collection, username, data, signedIn }: Confirmation = {},
  client?: Client,
): Promise<AuthData> {
  const settings = engine.settings.get(collection);
  const found = await mailedCode(engine, settings, "conversion", code, client);
  const { id, payload } = found.code;
  const proof = (account: Account): void => {
    // the session that asked may have ended meanwhile
    if (!isBound(account, payload, settings, engine.now())) throw deadCode();
  };
  const ref = { collection: settings.name, id };
  const { email = "" } = payload;
  const done =
    (await signInByEmail(engine, settings, { email, signedIn, method: "email_code" }, client)) ??
    (await convert(engine, ref, { username, data }, client, { vouched: { email }, proof }));
  await discardCode(engine.store, found.code);
  return done;
}
