import type { Account } from "../account/account.ts";
import { active } from "../account/activity.ts";
import { changeOwnFields } from "../account/own-fields.ts";
import { toRecord } from "../account/record.ts";
import { liveSession, newSession } from "../account/sessions.ts";
import type { Client } from "../contract/limits.ts";
import type { AccountRef, AuthData } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { notifyEnded } from "../hooks/notify.ts";
import { type Changed, changeAccount } from "../storage/change.ts";
import type { StoredAccount } from "../storage/store.ts";
import { authDataOf } from "./shared/begin-session.ts";
import { type RegistrationInput, registrationOf, type Vouched } from "./shared/registration.ts";
import { resolveRef } from "./shared/resolve-ref.ts";
import { verifiedClaims } from "./shared/verified-claims.ts";

/** What a conversion is part of. */
interface How {
  /** The guest was made only to be registered: it is the account that is made. */
  registers?: boolean;
  /** What it is registered with, instead of an email and a password that were sent. */
  vouched?: Vouched;
  /** Throws unless something proves that it may be: judged by the very value that is swapped. */
  proof?: (account: Account) => void;
}

export async function convert(
  engine: Engine,
  target: string | AccountRef,
  input: RegistrationInput,
  client?: Client,
  { registers = false, vouched, proof }: How = {},
): Promise<AuthData> {
  const claims = typeof target === "string" ? verifiedClaims(engine, target) : null;
  if (typeof target === "string" && !claims) throw deadToken();
  const ref = claims ? { collection: claims.collectionId, id: claims.id } : target;
  const { settings, id } = resolveRef(engine, ref);
  const registration = registrationOf(engine, settings, input, vouched);
  const { email, username, identity, unique } = registration;
  const readConvertible = async (): Promise<StoredAccount> => {
    const read = id === null ? null : await engine.store.readAccount(settings.name, id);
    if (claims && !(read && liveSession(read.account, claims.sid, settings, engine.now()))) throw deadToken();
    if (!read) throw new AnonError("not_found", "Cannot convert this account: there is none with this id");
    // a used code is reported as used, and not as an account that is registered
    if (!read.account.anonymous) proof?.(read.account);
    if (!read.account.anonymous) {
      throw new AnonError(
        "already_registered",
        "Cannot convert this account: it is registered already, sign in instead",
      );
    }
    proof?.(read.account);
    return read;
  };
  // before the costly hash, so that what is refused anyway costs nothing
  const { account: guest } = await readConvertible();
  const { hooks } = engine;
  if (!registers && hooks.has("beforeConvert")) {
    const provider = identity?.provider;
    const attempt = () => ({ record: toRecord(guest), email, username, provider, request: client?.request });
    await hooks.runBefore("beforeConvert", attempt, "refused");
  }
  // one that fails is counted like one to register: it tells that an email is taken, and costs a hash
  const address = client?.address;
  await engine.limits.take("signUpsPerAddress", address);
  const password = await registration.hash(guest.id).catch(async (error) => {
    // too many wait for a hash, which is not the doing of this address
    await engine.limits.giveBack("signUpsPerAddress", address);
    throw error;
  });
  const now = engine.now();
  const session = newSession(settings, now);
  const register = async (present: Account): Promise<Account> => {
    const registered: Account = {
      ...present,
      // a merge that was begun is given up
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
  // a registration took no guest's place
  if (!registers) engine.guestCounts.release(settings.name);
  await engine.limits.giveBack("signUpsPerAddress", address);
  await hooks.runAfter(registers ? "afterCreate" : "afterConvert", () => ({ record: toRecord(after) }));
  if (!registers) await notifyEnded(hooks, before, after, "convert", now);
  return authDataOf(engine, after, session, now);
}

function deadToken(): AnonError {
  return new AnonError("invalid_token", "Cannot convert with this token: it is expired, revoked or not ours");
}
