/**
 * The cookie. `oslo/cookie` writes it. This file reads it, because oslo's reader throws on a `%`, which any client can
 * send, and drops what follows a second `=`. A token has only characters that need no encoding.
 */
import { serializeCookie } from "oslo/cookie";
import type { CookieSettings } from "../settings/cookie.ts";
import { isBehindTls, urlOf } from "./request-url.ts";

/** Longer than any token. It limits the work that a client can cause with a long header. */
const MAXIMUM_HEADER = 65_536;

/** The values of the cookie in a request, the most trusted name first. Never throws. */
export function readCookie(request: Request, settings: CookieSettings): string[] {
  const header = request.headers.get("cookie");
  if (!header || header.length > MAXIMUM_HEADER) return [];
  const [primary = "", other] = namesFor(request, settings);
  const values = valuesOf(header, primary);
  return other === undefined ? values : [...values, ...valuesOf(header, other)];
}

/** All values of a name. Searches by index and does not split the header, because this runs for every request. */
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
    const value = unquote(trim(header.slice(at + 1, end)));
    if (value !== "") values.push(value);
  }
  return values;
}

/**
 * The `Set-Cookie` header for a token, with the most trusted name. Over https on this machine there is a second one
 * with the plain name, if the request has that: so a developer who returns to http stays signed in.
 *
 * @param life For how many milliseconds the token is valid
 */
export function setCookie(request: Request, settings: CookieSettings, token: string, life: number): string[] {
  const seconds = settings.persistent ? Math.max(1, Math.floor(life / 1_000)) : undefined;
  const [first = "", other] = namesFor(request, settings);
  const names = other !== undefined && isHttps(request) && hasCookie(request, other) ? [first, other] : [first];
  return names.map((name) => serialize(name, token, settings, seconds));
}

/** The `Set-Cookie` headers that delete the cookie under every name that the request may have. */
export function clearCookie(request: Request, settings: CookieSettings): string[] {
  return namesFor(request, settings).map((name) => serialize(name, "", settings, 0));
}

function serialize(name: string, value: string, settings: CookieSettings, maxAge: number | undefined): string {
  const { path, domain, httpOnly, sameSite, partitioned } = settings;
  const secure = settings.secure && name === settings.name;
  const cookie = serializeCookie(name, value, { path, domain, httpOnly, sameSite, secure, maxAge });
  return partitioned && secure ? `${cookie}; Partitioned` : cookie;
}

/**
 * The names under which a request may have the cookie. The first is the one to set: the secure name, except over plain
 * http on this machine, where a development server needs the plain name. Over https on this machine both are read, so
 * that a developer who switches stays signed in. On other hosts the plain name is never read, because any page of the
 * domain could set it, and a request that looks like plain http comes from a proxy that ends TLS.
 */
function namesFor(request: Request, { name, plainName, secure }: CookieSettings): string[] {
  if (!secure) return [plainName];
  // most requests are for another host, and this finds out without parsing the URL
  if (!/localhost|127\.|\[::1\]/i.test(request.url)) return [name];
  if (!isLocal(urlOf(request).hostname)) return [name];
  return isHttps(request) || isFromOtherHost(request) || hasCookie(request, name) ? [name, plainName] : [plainName];
}

function isHttps(request: Request): boolean {
  return isBehindTls(request) || urlOf(request).protocol === "https:";
}

/**
 * Whether a page of another host sent this request to this machine: then a proxy forwarded it without
 * `X-Forwarded-Proto`. A GET has no `Origin`; it is recognized by the secure cookie, which an earlier request of such a
 * page set.
 */
function isFromOtherHost(request: Request): boolean {
  const origin = request.headers.get("origin");
  return origin !== null && !(URL.canParse(origin) && isLocal(new URL(origin).hostname));
}

function hasCookie(request: Request, name: string): boolean {
  return valuesOf(request.headers.get("cookie") ?? "", name).length > 0;
}

function isLocal(hostname: string): boolean {
  return /^(?:.+\.)?localhost$|^127(?:\.\d{1,3}){3}$|^\[::1\]$/.test(hostname);
}

function trim(text: string): string {
  let from = 0;
  let to = text.length;
  while (isSpace(text[from])) from++;
  while (to > from && isSpace(text[to - 1])) to--;
  return text.slice(from, to);
}

/** White space of RFC 6265. Others are part of a name, and browsers do not apply a prefix's rules to that name. */
function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\t";
}

function unquote(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
}
