/** The routes that mail tokens, and those that use them. A response does not reveal whether an address is known. */

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
import { confirmedPassword, textOf, usernameOf, wrongPassword } from "./record-input.ts";

const MAIL_DELAY_MS = 10;

export const MAIL_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "request-verification",
    failure: "Failed to request the verification.",
    describe: { summary: "Mail a token that verifies the email", access: "anyone", body: ["email"], limited: true },
    handle: requesting(requestVerification),
  },
  {
    method: "POST",
    path: "confirm-verification",
    failure: "Failed to confirm the verification.",
    describe: { summary: "Verify an email by a mailed token", access: "anyone", body: ["token"], limited: true },
    async handle({ http, context, collection, client, body }) {
      const token = textOf(await body(), "token");
      await verifyEmail(http.engine, token, { collection, signedIn: context.signedIn }, client);
      return null;
    },
  },
  {
    method: "POST",
    path: "request-password-reset",
    failure: "Failed to request the password reset.",
    describe: { summary: "Mail a token that sets a new password", access: "anyone", body: ["email"], limited: true },
    handle: requesting(requestPasswordReset),
  },
  {
    method: "POST",
    path: "confirm-password-reset",
    failure: "Failed to set the new password.",
    describe: {
      summary: "Set a new password by a mailed token",
      access: "anyone",
      body: ["token", "password", "passwordConfirm"],
      limited: true,
    },
    async handle({ http, context, collection, client, body }) {
      const input = await body();
      const [token, password] = [textOf(input, "token"), confirmedPassword(input)];
      await resetPassword(http.engine, token, { collection, password, signedIn: context.signedIn }, client);
      return null;
    },
  },
  {
    method: "POST",
    path: "request-conversion",
    failure: "Failed to request the conversion.",
    describe: { summary: "Mail a code that converts the guest", access: "caller", body: ["email"], limited: true },
    handle: requestingAsOwner(requestConversion, "email"),
  },
  {
    method: "POST",
    path: "confirm-conversion",
    failure: "Failed to convert record.",
    describe: {
      summary: "Convert the guest of a mailed code, or sign in to its account",
      access: "anyone",
      body: ["token", "username?", "…"],
      returns: "Auth",
      limited: true,
    },
    async handle({ context, collection, body }) {
      const input = await body();
      const { token: _token, username: _username, ...data } = input;
      const [code, username] = [textOf(input, "token"), usernameOf(input)];
      return context.confirmConversion(code, { collection, username, data });
    },
  },
  {
    method: "POST",
    path: "request-email-change",
    failure: "Failed to request the change of email.",
    describe: { summary: "Mail a token to a new email", access: "caller", body: ["newEmail"], limited: true },
    handle: requestingAsOwner(requestEmailChange, "newEmail"),
  },
  {
    method: "POST",
    path: "confirm-email-change",
    failure: "Failed to change the email.",
    describe: {
      summary: "Change the email by a mailed token",
      access: "anyone",
      body: ["token", "password"],
      limited: true,
    },
    async handle({ http, context, collection, client, body }) {
      const input = await body();
      const [token, password] = [textOf(input, "token"), textOf(input, "password")];
      const { signedIn } = context;
      const changing = changeEmail(http.engine, token, { collection, password, signedIn }, client);
      await changing.catch(wrongPassword("password"));
      return null;
    },
  },
];

function requesting(request: typeof requestVerification | typeof requestPasswordReset): Route["handle"] {
  return async (call) => {
    const { collection, client } = call;
    requireMail(call);
    const email = textOf(await call.body(), "email");
    send(call, await request(call.http.engine, email, { collection }, client));
    return null;
  };
}

/** @param field The field of the body with the address to mail to */
function requestingAsOwner(
  request: typeof requestConversion | typeof requestEmailChange,
  field: string,
): Route["handle"] {
  return async (call) => {
    requireMail(call);
    const { token } = await callerOf(call);
    const email = textOf(await call.body(), field);
    send(call, await request(call.http.engine, token, { email }, call.client));
    return null;
  };
}

/** Called before a route counts a mail or looks up an account. */
function requireMail({ http }: ApiCall): void {
  if (!http.sendMail) throw new AnonError("not_found", "Cannot send mail: createAnon was given no sendMail");
}

/** Begins after the response, which does not wait: the time would reveal whether there is a mail to send. */
function send({ http, waitUntil }: ApiCall, make: MakeMail | null): void {
  const sending = new Promise<void>((resolve) => setTimeout(resolve, MAIL_DELAY_MS)).then(async () => {
    const mail = await make?.().catch((error) => http.engine.hooks.reportError({ hook: "sendMail", error }));
    if (mail) await http.sendMail?.(mail);
  });
  // the application handles the rejections of its own function
  waitUntil(sending.catch(() => undefined));
}
