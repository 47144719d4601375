/** One request: who it comes from, and what its response has to say about that. */
import { AnonError } from "../errors.ts";
import type { Client } from "../limits/types.ts";
import { isIdempotencyKey } from "../model/idempotency-key.ts";
import { authenticate } from "../operations/authenticate.ts";
import { convert } from "../operations/convert.ts";
import { refresh } from "../operations/refresh.ts";
import { signInAnonymously } from "../operations/sign-in-anonymously.ts";
import { signInWithPassword } from "../operations/sign-in-with-password.ts";
import { signInWithToken } from "../operations/sign-in-with-token.ts";
import { signOut } from "../operations/sign-out.ts";
import { verifyToken } from "../operations/verify-token.ts";
import type { AuthData, Authenticated, TokenClaims } from "../types.ts";
import { clientOf } from "./client.ts";
import { clearCookie, setCookie } from "./cookie.ts";
import { lazySender, type Sender } from "./credentials.ts";
import type { HttpEngine } from "./engine.ts";
import { addHeaders, withHeaders } from "./response.ts";
import type { Platform, RequestContext, SignInOptions } from "./types.ts";

/** A request that was begun. */
export interface BegunRequest {
  context: RequestContext;
  /** Who sends it, as it was when it was begun. */
  client: Client;
  /** What `respond` does, for whoever makes the response itself: to the headers that it gets. */
  conclude(headers: Headers): void;
}

/** A request's context alone: see {@link beginRequest}. */
export function createRequestContext(http: HttpEngine, request: Request, platform?: Platform): RequestContext {
  return beginRequest(http, request, platform).context;
}

/**
 * Begins a request. Nothing is read before somebody asks who it comes from.
 *
 * @param givesCookies Whether whoever signs in gets a cookie; one that is there is kept up to date in any case
 */
export function beginRequest(
  http: HttpEngine,
  request: Request,
  platform: Platform = {},
  givesCookies = true,
  given: () => Sender = lazySender(http, request),
): BegunRequest {
  const { engine, cookie } = http;
  // now: a connection that is reset does not tell any more where it came from
  const client = clientOf(http, request, platform);
  let current: Promise<Authenticated | null> | undefined;
  /** Who signed in here: what the token says is found out when somebody asks for it. */
  let became: AuthData | undefined;
  /** What the cookie is to be: a token, nothing (`null`), or as it is (`undefined`). */
  let outgoing: string | null | undefined;
  let asked = false;
  let responded: readonly string[] | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  /** Counts who signed in or out: what was being looked up before then is of somebody of before. */
  let changes = 0;

  function look(): Promise<Authenticated | null> {
    if (became) {
      const claims = verifyToken(engine, became.token);
      return Promise.resolve(claims && { ...became, claims });
    }
    const sender = given();
    // most who call the API to sign in
    return sender.from === undefined ? Promise.resolve(null) : lookUp(sender);
  }

  async function lookUp({ candidates, kept }: Sender): Promise<Authenticated | null> {
    const before = changes;
    let found: Authenticated | null = null;
    for (const { token, claims } of candidates) {
      found = await authenticate(engine, token, claims);
      if (found) break;
    }
    if (kept.length === 0 || changes !== before) return found;
    if (found) keepUp(found);
    // whatever was brought is dead
    else outgoing = null;
    return found;
  }

  /** The cookie of whoever this is goes on with them; somebody else's that came beside a header is theirs. */
  function keepUp({ token, record }: AuthData): void {
    const { kept } = given();
    if (kept.some((one) => one.token === token)) return;
    if (kept.some(({ claims }) => claims && isOf(claims, record))) outgoing = token;
    else if (kept.length > 0 && kept.every(({ claims }) => claims === null)) outgoing = null;
  }

  function auth(): Promise<Authenticated | null> {
    asked = true;
    if (!current) {
      const looking = look();
      current = looking;
      // a storage that failed may answer when it is asked again
      looking.catch(() => {
        if (current === looking) current = undefined;
      });
    }
    return current;
  }

  /** One after another: whoever comes second finds what the first one made. */
  function inTurn<T>(name: string, action: () => Promise<T>): Promise<T> {
    const mine = after(turn, name, action);
    turn = mine.catch(() => undefined);
    return mine;
  }

  async function after<T>(before: Promise<unknown>, name: string, action: () => Promise<T>): Promise<T> {
    await before;
    if (responded) throw tooLate(name);
    const done = await action();
    if (responded) throw tooLate(name);
    return done;
  }

  /** @param begins Whether a client that has no cookie gets one: who brings its token itself keeps it itself, too */
  function become(data: AuthData, begins: boolean): AuthData {
    became = data;
    current = undefined;
    changes++;
    if (begins || typeof outgoing === "string" || given().from === "cookie") outgoing = data.token;
    else keepUp(data);
    return data;
  }

  const context: RequestContext = {
    request,
    auth,
    signInAnonymously: (options) =>
      inTurn("sign in", async () => {
        const { collection, data, fresh = false, idempotencyKey: chosen }: SignInOptions = options ?? {};
        const present = await auth();
        if (present && !mayReplace(present, engine.settings.of(collection).name, fresh)) {
          return { token: present.token, record: present.record };
        }
        // somebody who wants another account has been here before: that is no request of a new visitor
        const sent = fresh || present ? null : request.headers.get("idempotency-key");
        // one that is none of ours, such as a client sends to everybody, is no reason to refuse a page
        const idempotencyKey = chosen ?? (isIdempotencyKey(sent) ? sent : undefined);
        // the cookie of somebody else, beside a header, is not a new guest's to take
        const gives =
          givesCookies && !given().kept.some(({ claims }) => claims && present && !isOf(claims, present.record));
        return become(await signInAnonymously(engine, { collection, data, idempotencyKey }, client), gives);
      }),
    signInWithToken: (token) =>
      inTurn("sign in", async () => become(await signInWithToken(engine, token), givesCookies)),
    signInWithPassword: (identity, password, options) =>
      inTurn("sign in", async () => {
        return become(await signInWithPassword(engine, identity, password, options ?? undefined, client), givesCookies);
      }),
    refresh: () =>
      inTurn("refresh", async () => {
        const present = await auth();
        if (!present) throw new AnonError("invalid_token", "Cannot refresh: nobody is signed in");
        return become(await refresh(engine, present.token), false);
      }),
    convert: (input) =>
      inTurn("convert", async () => {
        const present = await auth();
        if (!present)
          throw new AnonError("invalid_token", "Cannot convert: nobody is signed in, sign in anonymously first");
        return become(await convert(engine, present.token, input, client), false);
      }),
    signOut: (options) =>
      inTurn("sign out", async () => {
        const present = await auth();
        if (present) await signOut(engine, present.token, options ?? undefined);
        became = undefined;
        current = Promise.resolve(null);
        changes++;
        const { from, kept } = given();
        if (from === "cookie" || outgoing || kept.some(({ claims }) => !claims || ends(claims, present, options))) {
          outgoing = null;
        }
      }),
    respond(response) {
      const cookies = conclusion();
      return cookies ? withHeaders(response, cookies) : response;
    },
  };
  return {
    context,
    client,
    conclude(headers) {
      const cookies = conclusion();
      if (cookies) addHeaders(headers, cookies);
    },
  };

  /** The cookies of the response; `null` when it is about nobody. */
  function conclusion(): readonly string[] | null {
    responded ??= cookiesOf();
    // whoever asked who this is made a page for that person
    return asked || responded.length > 0 ? responded : null;
  }

  function cookiesOf(): string[] {
    if (outgoing === undefined) return [];
    const claims = outgoing === null ? null : verifyToken(engine, outgoing);
    // or the session was shorter than the request took
    if (outgoing === null || !claims) return clearCookie(request, cookie);
    return setCookie(request, cookie, outgoing, claims.exp * 1_000 - engine.now());
  }
}

function isOf({ id, collectionId }: TokenClaims, record: AuthData["record"]): boolean {
  return id === record.id && collectionId === record.collectionName;
}

/** Whether the session of a cookie is among those that end with somebody's. */
function ends(claims: TokenClaims, present: Authenticated | null, options?: { everywhere?: boolean }): boolean {
  if (!present || !isOf(claims, present.record)) return false;
  return options?.everywhere === true || claims.sid === present.claims.sid;
}

/** Whether a new guest may take the place of somebody: never that of a registered account. */
function mayReplace({ record }: Authenticated, collection: string, fresh: boolean): boolean {
  return record.anonymous && (fresh || record.collectionName !== collection);
}

function tooLate(name: string): AnonError {
  return new AnonError(
    "response_sent",
    `Cannot ${name}: the response was made already and cannot carry the cookie any more, do it before`,
  );
}
