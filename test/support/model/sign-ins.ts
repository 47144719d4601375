/** New guests and sign-ins, as commands or because a command needs a signed-in account. */
import assert from "node:assert/strict";
import type { OwnFields } from "../../../sdk/contract/records.ts";
import { authenticate } from "../../../sdk/operations/authenticate.ts";
import { convert } from "../../../sdk/operations/convert.ts";
import { createTransferCode } from "../../../sdk/operations/create-transfer-code.ts";
import { signInAnonymously } from "../../../sdk/operations/sign-in-anonymously.ts";
import { signInWithIdentity } from "../../../sdk/operations/sign-in-with-identity.ts";
import { signInWithPassword } from "../../../sdk/operations/sign-in-with-password.ts";
import { signInWithTransferCode } from "../../../sdk/operations/sign-in-with-transfer-code.ts";
import * as accounts from "./accounts.ts";
import { counters } from "./command.ts";
import { compare, noteAuthenticated, noteToken, type Real } from "./real.ts";
import * as sessions from "./sessions.ts";
import type { ModelAccount, ModelToken } from "./shapes.ts";
import type { Model } from "./state.ts";

/** A new guest. */
export async function createGuest(model: Model, real: Real, data: OwnFields | undefined): Promise<ModelToken> {
  await compare(
    () => sessions.newGuest(model, data ?? {}, true),
    () => signInAnonymously(real.engine, { data }),
    (account, auth) => {
      sessions.noteGuest(model, account, auth.record.id);
      noteToken(real, model, { account, session: account.sessions[0]! }, auth);
    },
  );
  return model.token(0);
}

/** Signs the token's account in on another device, and returns the new token. */
export async function signInOnAnotherDevice(model: Model, real: Real, token: ModelToken): Promise<ModelToken> {
  const life = 60_000;
  const { code } = await createTransferCode(real.engine, token.text, { expiresIn: life });
  const { account, expires } = sessions.createTransferCode(model, token, life);
  const { passwords } = account;
  model.codes.push({ text: code, id: token.id, sid: token.sid, passwords, expires, used: false });
  await compare(
    () => sessions.signInWithTransferCode(model, model.code(0)),
    () => signInWithTransferCode(real.engine, code),
    (signedIn, auth) => noteToken(real, model, signedIn, auth),
  );
  return model.token(0);
}

/** Signs in a registered account; registers a new guest if there is none. */
export async function signInOwner(model: Model, real: Real, back: number): Promise<ModelToken> {
  const all = [...model.accounts.values()].filter((one) => !one.anonymous && canSignIn(one));
  const account = all[all.length - 1 - (back % all.length)];
  const note: Parameters<typeof compare<sessions.SignedIn, Awaited<ReturnType<typeof convert>>>>[2] = (
    signedIn,
    auth,
  ) => noteToken(real, model, signedIn, auth);
  if (!account) {
    const { text } = await createGuest(model, real, { cart: 1 });
    const token = model.token(0);
    const identity = { provider: "other", subject: token.id };
    await compare(
      () => accounts.convert(model, token, { identity }),
      () => convert(real.engine, text, {}, undefined, { vouched: { identity } }),
      note,
    );
    return model.token(0);
  }
  const [identity] = account.identities;
  const password = account.password ?? "";
  await compare(
    () =>
      identity
        ? { account, session: model.begin(account) }
        : sessions.signInWithPassword(model, account.email, password),
    async () =>
      identity
        ? (await signInWithIdentity(real.engine, identity))!
        : await signInWithPassword(real.engine, account.email, password),
    note,
  );
  return model.token(0);
}

function canSignIn({ identities, password }: ModelAccount): boolean {
  return identities.length > 0 || password !== null;
}

/** Calls `authenticate` on both. */
export async function authenticateBoth(model: Model, real: Real, token: ModelToken): Promise<void> {
  await compare(
    () => sessions.authenticate(model, token),
    async () => authenticate(real.engine, token.text),
    (expected, result) => {
      assert.equal(result === null, expected === null, expected ? "the token is valid" : "the token is invalid");
      if (!expected || !result) return;
      if (expected.account.id !== token.id) counters.exchanged++;
      noteAuthenticated(real, model, token, expected, result);
    },
  );
}
