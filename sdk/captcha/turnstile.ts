import { type SiteVerifyOptions, siteVerify } from "./site-verify.ts";
import { type CaptchaHook, refuse } from "./token.ts";

/** Options of {@link turnstile}. */
export interface TurnstileOptions extends SiteVerifyOptions {
  /** What the widget has as `data-action`. Default: any. */
  action?: string;
}

/**
 * Requires a token of Cloudflare Turnstile for each new account.
 *
 * @throws {AnonError} `invalid_options`, `invalid_duration`; the hook `creation_refused` and `captcha_unavailable`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import { turnstile } from "anon-accounts/captcha";
 * import memory from "anon-accounts/drivers/memory";
 *
 * const anon = createAnon({
 *   storage: memory(),
 *   secret: "a secret of at least 32 characters!",
 *   hooks: { beforeCreate: turnstile({ secret: "1x0000000000000000000000000000000AA" }) },
 * });
 * // the call has no request with a token
 * const refused = await anon.signInAnonymously().catch((error) => error.code);
 * console.assert(refused === "creation_refused");
 * ```
 */
export function turnstile(options: TurnstileOptions): CaptchaHook {
  const { action } = options;
  return siteVerify(
    {
      name: "turnstile",
      url: "https://challenges.cloudflare.com/turnstile/v0/siteverify",
      keys: { action: true },
      checkOutcome: (outcome) => {
        if (action !== undefined && outcome.action !== action) refuse("the captcha was solved for another action");
      },
    },
    options,
  );
}
