/** Commands that begin, check and end sessions. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { changePassword } from "../../../sdk/operations/change-password.ts";
import { createTransferCode } from "../../../sdk/operations/create-transfer-code.ts";
import { createUser } from "../../../sdk/operations/create-user.ts";
import { endSession } from "../../../sdk/operations/end-session.ts";
import { refresh } from "../../../sdk/operations/refresh.ts";
import { signInWithPassword } from "../../../sdk/operations/sign-in-with-password.ts";
import { signInWithTransferCode } from "../../../sdk/operations/sign-in-with-transfer-code.ts";
import { signOut } from "../../../sdk/operations/sign-out.ts";
import { back, command, type ModelCommand, often, resolve, span, who } from "./command.ts";
import { compare, noteToken } from "./real.ts";
import * as sessions from "./sessions.ts";
import { authenticateBoth, createGuest } from "./sign-ins.ts";
import { iso, recordOf } from "./state.ts";

const data = fc.option(fc.record({ cart: fc.nat(4) }), { nil: undefined });

/** Ways in which people type a code. */
const typed = fc.constantFrom<(code: string) => string>(
  (code) => code,
  (code) => code.toLowerCase().replaceAll("-", " "),
  (code) => code.replaceAll("-", ""),
);

export const SESSION_COMMANDS: readonly fc.Arbitrary<ModelCommand>[] = [
  command("pass", span, async (model, _real, milliseconds) => {
    model.now += milliseconds;
  }),
  ...often(
    command("signInAnonymously", data, async (model, real, input) => {
      await createGuest(model, real, input);
    }),
  ),
  command("createUser", data, (model, real, input) =>
    compare(
      () => sessions.newGuest(model, input ?? {}, false),
      () => createUser(real.engine, { data: input }),
      (account, { record, email, password }) => {
        sessions.noteGuest(model, account, record.id);
        account.password = password;
        assert.deepEqual([record, email], [recordOf(account), account.email]);
      },
    ),
  ),
  ...often(command("authenticate", back, (model, real, back) => authenticateBoth(model, real, model.token(back)))),
  command("refresh", back, (model, real, token) => {
    const { text } = model.token(token);
    return compare(
      () => sessions.refresh(model, model.token(token)),
      () => refresh(real.engine, text),
      (signedIn, auth) => noteToken(real, model, signedIn, auth),
    );
  }),
  ...often(
    command("signOut", fc.record({ token: back, everywhere: fc.boolean() }), (model, real, { token, everywhere }) => {
      const { text } = model.token(token);
      return compare(
        () => sessions.signOut(model, model.token(token), everywhere),
        () => signOut(real.engine, text, { everywhere }),
        () => undefined,
      );
    }),
  ),
  command("endSession", fc.record({ by: who, session: back }), (model, real, { by, session }) => {
    const { forModel, forSdk } = resolve(model, by);
    const { sid } = model.token(session);
    return compare(
      () => sessions.endSession(model, forModel, sid),
      () => endSession(real.engine, forSdk, sid),
      (expected, ended) => assert.equal(ended, expected),
    );
  }),
  command(
    "signInWithPassword",
    fc.record({ id: back, by: fc.constantFrom("email", "EMAIL", "username"), wrong: fc.integer({ min: 0, max: 5 }) }),
    (model, real, { id, by, wrong }) => {
      const account = model.accounts.get(model.id(id));
      const { email = "nobody@example.com", username = "nobody" } = account ?? {};
      const identity = by === "username" ? username : by === "email" ? email : email.toUpperCase();
      const password = wrong === 0 ? "wrong horse battery" : (account?.password ?? "an unknown password");
      return compare(
        () => sessions.signInWithPassword(model, identity, password),
        () => signInWithPassword(real.engine, identity, password),
        (signedIn, auth) => noteToken(real, model, signedIn, auth),
      );
    },
  ),
  ...often(
    command(
      "changePassword",
      fc.record({
        token: back,
        wrong: fc.integer({ min: 0, max: 4 }),
        password: fc.constantFrom("a new horse", "stapled"),
      }),
      (model, real, { token: index, wrong, password }) => {
        const token = model.token(index);
        const old = wrong === 0 ? "wrong horse" : (model.accounts.get(token.id)?.password ?? "an unknown password");
        return compare(
          () => sessions.changePassword(model, token, old, `${password} battery`),
          () => changePassword(real.engine, token.text, { oldPassword: old, password: `${password} battery` }),
          (account, record) => assert.deepEqual(record, recordOf(account)),
        );
      },
    ),
  ),
  ...often(
    command(
      "createTransferCode",
      fc.record({ token: back, life: fc.constantFrom(60_000, 600_000, 86_400_000) }),
      (model, real, { token, life }) => {
        const { text, id, sid } = model.token(token);
        return compare(
          () => sessions.createTransferCode(model, model.token(token), life),
          () => createTransferCode(real.engine, text, { expiresIn: life }),
          ({ account, expires }, result) => {
            assert.equal(result.expires, iso(expires));
            const { passwords } = account;
            model.codes.push({ text: result.code, id, sid, passwords, expires, used: false });
          },
        );
      },
    ),
  ),
  ...often(
    command("signInWithTransferCode", fc.tuple(back, typed), (model, real, [index, type]) => {
      const code = model.code(index);
      return compare(
        () => sessions.signInWithTransferCode(model, code),
        () => signInWithTransferCode(real.engine, type(code.text)),
        (signedIn, auth) => noteToken(real, model, signedIn, auth),
      );
    }),
  ),
  command(
    "signInWithTransferCode of garbage",
    fc.constantFrom("", "????-????", "U".repeat(16), "Z".repeat(65)),
    (model, real, code) =>
      compare(
        () =>
          sessions.signInWithTransferCode(model, { text: code, id: "", sid: "", passwords: 0, expires: 0, used: true }),
        () => signInWithTransferCode(real.engine, code),
        () => undefined,
      ),
  ),
];
