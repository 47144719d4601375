/** The routes that begin and refresh sessions. */

import { canonicalEmail } from "../../account/email.ts";
import { AnonError } from "../../errors.ts";
import { fieldError } from "../wire-error.ts";
import { callerOf, type Route } from "./api-call.ts";
import { textOf } from "./record-input.ts";

export const SIGN_IN_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "auth-anonymously",
    failure: "Failed to create record.",
    describe: {
      summary: "Sign in as a guest; a visitor who is signed in stays so",
      access: "anyone",
      body: ["…"],
      returns: "Auth",
      limited: true,
    },
    handle({ context, collection, body }) {
      return body().then((sent) => {
        // most requests have no fields: there is nothing to check then
        const data = Object.keys(sent).length === 0 ? undefined : sent;
        // the SDK ignores it when the caller is signed in already
        const idempotencyKey = context.head.headers.get("idempotency-key") ?? undefined;
        return context.signInAnonymously({ collection, data, idempotencyKey });
      });
    },
  },
  {
    method: "POST",
    path: "auth-with-password",
    failure: "Failed to authenticate.",
    describe: {
      summary: "Sign in with an email or a username",
      access: "anyone",
      body: ["identity", "identityField?", "password"],
      returns: "Auth",
      limited: true,
    },
    async handle({ context, collection, body }) {
      const input = await body();
      const [identity, password] = [textOf(input, "identity"), textOf(input, "password")];
      checkIdentityField(input.identityField, identity);
      return context.signInWithPassword(identity, password, { collection });
    },
  },
  {
    method: "POST",
    path: "auth-with-transfer-code",
    failure: "Failed to authenticate.",
    describe: {
      summary: "Sign in with the code of another device",
      access: "anyone",
      body: ["code"],
      returns: "Auth",
      limited: true,
    },
    async handle({ context, collection, body }) {
      return context.signInWithTransferCode(textOf(await body(), "code"), { collection });
    },
  },
  {
    method: "POST",
    path: "transfer-code",
    failure: "Failed to create the code.",
    describe: { summary: "Make a code for another device", access: "caller", returns: "TransferCode", limited: true },
    async handle(call) {
      await callerOf(call);
      await call.body();
      return call.context.createTransferCode();
    },
  },
  {
    method: "POST",
    path: "auth-refresh",
    failure: "Failed to authenticate.",
    describe: { summary: "Get a new token for the session", access: "caller", returns: "Auth" },
    async handle(call) {
      await callerOf(call);
      await call.body();
      return call.context.refresh();
    },
  },
  {
    method: "GET",
    path: "auth-methods",
    failure: "Failed to list the methods.",
    describe: { summary: "List the ways to sign in", access: "anyone", returns: "AuthMethods" },
    async handle() {
      return {
        password: { enabled: true, identityFields: ["email", "username"] },
        oauth2: { enabled: false, providers: [] },
        mfa: { enabled: false, duration: 0 },
        otp: { enabled: false, duration: 0 },
      };
    },
  },
];

/** A client may say which kind its identity is; an identity of the other kind matches no account. */
function checkIdentityField(field: unknown, identity: string): void {
  if (field === undefined || field === null || field === "") return;
  if (field !== "email" && field !== "username") {
    throw fieldError("identityField", "validation_in_invalid", "Use email or username.");
  }
  if ((canonicalEmail(identity) === null) === (field === "email")) {
    throw new AnonError("invalid_credentials", `Cannot sign in: the identity is no ${field}`);
  }
}
