/**
 * The cookie: `oslo/cookie` writes it. Reading is done here, because oslo's reader throws on a `%` that any client may send
 * and loses what follows a second `=`; a token is made of characters that nothing encodes.
 */
import { serializeCookie } from "oslo/cookie";
import type { CookieSettings } from "../settings/cookie.ts";
import { isBehindTls, urlOf } from "./request-url.ts";

/** Longer than any token; a bound on the work that an arbitrary header can cause. */
const MAXIMUM_HEADER = 65_536;

/** The cookie's values in a request, the one that is trusted most first. Never throws. */
export function readCookie(request: Request, settings: CookieSettings): string[] {
  const header = request.headers.get("cookie");
  if (!header || header.length > MAXIMUM_HEADER) return [];
  const [primary = "", other] = namesFor(request, settings);
  const values = valuesOf(header, primary);
  return other === undefined ? values : [...values, ...valuesOf(header, other)];
}

/** The values of that name, by their places: this runs for every request, with all the cookies that it has. */
function valuesOf(header: string, name: string): string[] {
  const values: string[] = [];
  for (let at = 0, end = 0; at < header.length; at = end + 1) {
    end = header.indexOf(";", at);
    if (end < 0) end = header.length;
    while (isSpace(header[at])) at++;
    if (!header.startsWith(name, at)) continue;
    at += name.length;
    while (isSpace(header[at])) at++;
    if (header[at] !== "=") continue;
    const value = unquoted(trimmed(header.slice(at + 1, end)));
    if (value !== "") values.push(value);
  }
  return values;
}

/**
 * The `Set-Cookie` headers with a token: the one that is trusted most. Over https on this machine also the plain one, if the
 * request has it: a developer who goes back to http keeps the identity.
 *
 * @param life For how many milliseconds the token is good
 */
export function setCookie(request: Request, settings: CookieSettings, token: string, life: number): string[] {
  const seconds = settings.persistent ? Math.max(1, Math.floor(life / 1_000)) : undefined;
  const [first = "", other] = namesFor(request, settings);
  const names = other !== undefined && isHttps(request) && has(request, other) ? [first, other] : [first];
  return names.map((name) => written(name, token, settings, seconds));
}

/** The `Set-Cookie` headers that take away whatever of ours the request may have come with. */
export function clearCookie(request: Request, settings: CookieSettings): string[] {
  return namesFor(request, settings).map((name) => written(name, "", settings, 0));
}

function written(name: string, value: string, settings: CookieSettings, maxAge: number | undefined): string {
  const { path, domain, httpOnly, sameSite, partitioned } = settings;
  const secure = settings.secure && name === settings.name;
  const cookie = serializeCookie(name, value, { path, domain, httpOnly, sameSite, secure, maxAge });
  return partitioned && secure ? `${cookie}; Partitioned` : cookie;
}

/**
 * The names a request may bring, the one to set first. It is the secure one, except for plain http on this machine, where
 * a development server needs the plain one. Over https on this machine it is both, so that a switch between the two keeps
 * the identity. Elsewhere a request that looks like plain http comes from a proxy that ends TLS, and any page of the domain
 * could set the plain name.
 */
function namesFor(request: Request, { name, plainName, secure }: CookieSettings): string[] {
  if (!secure) return [plainName];
  // most requests are of no such address, which is seen without taking it apart
  if (!/localhost|127\.|\[::1\]/i.test(request.url)) return [name];
  if (!isLocal(urlOf(request).hostname)) return [name];
  return isHttps(request) || isFromElsewhere(request) || has(request, name) ? [name, plainName] : [plainName];
}

function isHttps(request: Request): boolean {
  return isBehindTls(request) || urlOf(request).protocol === "https:";
}

/**
 * Whether a request to this machine comes from a page of another host: a proxy forwarded it without `X-Forwarded-Proto`. A
 * GET brings no `Origin`; the secure cookie, which an earlier request of such a page set, shows the same.
 */
function isFromElsewhere(request: Request): boolean {
  const origin = request.headers.get("origin");
  return origin !== null && !(URL.canParse(origin) && isLocal(new URL(origin).hostname));
}

function has(request: Request, name: string): boolean {
  return valuesOf(request.headers.get("cookie") ?? "", name).length > 0;
}

function isLocal(hostname: string): boolean {
  return /^(?:.+\.)?localhost$|^127(?:\.\d{1,3}){3}$|^\[::1\]$/.test(hostname);
}

/** Of what RFC 6265 calls white space and nothing else: a name with a byte more is another one, without its prefix's rules. */
function trimmed(text: string): string {
  let from = 0;
  let to = text.length;
  while (isSpace(text[from])) from++;
  while (to > from && isSpace(text[to - 1])) to--;
  return text.slice(from, to);
}

function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\t";
}

function unquoted(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}
