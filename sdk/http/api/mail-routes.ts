/** The routes whose tokens go out by mail. They answer alike whether an address is known or not. */

import { AnonError } from "../../errors.ts";
import { changeEmail } from "../../operations/change-email.ts";
import { requestConversion } from "../../operations/request-conversion.ts";
import { requestEmailChange } from "../../operations/request-email-change.ts";
import { requestPasswordReset } from "../../operations/request-password-reset.ts";
import { requestVerification } from "../../operations/request-verification.ts";
import { resetPassword } from "../../operations/reset-password.ts";
import type { MakeMail } from "../../operations/shared/mail-code.ts";
import { verifyEmail } from "../../operations/verify-email.ts";
import { type ApiCall, callerOf, type Route } from "./api-call.ts";
import { confirmedPassword, textOf, wrongPassword } from "./record-input.ts";
import { toWireAuth } from "./wire-record.ts";

const MAIL_DELAY_MS = 10;

export const MAIL_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "request-verification",
    failure: "Failed to request the verification.",
    answer: requesting(requestVerification),
  },
  {
    method: "POST",
    path: "confirm-verification",
    failure: "Failed to confirm the verification.",
    async answer({ http, context, collection, client, body }) {
      const token = textOf(await body(), "token");
      await verifyEmail(http.engine, token, { collection, signedIn: context.signedIn }, client);
      return null;
    },
  },
  {
    method: "POST",
    path: "request-password-reset",
    failure: "Failed to request the password reset.",
    answer: requesting(requestPasswordReset),
  },
  {
    method: "POST",
    path: "confirm-password-reset",
    failure: "Failed to set the new password.",
    async answer({ http, context, collection, client, body }) {
      const input = await body();
      const [token, password] = [textOf(input, "token"), confirmedPassword(input)];
      const { signedIn } = context;
      await resetPassword(http.engine, token, { collection, password, signedIn }, client);
      return null;
    },
  },
  {
    method: "POST",
    path: "request-conversion",
    failure: "Failed to request the conversion.",
    async answer(call) {
      requireMail(call);
      const { token } = await callerOf(call);
      const email = textOf(await call.body(), "email");
      send(call, await requestConversion(call.http.engine, token, { email }, call.client));
      return null;
    },
  },
  {
    method: "POST",
    path: "confirm-conversion",
    failure: "Failed to convert record.",
    async answer({ context, collection, body }) {
      const { token: _token, username, ...data } = await body();
      const code = textOf({ token: _token }, "token");
      const name = username === undefined || username === "" ? undefined : textOf({ username }, "username");
      return toWireAuth(await context.confirmConversion(code, { collection, username: name, data }));
    },
  },
  {
    method: "POST",
    path: "request-email-change",
    failure: "Failed to request the change of email.",
    async answer(call) {
      requireMail(call);
      const { token } = await callerOf(call);
      const email = textOf(await call.body(), "newEmail");
      send(call, await requestEmailChange(call.http.engine, token, { email }, call.client));
      return null;
    },
  },
  {
    method: "POST",
    path: "confirm-email-change",
    failure: "Failed to change the email.",
    async answer({ http, context, collection, client, body }) {
      const input = await body();
      const [token, password] = [textOf(input, "token"), textOf(input, "password")];
      const { signedIn } = context;
      const changing = changeEmail(http.engine, token, { collection, password, signedIn }, client);
      await changing.catch(wrongPassword("password"));
      return null;
    },
  },
];

function requesting(request: typeof requestVerification | typeof requestPasswordReset): Route["answer"] {
  return async (call) => {
    const { collection, client } = call;
    requireMail(call);
    const email = textOf(await call.body(), "email");
    send(call, await request(call.http.engine, email, { collection }, client));
    return null;
  };
}

/** Before anything is counted or looked up. */
function requireMail({ http }: ApiCall): void {
  if (!http.sendMail) throw new AnonError("not_found", "Cannot send mail: createAnon was given no sendMail");
}

/** Begun when the reply is out, and not waited for: its time would reveal whether there was a mail to send. */
function send({ http, waitUntil }: ApiCall, make: MakeMail | null): void {
  const sending = new Promise<void>((resolve) => setTimeout(resolve, MAIL_DELAY_MS)).then(async () => {
    const mail = await make?.().catch((error) => http.engine.hooks.reportError({ hook: "sendMail", error }));
    if (mail) await http.sendMail?.(mail);
  });
  // what it rejects with is the application's own, which it has to look after
  waitUntil(sending.catch(() => undefined));
}
