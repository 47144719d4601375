/** The tokens that a request sends. */

import type { TokenClaims } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { verifyToken } from "../operations/verify-token.ts";
import { readCookie } from "./cookie.ts";
import type { HttpEngine } from "./http-engine.ts";
import type { RequestHead } from "./request-head.ts";

/** A token, and where the request has it. */
export interface Credentials {
  token: string;
  from: "header" | "cookie";
  /** `null` if the token was not issued here or has expired. Whether its session still lives is not checked yet. */
  claims: TokenClaims | null;
}

/** All credentials of a request. */
export interface Sender {
  /**
   * The valid tokens of different sessions, the header's before those of cookies. A header with another scheme (`Basic`
   * of a proxy) or an invalid token does not mask a valid cookie. Nor does a cookie of the same name for another path
   * or domain.
   */
  candidates: readonly Credentials[];
  /** All tokens in cookies with our name, valid or not. */
  cookies: readonly Credentials[];
  /** Where the first candidate was; without a candidate, the first token. */
  from: Credentials["from"] | undefined;
}

const NO_SENDER: Sender = { candidates: [], cookies: [], from: undefined };

/**
 * How many sessions of one request are looked up in storage at most. Invalid cookies need no lookup and do not count:
 * {@link readCookie} limits the length of the header.
 */
const MAXIMUM_CANDIDATES = 8;

/** Reads the token of the `Authorization` header, raw or after `Bearer`, and those of the cookies. */
export function senderOf({ engine, cookie: settings }: HttpEngine, head: RequestHead): Sender {
  const header = head.headers.get("authorization");
  const [, bearer, raw] = header ? (/^(?:bearer\s+(.*)|(\S+))$/is.exec(header.trim()) ?? []) : [];
  const token = bearer ?? raw;
  const cookies = readCookie(head, settings).map((value) => verified(engine, value, "cookie"));
  if (!token && cookies.length === 0) return NO_SENDER;
  // the usual case, and without the checks below: one cookie and no header
  if (!token && cookies.length === 1) return { candidates: cookies[0]?.claims ? cookies : [], cookies, from: "cookie" };
  const all = token ? [verified(engine, token, "header"), ...cookies] : cookies;
  const candidates: Credentials[] = [];
  const sessions = new Set<string>();
  for (const one of all) {
    if (!one.claims || candidates.length === MAXIMUM_CANDIDATES) continue;
    const { collectionId, id, sid } = one.claims;
    const session = `${collectionId}:${id}:${sid}`;
    if (!sessions.has(session)) candidates.push(one);
    sessions.add(session);
  }
  return { candidates, cookies, from: (candidates[0] ?? all[0])?.from };
}

function verified(engine: Engine, token: string, from: Credentials["from"]): Credentials {
  return { token, from, claims: verifyToken(engine, token) };
}
