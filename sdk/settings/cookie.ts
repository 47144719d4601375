/** The option `cookie`. */

import type { CookieOptions } from "../contract/http.ts";
import { canonicalDomain } from "./domain.ts";
import { check, optionsOf } from "./options.ts";

/** The attributes with every default. `name` has the prefix that they allow. */
export interface CookieSettings extends Required<Omit<CookieOptions, "domain">> {
  domain: string | undefined;
  /** The name over plain http on this machine, where not every browser accepts a secure cookie. */
  plainName: string;
}

// the part of what RFC 6265 allows that nothing on the way encodes
const NAME = /^[\w.-]{1,64}$/;
const PREFIXED = /^__(host|secure)-/i;
const PATH = /^\/[!-:<-~]*$/;
const KEYS: Record<keyof CookieOptions, true> = {
  name: true,
  path: true,
  domain: true,
  secure: true,
  httpOnly: true,
  sameSite: true,
  persistent: true,
  partitioned: true,
};
const SAME_SITE = ["lax", "strict", "none"];

export function cookieSettings(options?: CookieOptions): CookieSettings {
  const own = optionsOf("cookie", KEYS, options);
  const { name = "anon", path = "/", domain, secure = true, httpOnly = true, sameSite = "lax" } = own;
  const { persistent = true, partitioned = false } = own;
  check(typeof name === "string" && NAME.test(name), "this `cookie.name`", "use letters, digits and -_.");
  check(!PREFIXED.test(name), "this `cookie.name`", "leave out the prefix, which follows from the other attributes");
  check(
    typeof path === "string" && PATH.test(path),
    "this `cookie.path`",
    "use one that begins with / and has no ; or space",
  );
  check(
    domain === undefined || (typeof domain === "string" && canonicalDomain(domain) === domain),
    "this `cookie.domain`",
    "use a domain name such as example.com",
  );
  for (const [flag, value] of Object.entries({ secure, httpOnly, persistent, partitioned })) {
    check(typeof value === "boolean", `this \`cookie.${flag}\``, "use true or false");
  }
  check(SAME_SITE.includes(sameSite), "this `cookie.sameSite`", "use lax, strict or none");
  check(sameSite !== "none" || secure, "this `cookie.sameSite`", "browsers drop a cookie with none that is not secure");
  check(!partitioned || secure, "this `cookie.partitioned`", "browsers drop a partitioned cookie that is not secure");
  const prefix = secure ? (path === "/" && domain === undefined ? "__Host-" : "__Secure-") : "";
  return {
    ...{ path, domain, secure, httpOnly, sameSite, persistent, partitioned },
    name: prefix + name,
    plainName: name,
  };
}
