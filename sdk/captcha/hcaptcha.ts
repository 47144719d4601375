import { type SiteVerifyOptions, siteVerify } from "./site-verify.ts";
import type { CaptchaHook } from "./token.ts";

/** Options of {@link hCaptcha}. */
export interface HCaptchaOptions extends SiteVerifyOptions {
  /** The key of the site that the token must be of. Default: any of the account. */
  siteKey?: string;
}

/**
 * Requires a token of hCaptcha for each new account.
 *
 * @throws {AnonError} `invalid_options`, `invalid_duration`; the hook `creation_refused` and `captcha_unavailable`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import { hCaptcha } from "anon-accounts/captcha";
 * import memory from "anon-accounts/drivers/memory";
 *
 * const anon = createAnon({
 *   storage: memory(),
 *   secret: "a secret of at least 32 characters!",
 *   hooks: { beforeCreate: hCaptcha({ secret: "0x0000000000000000000000000000000000000000" }) },
 * });
 * const refused = await anon.signInAnonymously().catch((error) => error.code);
 * console.assert(refused === "creation_refused");
 * ```
 */
export function hCaptcha(options: HCaptchaOptions): CaptchaHook {
  const service = { name: "hCaptcha", url: "https://api.hcaptcha.com/siteverify", keys: { siteKey: true as const } };
  return siteVerify({ ...service, fields: { sitekey: options.siteKey } }, options);
}
