/** The protocol by which Turnstile, hCaptcha and reCAPTCHA verify a token: one POST, which uses the token up. */
import type { Duration } from "../contract/records.ts";
import { AnonError } from "../errors.ts";
import { check, checkKeys, duration } from "../settings/options.ts";
import { type CaptchaHook, refuse, type TokenOptions, tokenReader } from "./token.ts";

/** Options of every service. */
export interface SiteVerifyOptions extends TokenOptions {
  /** The service's secret key. */
  secret: string | undefined;
  /** The hosts whose pages may show the captcha, such as `shop.example`. Default: those that the service allows. */
  hostname?: string | readonly string[];
  /** How long the service may take. Default `5s`. */
  timeout?: Duration;
  /** Where tokens are verified. Default: the service's own URL. */
  url?: string;
  /** Default: the global one. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** What a service says of a token. */
export interface Outcome {
  success: boolean;
  hostname?: unknown;
  action?: unknown;
  score?: unknown;
}

export interface Service<Options extends SiteVerifyOptions> {
  /** As messages name it. */
  name: string;
  url: string;
  /** The service's own options. */
  keys: Record<Exclude<keyof Options, keyof SiteVerifyOptions>, true>;
  /** The fields to send besides the secret, the token and the address. */
  fields?: Record<string, string | undefined>;
  /** Refuses a token that the service accepts. */
  checkOutcome?(outcome: Outcome): void;
}

const KEYS = { secret: true, hostname: true, timeout: true, url: true, fetch: true, token: true } as const;

/** Failures of the service, or of its settings: another token would not help. */
const FAULTS = ["missing-input-secret", "invalid-input-secret", "invalid-keys", "internal-error"];

// letters and digits: limits count all connections without an address as one, which has a name instead
const ADDRESS = /^[\da-fA-F]*[.:][\da-fA-F.:]*$/;

/**
 * The hook that asks the service.
 *
 * @throws {AnonError} `invalid_options`, `invalid_duration`
 */
export function siteVerify<Options extends SiteVerifyOptions>(
  service: Service<Options>,
  options: Options,
): CaptchaHook {
  const { name, fields = {} } = service;
  checkKeys(`${name}.`, { ...KEYS, ...service.keys } as Record<keyof Options, true>, options);
  const { secret, hostname, timeout = "5s", url = service.url, fetch: send } = options;
  check(typeof secret === "string" && secret.trim() !== "", `${name} without \`secret\``, "pass its secret key");
  check(URL.canParse(url), `this \`url\` of ${name}`, "pass an absolute URL");
  const milliseconds = duration(`${name}.timeout`, timeout);
  const hostnames = hostname === undefined ? null : [hostname].flat();
  const read = tokenReader(options.token);

  return async (creation) => {
    const response = await read(creation);
    const { address } = creation;
    const sent = { ...fields, secret, response, remoteip: address && ADDRESS.test(address) ? address : undefined };
    const body = new URLSearchParams();
    for (const [field, value] of Object.entries(sent)) if (value !== undefined) body.set(field, value);
    const outcome = await outcomeOf(name, milliseconds, (signal) =>
      (send ?? fetch)(url, { method: "POST", body, signal }),
    );
    if (!outcome.success) refuse(`${name} does not accept the captcha's token${codesIn(outcome)}`);
    if (hostnames && !hostnames.includes(outcome.hostname as string)) {
      refuse("the captcha was solved on a page of another host");
    }
    service.checkOutcome?.(outcome);
    return true;
  };
}

/** @throws {AnonError} `captcha_unavailable` */
async function outcomeOf(
  name: string,
  timeout: number,
  request: (signal: AbortSignal) => Promise<Response>,
): Promise<Outcome> {
  const fail = (why: string, cause?: unknown): never => {
    throw new AnonError("captcha_unavailable", `Cannot verify the captcha: ${name} ${why}`, { cause });
  };
  let status = 0;
  let outcome: unknown;
  try {
    const response = await request(AbortSignal.timeout(timeout));
    status = response.status;
    outcome = await response.json();
  } catch (cause) {
    const isLate = (cause as { name?: unknown } | null)?.name === "TimeoutError";
    fail(isLate ? `did not respond within ${timeout} ms` : `cannot be reached, or sent no JSON (${status})`, cause);
  }
  // a success has the status 200; some refusals have 400, with the same JSON
  const { success } = (outcome ?? {}) as Partial<Outcome>;
  if (typeof success !== "boolean" || status >= 500 || (success && status !== 200)) {
    fail(`sent an unexpected response (${status})`);
  }
  const fault = errorCodes(outcome as Outcome).find((code) => FAULTS.includes(code));
  if (!success && fault !== undefined) fail(`reports ${fault}`);
  return outcome as Outcome;
}

function codesIn(outcome: Outcome): string {
  const codes = errorCodes(outcome);
  return codes.length === 0 ? "" : ` (${codes.join(", ")})`;
}

/** Only what has the form of a code may be in a message. */
function errorCodes(outcome: Outcome): string[] {
  const codes = (outcome as { "error-codes"?: unknown })["error-codes"];
  return Array.isArray(codes) ? codes.filter((code) => typeof code === "string" && /^[a-z-]{1,40}$/.test(code)) : [];
}
