/** The model's operations on sessions and codes. */
import { type ModelAccount, type ModelCode, type ModelSession, type ModelToken, Refusal } from "./shapes.ts";
import type { Model } from "./state.ts";

/** An account with the session that a call began or used. */
export interface SignedIn {
  account: ModelAccount;
  session: ModelSession;
}

/** A new guest. Its id, email and username are set by `noteGuest` once the SDK has chosen the id. */
export function newGuest(model: Model, data: ModelAccount["data"], signedIn: boolean): ModelAccount {
  const { now } = model;
  const guest: ModelAccount = {
    id: "",
    anonymous: true,
    verified: false,
    email: "",
    username: "",
    password: null,
    chosen: false,
    passwords: 0,
    sessions: [],
    identities: [],
    created: now,
    updated: now,
    lastActive: now,
    data: { ...data },
    hold: null,
    quarantine: null,
    warned: null,
    begun: null,
    merged: null,
    due: null,
  };
  model.enqueue(guest);
  if (signedIn) guest.sessions = [model.newSession(guest)];
  return guest;
}

/** Sets the random id, which the SDK has chosen, and what follows from it. */
export function noteGuest(model: Model, guest: ModelAccount, id: string): void {
  Object.assign(guest, { id, email: `anon-${id}@anonymous.invalid`, username: `anon_${id}` });
  model.accounts.set(id, guest);
  model.ids.push(id);
}

/** `null` if the token is invalid. */
export function authenticate(model: Model, token: ModelToken): SignedIn | null {
  const { sessionTtl, activityResolution } = model.rules;
  let found: SignedIn;
  try {
    if (model.accounts.get(token.id)?.merged) return model.exchange(token);
    found = model.bearer(token);
  } catch {
    return null;
  }
  const { account, session } = found;
  const before = session.expires;
  if (session.expires - model.now < sessionTtl / 2) {
    session.expires = Math.min(model.now + sessionTtl, model.end(account));
  }
  const idle = model.now - account.lastActive;
  if (session.expires !== before || (idle > 0 && idle >= activityResolution)) model.touch(account);
  return found;
}

export function refresh(model: Model, token: ModelToken): SignedIn {
  const found = model.bearer(token);
  found.session.expires = Math.min(model.now + model.rules.sessionTtl, model.end(found.account));
  model.touch(found.account);
  return found;
}

export function signOut(model: Model, token: ModelToken, everywhere: boolean): void {
  try {
    const { account, session } = model.exchange(token) ?? model.bearer(token);
    account.sessions = everywhere ? [] : account.sessions.filter((one) => one !== session);
  } catch {
    // nothing to end
  }
}

/** The account of an owner's token, or of an id that the application passes. */
export function target(model: Model, who: ModelToken | string): { account: ModelAccount; sid: string | null } {
  if (typeof who !== "string") return { account: model.bearer(who).account, sid: who.sid };
  const account = model.usable(who);
  if (!account) throw new Refusal("not_found");
  return { account, sid: null };
}

export function endSession(model: Model, who: ModelToken | string, sid: string): boolean {
  const { account } = target(model, who);
  const session = model.live(account, sid);
  account.sessions = account.sessions.filter((one) => one !== session);
  return session !== undefined;
}

export function signInWithPassword(model: Model, identity: string, password: string): SignedIn {
  const account = identity.includes("@") ? model.ownerOfEmail(identity) : model.ownerOfUsername(identity);
  const isRight = account && account.password !== null && account.password === password;
  if (!isRight || model.now >= model.end(account)) throw new Refusal("invalid_credentials");
  return { account, session: model.begin(account) };
}

/** Every other session ends. */
export function changePassword(model: Model, token: ModelToken, old: string, password: string): ModelAccount {
  const account = model.usable(token.id);
  const session = model.isVerified(token) && account && model.live(account, token.sid);
  if (!account || !session) throw new Refusal("invalid_token", "invalid_credentials");
  if (account.password !== old) throw new Refusal("invalid_credentials");
  Object.assign(account, { password, chosen: true, passwords: account.passwords + 1, updated: model.now });
  account.sessions = [session];
  model.touch(account);
  return account;
}

/** The account and the session, and when the code expires. */
export function createTransferCode(model: Model, token: ModelToken, life: number): SignedIn & { expires: number } {
  const found = model.bearer(token);
  const { account, session } = found;
  const idle = model.now - account.lastActive;
  if (idle > 0 && idle >= model.rules.activityResolution) model.touch(account);
  return { ...found, expires: Math.min(model.now + life, session.expires) };
}

export function signInWithTransferCode(model: Model, code: ModelCode): SignedIn {
  const account = code.used || code.expires <= model.now ? undefined : model.usable(code.id);
  if (!account || !model.live(account, code.sid) || account.passwords !== code.passwords)
    throw new Refusal("invalid_transfer_code");
  code.used = true;
  return { account, session: model.begin(account) };
}
