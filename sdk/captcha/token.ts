/** Reads the token that a captcha gave the visitor. */
import type { Creation } from "../contract/limits.ts";
import { AnonError } from "../errors.ts";
import { check } from "../settings/options.ts";

/** A hook for `beforeCreate`. It refuses the account unless the captcha accepts the visitor's token. */
export type CaptchaHook = (creation: Creation) => Promise<true>;

type Token = string | null | undefined;

/** Where a captcha's token is. */
export interface TokenOptions {
  /** The name of a header, or a function that returns the token. Default `x-captcha-token`. */
  token?: string | ((creation: Creation) => Token | Promise<Token>);
}

/**
 * The function that reads the token of a creation.
 *
 * @throws {AnonError} `invalid_options` for a name that is no header's
 */
export function tokenReader(
  source: TokenOptions["token"] = "x-captcha-token",
): (creation: Creation) => Promise<string> {
  if (typeof source === "function") {
    return async (creation) => {
      let token: Token;
      try {
        token = await source(creation);
      } catch (cause) {
        // such as a form that a client did not send
        refuse("the captcha's token cannot be read", cause);
      }
      return token || refuse("the captcha's token is missing");
    };
  }
  check(
    typeof source === "string" && /^[\w-]{1,64}$/.test(source),
    "this `token` of a captcha",
    "use the name of a header, such as x-captcha-token, or a function",
  );
  return async ({ request }) => {
    if (!request) refuse("no request is known that could have a captcha's token");
    return request.headers.get(source) || refuse(`the captcha's token is missing, send it in the header ${source}`);
  };
}

/** @throws {AnonError} `creation_refused` */
export function refuse(why: string, cause?: unknown): never {
  throw new AnonError("creation_refused", `Cannot create this account: ${why}`, { cause });
}
