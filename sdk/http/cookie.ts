/**
 * The cookie. `oslo/cookie` writes it. This file reads it, because oslo's reader throws on a `%`, which any client can
 * send, and drops what follows a second `=`. A token has only characters that need no encoding.
 */
import { serializeCookie } from "oslo/cookie";
import type { CookieAttributes } from "../contract/visitor.ts";
import type { CookieSettings } from "../settings/cookie.ts";
import type { RequestHead } from "./request-head.ts";
import { isBehindTls, urlOf } from "./request-url.ts";

/** Longer than any token. It limits the work that a client can cause with a long header. */
const MAXIMUM_HEADER = 65_536;

/** A cookie of a response. */
export interface CookieChange {
  name: string;
  value: string;
  attributes: CookieAttributes;
}

/** The values of the cookie in a request, the most trusted name first. Never throws. */
export function readCookie(head: RequestHead, settings: CookieSettings): readonly string[] {
  const read = readerOf(head);
  if (!read) return [];
  const [primary = "", other] = namesFor(head, settings);
  const values = read(primary);
  return other === undefined ? values : [...values, ...read(other)];
}

/** Reads the values of a name; `null` for a request without cookies. */
export function readerOf({ cookies, headers }: Omit<RequestHead, "url">): ((name: string) => readonly string[]) | null {
  if (cookies) return (name) => [cookies.get(name) ?? []].flat().filter((value) => value !== "");
  const header = headers.get("cookie");
  if (!header || header.length > MAXIMUM_HEADER) return null;
  return (name) => valuesOf(header, name);
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
    const value = valueBetween(header, at + 1, end);
    if (value !== "") values.push(value);
  }
  return values;
}

/** Without spaces around it and without quotes. One slice, because each one costs as much as the search. */
function valueBetween(header: string, first: number, end: number): string {
  let from = first;
  let to = end;
  while (isSpace(header[from])) from++;
  while (to > from && isSpace(header[to - 1])) to--;
  const isQuoted = to - from > 1 && header[from] === '"' && header[to - 1] === '"';
  return isQuoted ? header.slice(from + 1, to - 1) : header.slice(from, to);
}

/**
 * The cookie for a token, with the most trusted name. Over https on this machine there is a second one with the plain
 * name, if the request has that: so a developer who returns to http stays signed in.
 *
 * @param life For how many milliseconds the token is valid
 */
export function cookiesFor(head: RequestHead, settings: CookieSettings, token: string, life: number): CookieChange[] {
  const seconds = settings.persistent ? Math.max(1, Math.floor(life / 1_000)) : undefined;
  const [first = "", other] = namesFor(head, settings);
  const names = other !== undefined && isHttps(head) && hasCookie(head, other) ? [first, other] : [first];
  return names.map((name) => change(name, token, settings, seconds));
}

/** The cookies that delete the cookie under every name that the request may have. */
export function deletedCookies(head: RequestHead, settings: CookieSettings): CookieChange[] {
  return namesFor(head, settings).map((name) => change(name, "", settings, 0));
}

function change(name: string, value: string, settings: CookieSettings, maxAge: number | undefined): CookieChange {
  const { path, domain, httpOnly, sameSite, partitioned } = settings;
  const secure = settings.secure && name === settings.name;
  const attributes: CookieAttributes = { path, httpOnly, secure, sameSite };
  if (domain !== undefined) attributes.domain = domain;
  if (maxAge !== undefined) attributes.maxAge = maxAge;
  if (partitioned && secure) attributes.partitioned = true;
  return { name, value, attributes };
}

/** The cookie as a `Set-Cookie` header. */
export function serialize({ name, value, attributes: { partitioned, ...attributes } }: CookieChange): string {
  const cookie = serializeCookie(name, value, attributes);
  return partitioned ? `${cookie}; Partitioned` : cookie;
}

/**
 * The names under which a request may have the cookie. The first is the one to set: the secure name, except over plain
 * http on this machine, where a development server needs the plain name. Over https on this machine both are read, so
 * that a developer who switches stays signed in. On other hosts the plain name is never read, because any page of the
 * domain could set it, and a request that looks like plain http comes from a proxy that ends TLS.
 */
function namesFor(head: RequestHead, { name, plainName, secure }: CookieSettings): string[] {
  if (!secure) return [plainName];
  // most requests are for another host, and this finds out without parsing the URL
  if (!/localhost|127\.|\[::1\]/i.test(head.url)) return [name];
  if (!isLocal(urlOf(head).hostname)) return [name];
  return isHttps(head) || isFromOtherHost(head) || hasCookie(head, name) ? [name, plainName] : [plainName];
}

function isHttps(head: RequestHead): boolean {
  return isBehindTls(head) || urlOf(head).protocol === "https:";
}

/**
 * Whether a page of another host sent this request to this machine: then a proxy forwarded it without
 * `X-Forwarded-Proto`. A GET has no `Origin`; it is recognized by the secure cookie, which an earlier request of such a
 * page set.
 */
function isFromOtherHost(head: RequestHead): boolean {
  const origin = head.headers.get("origin") ?? null;
  return origin !== null && !(URL.canParse(origin) && isLocal(new URL(origin).hostname));
}

function hasCookie(head: RequestHead, name: string): boolean {
  return (readerOf(head)?.(name).length ?? 0) > 0;
}

function isLocal(hostname: string): boolean {
  return /^(?:.+\.)?localhost$|^127(?:\.\d{1,3}){3}$|^\[::1\]$/.test(hostname);
}

/** White space of RFC 6265. Others are part of a name, and browsers do not apply a prefix's rules to that name. */
function isSpace(character: string | undefined): boolean {
  return character === " " || character === "\t";
}
