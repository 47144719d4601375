/** Which token a request comes with. */

import type { TokenClaims } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { verifyToken } from "../operations/verify-token.ts";
import { readCookie } from "./cookie.ts";
import type { HttpEngine } from "./http-engine.ts";

/** A token, and where it was. */
export interface Credentials {
  token: string;
  from: "header" | "cookie";
  /** What it says; `null` when it is not ours or has expired. Whether its session still lives is not known yet. */
  claims: TokenClaims | null;
}

/** All that a request says of who sends it. */
export interface Sender {
  /**
   * Whom it may be from: the header before the cookie. A header of another scheme (`Basic` of a proxy), or with a token that
   * is not ours or has expired, does not mask a valid cookie; nor does the cookie that another path or
   * domain left make it another one of the name.
   */
  candidates: readonly Credentials[];
  /** The cookies of ours that it brought, good or not. */
  kept: readonly Credentials[];
  /** Where the first of them all was. */
  from: Credentials["from"] | undefined;
}

const NO_SENDER: Sender = { candidates: [], kept: [], from: undefined };

/**
 * So many different sessions of one request are looked up at most, each in storage. Cookies that are not ours cost no
 * lookup and are not counted: {@link readCookie} bounds them by the length of the header.
 */
const MAXIMUM_CANDIDATES = 8;

/** Reads it: the token of the `Authorization` header, raw or after `Bearer`, and those of the cookies. */
export function senderOf({ engine, cookie: settings }: HttpEngine, request: Request): Sender {
  // a missing request arrives here as undefined
  if (!request?.headers) return NO_SENDER;
  const header = request.headers.get("authorization");
  const [, bearer, raw] = header ? (/^(?:bearer\s+(.*)|(\S+))$/is.exec(header.trim()) ?? []) : [];
  const token = bearer ?? raw;
  const cookies = readCookie(request, settings);
  if (!token && cookies.length === 0) return NO_SENDER;
  const [cookie] = cookies;
  if (!token && cookie !== undefined && cookies.length === 1) {
    // most requests
    const kept = [verified(engine, cookie, "cookie")];
    return { candidates: kept[0]?.claims ? kept : [], kept, from: "cookie" };
  }
  const kept = cookies.map((value) => verified(engine, value, "cookie"));
  const all = token ? [verified(engine, token, "header"), ...kept] : kept;
  const candidates: Credentials[] = [];
  const sessions = new Set<string>();
  for (const one of all) {
    if (!one.claims || candidates.length === MAXIMUM_CANDIDATES) continue;
    const { collectionId, id, sid } = one.claims;
    const session = `${collectionId}:${id}:${sid}`;
    if (!sessions.has(session)) candidates.push(one);
    sessions.add(session);
  }
  return { candidates, kept, from: (candidates[0] ?? all[0])?.from };
}

function verified(engine: Engine, token: string, from: Credentials["from"]): Credentials {
  return { token, from, claims: verifyToken(engine, token) };
}
