/** The cookie's attributes, checked once. */

import type { CookieOptions } from "../contract/http.ts";
import { AnonError } from "../errors.ts";
import { canonicalDomain } from "./domain.ts";

/** The attributes with every default filled in. */
export interface CookieSettings {
  /** What browsers hold over HTTPS: with the prefix that its attributes allow. */
  name: string;
  /** What they hold over plain http on this machine, where not every browser accepts a secure cookie. */
  plainName: string;
  path: string;
  domain: string | undefined;
  secure: boolean;
  httpOnly: boolean;
  sameSite: "lax" | "strict" | "none";
  persistent: boolean;
  partitioned: boolean;
}

// of what RFC 6265 allows the part that nothing on the way encodes
const NAME = /^[\w.-]{1,64}$/;
const PREFIXED = /^__(host|secure)-/i;
const PATH = /^\/[!-:<-~]*$/;
const ATTRIBUTES: readonly string[] = Object.keys({
  name: true,
  path: true,
  domain: true,
  secure: true,
  httpOnly: true,
  sameSite: true,
  persistent: true,
  partitioned: true,
} satisfies Record<keyof CookieOptions, true>);
const THERE_ARE = `there are ${ATTRIBUTES.join(", ")}`;
const SAME_SITE = ["lax", "strict", "none"];

/**
 * Checks and completes the options.
 *
 * @throws {AnonError} `invalid_options`
 */
export function cookieSettings(options: CookieOptions = {}): CookieSettings {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new AnonError("invalid_options", "Cannot use this `cookie`: use an object with its attributes");
  }
  for (const attribute of Object.keys(options)) check(attribute, ATTRIBUTES.includes(attribute), THERE_ARE);
  const { name = "anon", path = "/", domain, secure = true, httpOnly = true, sameSite = "lax" } = options;
  const { persistent = true, partitioned = false } = options;
  check("name", typeof name === "string" && NAME.test(name), "use letters, digits and -_.");
  check("name", !PREFIXED.test(name), "leave out the prefix, which follows from the other attributes");
  check("path", typeof path === "string" && PATH.test(path), "use one that begins with / and has no ; or space");
  check(
    "domain",
    domain === undefined || (typeof domain === "string" && canonicalDomain(domain) === domain),
    "use a domain name such as example.com",
  );
  for (const [flag, value] of Object.entries({ secure, httpOnly, persistent, partitioned })) {
    check(flag, typeof value === "boolean", "use true or false");
  }
  check("sameSite", SAME_SITE.includes(sameSite), "use lax, strict or none");
  check("sameSite", sameSite !== "none" || secure, "browsers drop a cookie with none that is not secure");
  check("partitioned", !partitioned || secure, "browsers drop a partitioned cookie that is not secure");
  const prefix = secure ? (path === "/" && domain === undefined ? "__Host-" : "__Secure-") : "";
  return {
    name: prefix + name,
    plainName: name,
    path,
    domain,
    secure,
    httpOnly,
    sameSite,
    persistent,
    partitioned,
  };
}

function check(attribute: string, valid: boolean, advice: string): void {
  if (!valid) throw new AnonError("invalid_options", `Cannot use this \`cookie.${attribute}\`: ${advice}`);
}
