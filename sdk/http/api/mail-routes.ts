/** The routes whose tokens go out by mail. They answer alike whether an address is known or not. */

import type { Mail } from "../../contract/records.ts";
import { AnonError } from "../../errors.ts";
import { confirmAction } from "../../operations/confirm-action.ts";
import { requestAction } from "../../operations/request-action.ts";
import { requestConversion } from "../../operations/request-conversion.ts";
import { type ApiCall, callerOf, confirmedPassword, type Route, textOf, wrongPassword } from "./api-call.ts";
import { toWireAuth } from "./wire-record.ts";

const MAIL_DELAY_MS = 10;

export const MAIL_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "request-verification",
    failure: "Failed to request the verification.",
    answer: requesting("verification"),
  },
  {
    method: "POST",
    path: "confirm-verification",
    failure: "Failed to confirm the verification.",
    async answer({ http, context, collection, body }) {
      const token = textOf(await body(), "token");
      await confirmAction(http.engine, "verification", { collection, token, signedIn: context.signedIn });
      return null;
    },
  },
  {
    method: "POST",
    path: "request-password-reset",
    failure: "Failed to request the password reset.",
    answer: requesting("passwordReset"),
  },
  {
    method: "POST",
    path: "confirm-password-reset",
    failure: "Failed to set the new password.",
    async answer({ http, context, collection, client, body }) {
      const input = await body();
      const [token, password] = [textOf(input, "token"), confirmedPassword(input)];
      const { signedIn } = context;
      await confirmAction(http.engine, "passwordReset", { collection, token, password, signedIn }, client);
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
      const { collection, client } = call;
      requireMail(call);
      const { id } = (await callerOf(call)).record;
      const newEmail = textOf(await call.body(), "newEmail");
      send(call, await requestAction(call.http.engine, { type: "emailChange", collection, id, newEmail }, client));
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
      const confirming = confirmAction(http.engine, "emailChange", { collection, token, password, signedIn }, client);
      await confirming.catch(wrongPassword("password"));
      return null;
    },
  },
];

function requesting(type: "verification" | "passwordReset"): Route["answer"] {
  return async (call) => {
    const { collection, client } = call;
    requireMail(call);
    const email = textOf(await call.body(), "email");
    send(call, await requestAction(call.http.engine, { type, collection, email }, client));
    return null;
  };
}

/** Before anything is counted or looked up. */
function requireMail({ http }: ApiCall): void {
  if (!http.sendMail) throw new AnonError("not_found", "Cannot send mail: createAnon was given no sendMail");
}

/** Begun when the reply is out, and not waited for: how long that takes would tell whether there was a mail to send. */
function send({ http, waitUntil }: ApiCall, mail: (() => Mail | Promise<Mail>) | null): void {
  const sending = new Promise<void>((resolve) => setTimeout(resolve, MAIL_DELAY_MS)).then(
    async () => mail && http.sendMail?.(await mail()),
  );
  // what it rejects with is the application's own, which it has to look after
  waitUntil(
    sending.then(
      () => undefined,
      () => undefined,
    ),
  );
}
