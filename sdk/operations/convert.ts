import type { Account } from "../account/account.ts";
import { active } from "../account/activity.ts";
import { changeOwnFields } from "../account/own-fields.ts";
import { toRecord } from "../account/record.ts";
import { newSession } from "../account/sessions.ts";
import type { Client } from "../contract/limits.ts";
import type { AccountRef, AuthData } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { notifyEnded } from "../hooks/hooks.ts";
import { type Changed, changeAccount } from "../storage/change.ts";
import type { StoredAccount } from "../storage/store.ts";
import { authDataOf } from "./shared/begin-session.ts";
import { checkRegistration, type RegistrationInput, type Vouched } from "./shared/check-registration.ts";
import { resolveTarget } from "./shared/resolve-target.ts";

/** How a conversion differs from one that the guest asks for with an email and a password. */
interface How {
  /** It completes a registration, which created the guest: the hooks run for a new account. */
  registers?: boolean;
  /** Replaces the email and the password of the input. */
  vouched?: Vouched;
  /** Throws if the guest may not be converted. It checks the value that the swap replaces. */
  proof?: (account: Account) => void;
}

export async function convert(
  engine: Engine,
  target: string | AccountRef,
  input: RegistrationInput,
  client?: Client,
  { registers = false, vouched, proof }: How = {},
): Promise<AuthData> {
  const { settings, read } = resolveTarget(engine, target, "convert");
  const registration = checkRegistration(engine, settings, input, vouched);
  const { email, username, identity, unique } = registration;
  const readConvertible = async (): Promise<StoredAccount> => {
    const found = await read();
    if (!found) throw new AnonError("not_found", "Cannot convert this account: there is none with this id");
    // first, so that a used code is reported as used, and not as an account that is registered
    proof?.(found.account);
    if (!found.account.anonymous) {
      throw new AnonError(
        "already_registered",
        "Cannot convert this account: it is registered already, sign in instead",
      );
    }
    return found;
  };
  // before the costly hash, so that a refusal costs nothing
  const { account: guest } = await readConvertible();
  const { hooks } = engine;
  if (!registers && hooks.has("beforeConvert")) {
    const provider = identity?.provider;
    const attempt = () => ({ record: toRecord(guest), email, username, provider, request: client?.request });
    await hooks.runBefore("beforeConvert", attempt, "refused");
  }
  // a conversion that fails counts as a sign-up: it reveals that an email is taken, and costs a hash
  const address = client?.address;
  await engine.limits.take("signUpsPerAddress", address);
  const password = await registration.hash(guest.id).catch(async (error) => {
    // too many calls wait for a hash, which is not the fault of this address
    await engine.limits.giveBack("signUpsPerAddress", address);
    throw error;
  });
  const now = engine.now();
  const session = newSession(settings, now);
  const register = async (present: Account): Promise<Account> => {
    const registered: Account = {
      ...present,
      // ends a merge that is not committed
      merging: undefined,
      anonymous: false,
      verified: registration.verified,
      email: email ?? present.email,
      username: username ?? present.username,
      ...(identity === undefined ? {} : { identities: [identity] }),
      password,
      sessions: [session],
      updated: now,
      data: await changeOwnFields(present.data, input?.data, settings.schema),
    };
    return active(registered, now);
  };
  const { before, after } = (await changeAccount(engine, readConvertible, register, unique)) as Changed;
  // a registration took no place of `maxAnonymous`
  if (!registers) engine.guestCounts.release(settings.name);
  await engine.limits.giveBack("signUpsPerAddress", address);
  await hooks.runAfter(registers ? "afterCreate" : "afterConvert", () => ({ record: toRecord(after) }));
  if (!registers) await notifyEnded(hooks, before, after, "convert", now);
  return authDataOf(engine, after, session, now);
}
