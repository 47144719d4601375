import { type Action, type ActionClaims, fingerprint, readAction } from "../crypto/action-token.ts";
import { verifyPassword } from "../crypto/password.ts";
import { claimContext, type Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { tellEnded } from "../hooks/tell.ts";
import { subjectOfAccount, subjectOfIdentity } from "../limits/subjects.ts";
import type { Client } from "../limits/types.ts";
import type { Account } from "../model/account.ts";
import { canonicalEmail, checkEmail } from "../model/email.ts";
import { checkPassword, isTooLong } from "../model/password-rules.ts";
import { dueOf } from "../policy/activity.ts";
import type { Settings } from "../policy/settings.ts";
import { backOff } from "../storage/back-off.ts";
import { changeAccount } from "../storage/change.ts";
import { keyOfClaim, releaseClaim, unsettleClaims } from "../storage/claims.ts";
import type { Read } from "../storage/store.ts";
import { withClaims } from "../storage/with-claims.ts";
import { guess } from "./guess.ts";

const MAXIMUM_ATTEMPTS = 64;

/** What comes with a token: a password for the reset (the new one) and for the change of email (the present one). */
export interface ActionInput {
  collection: string;
  token: string;
  password?: string;
}

/**
 * Does what a mailed token is for, once: verifies the email, sets a new password, or changes the email. The last two end
 * every session.
 *
 * @throws {AnonError} `invalid_action_token` when it is expired, used or not ours; `weak_password`,
 * `invalid_credentials` for a wrong password, `email_taken`, `rate_limited`
 */
export async function confirmAction(engine: Engine, type: Action, input: ActionInput, client?: Client): Promise<void> {
  const settings = engine.settings.of(input.collection);
  const claims = readAction(engine.keyring, type, input.token, engine.now());
  if (!claims || claims.collectionId !== settings.name) throw dead();
  const read = async (): Promise<Read> => {
    const present = await engine.store.readAccount(settings.name, claims.id);
    if (!present || present.account.anonymous || fingerprint(present.account) !== claims.key) throw dead();
    return present;
  };
  if (type === "emailChange") return changeEmail(engine, settings, claims, input.password, read, client);
  let changes: Partial<Account> = { verified: true };
  if (type === "passwordReset") {
    checkPassword(input.password as string);
    await read();
    // whoever got the mail has the email
    changes = { ...changes, password: await engine.hashPassword(input.password as string), sessions: [] };
  }
  let before: Account | undefined;
  const change = (account: Account): Account => {
    before = account;
    return { ...account, ...changes, updated: engine.now() };
  };
  const changed = await changeAccount(engine.store, read, change, (account) => dueOf(account, settings));
  if (type !== "passwordReset" || !changed) return;
  if (before) await tellEnded(engine.happenings, before, changed, "password", engine.now());
  // guesses at the old one are nothing to the new one
  const { email, username, id } = changed;
  const subjects = [email, username].map((identity) => subjectOfIdentity(settings.name, identity));
  subjects.push(subjectOfAccount(settings.name, id));
  await Promise.all(subjects.map((subject) => engine.limits.clear("passwordsPerIdentity", subject)));
}

async function changeEmail(
  engine: Engine,
  settings: Settings,
  { newEmail = "" }: ActionClaims,
  password: string | undefined,
  read: () => Promise<Read>,
  client: Client | undefined,
): Promise<void> {
  const email = checkEmail(newEmail, settings.guestEmailDomain);
  const wanted = keyOfClaim(settings.name, "email", canonicalEmail(email) as string);
  const { account } = await read();
  const wrong = (): AnonError => new AnonError("invalid_credentials", "Cannot change the email: the password is wrong");
  if (typeof password !== "string" || isTooLong(password)) throw wrong();
  const counted = {
    passwordsPerAddress: client?.address,
    passwordsPerIdentity: subjectOfAccount(settings.name, account.id),
  };
  const isRight = await guess(engine, counted, () => verifyPassword(account.password, password));
  if (!isRight) throw wrong();
  // with another salt, so that what was mailed before is worth nothing even when the email is changed back
  const rehashed = await engine.hashPassword(password);
  await withClaims(
    () => claimContext(engine),
    settings.name,
    [{ key: wanted, what: "email" }],
    async (claim) => {
      for (let attempt = 0; attempt < MAXIMUM_ATTEMPTS; attempt++) {
        // as in a conversion: read, claimed for, swapped; what it owns until then is in gc's view meanwhile, as in a deletion
        const present = await read();
        await claim(present.account.id);
        const owned = await unsettleClaims(claimContext(engine), present.account);
        const next: Account = {
          ...present.account,
          email,
          password: rehashed,
          verified: true,
          sessions: [],
          updated: engine.now(),
        };
        const done = await engine.store.replace(present, next, null);
        // settles those that the account still owns, and removes the email of before
        await Promise.allSettled(owned.map((one) => releaseClaim(claimContext(engine), one)));
        if (done) return await tellEnded(engine.happenings, present.account, next, "email", engine.now());
        await backOff(attempt);
      }
      throw new AnonError("conflict", "Cannot change this account: too many change it at the same time, try again");
    },
  );
}

function dead(): AnonError {
  return new AnonError("invalid_action_token", "Cannot use this token: it is expired, used already or not ours");
}
