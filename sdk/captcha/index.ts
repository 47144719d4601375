/**
 * Captchas for the hook `beforeCreate`: Turnstile, hCaptcha and reCAPTCHA. ALTCHA is in `anon-accounts/captcha/altcha`.
 *
 * @module
 */
export { type HCaptchaOptions, hCaptcha } from "./hcaptcha.ts";
export { type ReCaptchaOptions, reCaptcha } from "./recaptcha.ts";
export type { SiteVerifyOptions } from "./site-verify.ts";
export type { CaptchaHook, TokenOptions } from "./token.ts";
export { type TurnstileOptions, turnstile } from "./turnstile.ts";
