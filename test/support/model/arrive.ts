/** People who come in, or come back: by themselves, or because a command needs somebody who is signed in. */
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
import { ran } from "./command.ts";
import { agree, noteAuthenticated, noteToken, type Real } from "./real.ts";
import * as sessions from "./sessions.ts";
import type { ModelAccount, ModelToken } from "./shapes.ts";
import type { Model } from "./state.ts";

/** A new guest. */
export async function guestArrives(model: Model, real: Real, data: OwnFields | undefined): Promise<ModelToken> {
  await agree(
    () => sessions.newGuest(model, data ?? {}, true),
    () => signInAnonymously(real.engine, { data }),
    (account, auth) => {
      sessions.noteGuest(model, account, auth.record.id);
      noteToken(real, model, { account, session: account.sessions[0]! }, auth);
    },
  );
  return model.token(0);
}

/** Whose token it is signs in on one more device; answers that one's token. */
export async function bringsAnotherDevice(model: Model, real: Real, token: ModelToken): Promise<ModelToken> {
  const life = 60_000;
  const { code } = await createTransferCode(real.engine, token.text, { expiresIn: life });
  const { account, expires } = sessions.createTransferCode(model, token, life);
  const { passwords } = account;
  model.codes.push({ text: code, id: token.id, sid: token.sid, passwords, expires, used: false });
  await agree(
    () => sessions.signInWithTransferCode(model, model.code(0)),
    () => signInWithTransferCode(real.engine, code),
    (entered, auth) => noteToken(real, model, entered, auth),
  );
  return model.token(0);
}

/** Somebody registered signs in once more; if there is nobody, a guest registers. */
export async function ownerReturns(model: Model, real: Real, back: number): Promise<ModelToken> {
  const all = [...model.accounts.values()].filter((one) => !one.anonymous && canSignIn(one));
  const account = all[all.length - 1 - (back % all.length)];
  const note: Parameters<typeof agree<sessions.Entered, Awaited<ReturnType<typeof convert>>>>[2] = (entered, auth) =>
    noteToken(real, model, entered, auth);
  if (!account) {
    const { text } = await guestArrives(model, real, { cart: 1 });
    const token = model.token(0);
    const identity = { provider: "arrived", subject: token.id };
    await agree(
      () => accounts.convert(model, token, { identity }),
      () => convert(real.engine, text, {}, undefined, { vouched: { identity } }),
      note,
    );
    return model.token(0);
  }
  const [identity] = account.identities;
  const password = account.password ?? "";
  await agree(
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

/** Somebody comes by with a token. */
export async function authenticates(model: Model, real: Real, token: ModelToken): Promise<void> {
  await agree(
    () => sessions.authenticate(model, token),
    () => authenticate(real.engine, token.text),
    (expected, answer) => {
      assert.equal(answer === null, expected === null, expected ? "somebody's" : "nobody's");
      if (!expected || !answer) return;
      if (expected.account.id !== token.id) ran.exchanged++;
      noteAuthenticated(real, model, token, expected, answer);
    },
  );
}
