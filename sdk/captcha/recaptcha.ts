import { check } from "../settings/options.ts";
import { type SiteVerifyOptions, siteVerify } from "./site-verify.ts";
import { type CaptchaHook, refuse } from "./token.ts";

/** Options of {@link reCaptcha}. */
export interface ReCaptchaOptions extends SiteVerifyOptions {
  /** From 0 (a bot) to 1; tokens without a score are refused then. Default 0.5 for keys of v3; those of v2 have no score. */
  minimumScore?: number;
  /** What the page calls `grecaptcha.execute` with; keys of v2 have no action. Default: any. */
  action?: string;
}

/**
 * Requires a token of reCAPTCHA for each new account, of v2 or v3.
 *
 * @throws {AnonError} `invalid_options`, `invalid_duration`; the hook `creation_refused` and `captcha_unavailable`
 *
 * @example
 * ```ts
 * import { createAnon } from "anon-accounts";
 * import { reCaptcha } from "anon-accounts/captcha";
 * import memory from "anon-accounts/drivers/memory";
 *
 * const anon = createAnon({
 *   storage: memory(),
 *   secret: "a secret of at least 32 characters!",
 *   hooks: { beforeCreate: reCaptcha({ secret: "6LeIxAcTAAAAAGG…", minimumScore: 0.7, action: "sign_up" }) },
 * });
 * const refused = await anon.signInAnonymously().catch((error) => error.code);
 * console.assert(refused === "creation_refused");
 * ```
 */
export function reCaptcha(options: ReCaptchaOptions): CaptchaHook {
  const { minimumScore, action } = options;
  check(
    minimumScore === undefined || (typeof minimumScore === "number" && minimumScore >= 0 && minimumScore <= 1),
    "this `reCaptcha.minimumScore`",
    "use a number from 0 to 1",
  );
  return siteVerify(
    {
      name: "reCaptcha",
      url: "https://www.google.com/recaptcha/api/siteverify",
      keys: { minimumScore: true, action: true },
      checkOutcome(outcome) {
        const { score } = outcome;
        // v3 accepts every visitor, and only the score tells a bot: without a minimum it would protect nothing
        const hasScore = score !== undefined || minimumScore !== undefined;
        if (hasScore && !(typeof score === "number" && score >= (minimumScore ?? 0.5))) {
          refuse("the captcha's score is too low");
        }
        if (action !== undefined && outcome.action !== action) refuse("the captcha was solved for another action");
      },
    },
    options,
  );
}
