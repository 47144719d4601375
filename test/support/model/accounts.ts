/** The model's operations on accounts. */

import type { OwnFields } from "../../../sdk/contract/records.ts";
import type { AnonErrorCode } from "../../../sdk/errors.ts";
import { counters } from "./command.ts";
import { type SignedIn, target } from "./sessions.ts";
import { type ModelAccount, type ModelIdentity, type ModelMail, type ModelToken, Refusal } from "./shapes.ts";
import type { Model } from "./state.ts";

/** The input of a conversion; `refused` is the code if the input itself is invalid. */
export interface Registration {
  email?: string;
  password?: string;
  username?: string;
  identity?: { provider: string; subject: string; email?: string; emailVerified?: boolean };
  data?: OwnFields;
  refused?: AnonErrorCode;
  /** The email was confirmed by a code. */
  confirmed?: boolean;
}

export function convert(model: Model, who: ModelToken | string, input: Registration): SignedIn {
  if (typeof who !== "string" && !model.isVerified(who)) throw new Refusal("invalid_token");
  if (input.refused) throw new Refusal(input.refused);
  const { account } = target(model, who);
  if (!account.anonymous) throw new Refusal("already_registered");
  const { identity, username, password } = input;
  const email = identity ? (identity.emailVerified ? identity.email : undefined) : input.email;
  if (identity && model.ownerOfIdentity(identity)) throw new Refusal("identity_taken");
  if (email !== undefined && model.ownerOfEmail(email)) throw new Refusal("email_taken");
  if (username !== undefined && model.ownerOfUsername(username)) throw new Refusal("username_taken");
  account.anonymous = false;
  account.verified = input.confirmed === true || (identity !== undefined && email !== undefined);
  account.email = email ?? account.email;
  account.username = username ?? account.username;
  account.password = password ?? null;
  account.chosen = password !== undefined;
  account.identities = identity ? [linked(model, identity)] : [];
  account.data = merged(account.data, input.data);
  account.updated = model.now;
  account.sessions = [model.newSession(account)];
  account.begun = null;
  model.touch(account);
  return { account, session: account.sessions[0]! };
}

/** The mailed code without its text, or `null` if no mail is sent. */
export function requestConversion(
  model: Model,
  token: ModelToken,
  email: string,
): Pick<ModelMail, "id" | "passwords" | "expires"> | null {
  const { account } = model.bearer(token);
  if (!account.anonymous) throw new Refusal("already_registered");
  const receives = !email.endsWith(".invalid") && !model.ownerOfEmail(email)?.verified;
  if (!receives) return null;
  return { id: account.id, passwords: account.passwords, expires: model.now + 30 * 60_000 };
}

export function confirmConversion(model: Model, mail: ModelMail, input: Omit<Registration, "email">): SignedIn {
  const account = mail.expires > model.now ? model.usable(mail.id) : undefined;
  // converting ends the session, so the code is valid once
  if (!account || !model.live(account, mail.sid) || account.passwords !== mail.passwords)
    throw new Refusal("invalid_action_token");
  const owner = model.ownerOfEmail(mail.email);
  if (owner && !owner.verified) {
    // the guest stays, but the code is used up
    mail.expires = 0;
    return handOver(model, owner, mail.email);
  }
  return convert(model, account.id, { ...input, email: mail.email, confirmed: true });
}

/** `null` if no account has the identity. */
export function signInWithIdentity(model: Model, identity: NonNullable<Registration["identity"]>): SignedIn | null {
  const account = model.ownerOfIdentity(identity);
  if (account) return { account, session: model.begin(account) };
  const { email, emailVerified } = identity;
  const owner = emailVerified && email !== undefined ? model.ownerOfEmail(email) : undefined;
  if (email === undefined || !owner || owner.anonymous || owner.verified) return null;
  const signedIn = handOver(model, owner, email);
  owner.identities.push(linked(model, identity));
  return signedIn;
}

/** The email was proven without a session of the account, so everything set up before ends. */
function handOver(model: Model, account: ModelAccount, email: string): SignedIn {
  counters.handedOver++;
  cancelMerges(model, account.id);
  account.identities = account.identities.filter(
    (one) => one.emailVerified && one.email?.toLowerCase() === email.toLowerCase(),
  );
  account.sessions = [];
  account.password = null;
  account.chosen = false;
  account.passwords++;
  account.verified = true;
  account.email = email;
  account.updated = model.now;
  return { account, session: model.begin(account) };
}

export function link(
  model: Model,
  who: ModelToken | string,
  identity: NonNullable<Registration["identity"]>,
): ModelAccount {
  const { account } = target(model, who);
  if (account.anonymous) throw new Refusal("not_registered");
  const owner = model.ownerOfIdentity(identity);
  if (owner === account) return account;
  if (owner) throw new Refusal("identity_taken");
  account.identities.push(linked(model, identity));
  account.updated = model.now;
  return account;
}

export function unlink(
  model: Model,
  who: ModelToken | string,
  identity: Pick<ModelIdentity, "provider" | "subject">,
): boolean {
  const { account, sid } = target(model, who);
  if (model.ownerOfIdentity(identity) !== account) return false;
  if (account.identities.length === 1 && !account.verified && !account.chosen) throw new Refusal("last_way_in");
  account.identities = account.identities.filter(
    ({ provider, subject }) => provider !== identity.provider || subject !== identity.subject,
  );
  account.sessions = account.sessions.filter((one) => one.sid === sid);
  account.updated = model.now;
  return true;
}

export function update(model: Model, id: string, data: OwnFields): ModelAccount {
  const { account } = target(model, id);
  if ("email" in data) throw new Refusal("reserved_field");
  account.data = merged(account.data, data);
  account.updated = model.now;
  return account;
}

export function remove(model: Model, id: string, onlyAnonymous: boolean): boolean {
  const account = model.accounts.get(id);
  if (!account || account.merged || (onlyAnonymous && !account.anonymous)) return false;
  if (account.hold) throw new Refusal("account_held");
  cancelMerges(model, id);
  return model.accounts.delete(id);
}

function cancelMerges(model: Model, into: string): void {
  for (const guest of model.accounts.values()) {
    if (guest.begun?.into !== into) continue;
    guest.begun = null;
    requeue(model, guest);
  }
}

export function deleteAccount(model: Model, token: ModelToken): void {
  remove(model, model.bearer(token).account.id, false);
}

/** Works in quarantine too; the next run of gc then examines the account. */
export function hold(model: Model, id: string, reason: string | undefined): ModelAccount {
  const account = unmerged(model, id);
  account.hold = { since: account.hold?.since ?? model.now, ...(reason === undefined ? {} : { reason }) };
  requeue(model, account);
  return account;
}

export function release(model: Model, id: string): ModelAccount {
  const account = unmerged(model, id);
  if (!account.hold) return account;
  account.hold = null;
  requeue(model, account);
  return account;
}

export function restore(model: Model, id: string): ModelAccount {
  const account = unmerged(model, id);
  if (!account.quarantine) return account;
  account.quarantine = null;
  model.touch(account);
  return account;
}

function requeue(model: Model, account: ModelAccount): void {
  model.enqueue(account);
  if (account.quarantine) account.due = 0;
}

function unmerged(model: Model, id: string): ModelAccount {
  const account = model.accounts.get(id);
  if (!account || account.merged) throw new Refusal("not_found");
  return account;
}

function linked(model: Model, input: NonNullable<Registration["identity"]>): ModelIdentity {
  const { provider, subject, email, emailVerified } = input;
  const vouched = emailVerified ? { emailVerified } : {};
  return { provider, subject, ...(email === undefined ? {} : { email, ...vouched }), linked: model.now };
}

function merged(data: OwnFields, patch: OwnFields = {}): OwnFields {
  const all = { ...data, ...patch };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
