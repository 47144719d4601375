/** The option `trustedProxy`. */
import type { TrustedProxy } from "../contract/http.ts";
import { check, isWhole, optionsOf } from "./options.ts";

export type ProxySettings = Required<TrustedProxy>;

const KEYS: Record<keyof TrustedProxy, true> = { header: true, hops: true };

export function proxySettings(options: TrustedProxy | undefined): ProxySettings | null {
  if (options === undefined || options === null) return null;
  const { header, hops = 1 } = optionsOf("trustedProxy", KEYS, options);
  check(
    typeof header === "string" && /^[\w-]{1,64}$/.test(header) && header.toLowerCase() !== "forwarded",
    "this `trustedProxy.header`",
    "use one with addresses alone, such as x-forwarded-for or cf-connecting-ip",
  );
  check(isWhole(hops, 1, 10), "this `trustedProxy.hops`", "use a whole number from 1 to 10");
  // a source without `Headers` may know only the lower case
  return { header: header.toLowerCase(), hops };
}
