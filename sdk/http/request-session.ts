/** The session of one request, and the cookies of its response. */

import type { Client } from "../contract/limits.ts";
import type { AuthData, Authenticated, TokenClaims } from "../contract/records.ts";
import type { HeaderWriter } from "../contract/visitor.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { isPromise } from "../is-promise.ts";
import { authenticate } from "../operations/authenticate.ts";
import { signOut } from "../operations/sign-out.ts";
import { verifyToken } from "../operations/verify-token.ts";
import { type CookieChange, cookiesFor, deletedCookies, serialize } from "./cookie.ts";
import { type Sender, senderOf } from "./credentials.ts";
import type { HttpEngine } from "./http-engine.ts";
import type { RequestHead } from "./request-head.ts";
import { addHeaders, withHeaders } from "./response-headers.ts";

/**
 * A class, and not functions made for each request: those would be a third of what a request leaves to the garbage
 * collector.
 */
export class RequestSession {
  readonly head: RequestHead;
  readonly client: Client;
  readonly engine: Engine;
  readonly #http: HttpEngine;
  readonly #givesCookies: boolean;
  #sender: Sender | undefined;
  #current: MaybeAuthenticated | undefined;
  /** The session that began in this request. Its token is decoded only if the claims are needed. */
  #signedInAs: AuthData | undefined;
  /**
   * What the response does with the cookie: it sets a token, deletes the cookie (`null`), or leaves it (`undefined`).
   * Only `clearSession` deletes it. An invalid cookie stays, because the response may arrive after one that set a valid
   * cookie.
   */
  #outgoing: string | null | undefined;
  /** Whether the response may depend on who is signed in. */
  #asked = false;
  /** The cookies of the response, once it was made. */
  #responded: readonly string[] | undefined;
  /** Whether a cookie was set at once, which makes the response private. */
  #hasSetCookies = false;
  #lastChange: Promise<unknown> | undefined;
  /** Counts sign-ins and sign-outs: a lookup that began earlier is about the previous account. */
  #changes = 0;

  /**
   * Reads no token before the first call that needs one.
   *
   * @param givesCookies Whether a sign-in sets a cookie. A cookie that the request has is updated in any case
   */
  constructor(http: HttpEngine, head: RequestHead, client: Client, givesCookies: boolean) {
    this.#http = http;
    this.engine = http.engine;
    this.head = head;
    this.client = client;
    this.#givesCookies = givesCookies;
  }

  /** Read once, so that check and use see the same tokens. */
  get sender(): Sender {
    this.#sender ??= senderOf(this.#http, this.head);
    return this.#sender;
  }

  /** The claims of the valid tokens. They show whether the person who proves an email is signed in to its account. */
  get signedIn(): TokenClaims[] {
    return this.sender.candidates.flatMap(({ claims }) => claims ?? []);
  }

  auth(): Promise<Authenticated | null> {
    this.#asked = true;
    try {
      if (this.#current === undefined) this.#current = this.#findAccount();
      return Promise.resolve(this.#current);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #findAccount(): MaybeAuthenticated {
    if (this.#signedInAs) {
      const claims = verifyToken(this.engine, this.#signedInAs.token);
      return claims && { ...this.#signedInAs, claims };
    }
    const lookup = this.#tryCandidates(this.sender, 0, this.#changes);
    // a page may respond without waiting for it, and a failure of the storage must not end the process then
    if (isPromise(lookup)) lookup.catch(() => undefined);
    return lookup;
  }

  #tryCandidates(sender: Sender, at: number, changesBefore: number): MaybeAuthenticated {
    const candidate = sender.candidates[at];
    const lookup = candidate ? authenticate(this.engine, candidate.token, candidate.claims) : null;
    if (!isPromise(lookup)) return this.#useCandidate(sender, at, changesBefore, lookup);
    return lookup.then(
      (found) => this.#useCandidate(sender, at, changesBefore, found),
      (error) => {
        // after a failure of storage the next call tries again
        if (this.#changes === changesBefore) this.#current = undefined;
        throw error;
      },
    );
  }

  #useCandidate(sender: Sender, at: number, changesBefore: number, found: Authenticated | null): MaybeAuthenticated {
    const { candidates, cookies } = sender;
    const candidate = candidates[at];
    if (!found && at + 1 < candidates.length) return this.#tryCandidates(sender, at + 1, changesBefore);
    if (!found || cookies.length === 0 || this.#changes !== changesBefore) return found;
    // the token may be another account's: that into which the guest of the cookie was merged
    if (candidate?.from === "cookie" && found.token !== candidate.token) this.#outgoing = found.token;
    else this.#syncCookie(found);
    // the framework may ask who is signed in when it gets the cookie
    this.#current = found;
    // a place that can set no cookie leaves the old token, which the next request exchanges in its turn
    this.#setCookies(() => undefined);
    return found;
  }

  /** Gives a cookie of this account its new token. A cookie of another account, beside a header, stays. */
  #syncCookie({ token, record }: AuthData): void {
    const { cookies } = this.sender;
    if (cookies.some((one) => one.token === token)) return;
    if (cookies.some(({ claims }) => claims && isOf(claims, record))) this.#outgoing = token;
  }

  /** Whether this request itself signed in or out. */
  get hasChanged(): boolean {
    return this.#changes > 0;
  }

  /** Runs changes of the session one after another: the second call finds what the first one made. */
  runExclusive<T>(name: string, action: () => Promise<T>): Promise<T> {
    const before = this.#lastChange;
    const run = (): Promise<T> => this.#change(name, action);
    // the caller of the previous change gets its error
    const change = before ? before.then(run, run) : run();
    this.#lastChange = change;
    return change;
  }

  /** Not an async function, which would leave more to the garbage collector than the rest of a sign-in. */
  #change<T>(name: string, action: () => Promise<T>): Promise<T> {
    try {
      this.#checkCookies(name);
    } catch (error) {
      return Promise.reject(error);
    }
    return action().then((done) => {
      // the caller may not have waited before it made the response
      this.#checkCookies(name);
      this.#setCookies((cause) => {
        throw cookiesReadOnly(name, cause);
      });
      return done;
    });
  }

  #checkCookies(name: string): void {
    const { cookies } = this.head;
    // a valid token in the header has its cookie in no response
    if (cookies && !cookies.set && this.sender.candidates[0]?.from !== "header") throw cookiesReadOnly(name);
    if (this.#responded && !cookies) throw responseSent(name);
  }

  /**
   * Makes `data` the session of the request.
   *
   * @param setsCookie Whether a client without a cookie gets one; with a token in the header it stores tokens itself
   */
  setSession(data: AuthData, setsCookie: boolean): AuthData {
    this.#signedInAs = data;
    this.#current = undefined;
    this.#changes++;
    const begins = setsCookie && this.#givesCookies;
    if (begins || this.#hasSetCookies || typeof this.#outgoing === "string" || this.sender.from === "cookie")
      this.#outgoing = data.token;
    else this.#syncCookie(data);
    return data;
  }

  /** Ends the session of the request. */
  async clearSession(options: { everywhere?: boolean } | undefined): Promise<void> {
    const present = await this.auth();
    if (present) await signOut(this.engine, present.token, options);
    this.#signedInAs = undefined;
    this.#current = null;
    this.#changes++;
    const { from, cookies } = this.sender;
    // beside a header, a cookie of another session stays: another request may have replaced it with a valid one
    if (
      from === "cookie" ||
      this.#hasSetCookies ||
      this.#outgoing ||
      cookies.some(({ claims }) => claims && ends(claims, present, options))
    )
      this.#outgoing = null;
  }

  respond(response: Response): Response {
    this.#responded ??= this.#outgoingCookies().map(serialize);
    return this.#dependsOnSession() ? withHeaders(response, this.#responded) : response;
  }

  /** Does the same for the headers of a response that is not made yet. */
  applyTo(headers: HeaderWriter): void {
    this.#responded ??= this.#outgoingCookies().map(serialize);
    if (this.#dependsOnSession()) addHeaders(headers, this.#responded, this.#hasSetCookies);
  }

  /** A response that was made after reading the session may be meant for that session only. */
  #dependsOnSession(): boolean {
    return this.#asked || this.#hasSetCookies || (this.#responded?.length ?? 0) > 0;
  }

  /** Sets the cookies that wait, if the framework sets them at once. */
  #setCookies(fail: (cause: unknown) => void): void {
    const { cookies } = this.head;
    if (!cookies?.set) return;
    const changes = this.#outgoingCookies();
    this.#outgoing = undefined;
    try {
      for (const { name, value, attributes } of changes) cookies.set(name, value, attributes);
      this.#hasSetCookies ||= changes.length > 0;
    } catch (cause) {
      fail(cause);
    }
  }

  #outgoingCookies(): readonly CookieChange[] {
    const { cookie } = this.#http;
    const outgoing = this.#outgoing;
    if (outgoing === undefined) return NONE;
    if (outgoing === null) return deletedCookies(this.head, cookie);
    const claims = verifyToken(this.engine, outgoing);
    // the token expired during the request
    if (!claims) return NONE;
    return cookiesFor(this.head, cookie, outgoing, claims.exp * 1_000 - this.engine.now());
  }
}

type MaybeAuthenticated = Authenticated | null | Promise<Authenticated | null>;

const NONE: readonly CookieChange[] = [];

/** Whether the claims are those of the account. */
export function isOf({ id, collectionId }: TokenClaims, record: AuthData["record"]): boolean {
  return id === record.id && collectionId === record.collectionName;
}

/** Whether a sign-out ends the session of these claims. */
function ends(claims: TokenClaims, present: Authenticated | null, options?: { everywhere?: boolean }): boolean {
  if (!present || !isOf(claims, present.record)) return false;
  return options?.everywhere === true || claims.sid === present.claims.sid;
}

function cookiesReadOnly(name: string, cause?: unknown): AnonError {
  return new AnonError(
    "cookies_read_only",
    `Cannot ${name} here: no cookie can be set in this place, do it where the framework sets cookies, such as an action or a route handler`,
    { cause },
  );
}

function responseSent(name: string): AnonError {
  return new AnonError(
    "response_sent",
    `Cannot ${name}: the response was made already and cannot carry the cookie any more, do it before`,
  );
}
