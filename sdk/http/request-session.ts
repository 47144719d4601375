/** The session of one request, and the cookies of its response. */

import type { Platform } from "../contract/http.ts";
import type { Client } from "../contract/limits.ts";
import type { AuthData, Authenticated, TokenClaims } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { authenticate } from "../operations/authenticate.ts";
import { signOut } from "../operations/sign-out.ts";
import { verifyToken } from "../operations/verify-token.ts";
import { clientOf } from "./client-address.ts";
import { clearCookie, setCookie } from "./cookie.ts";
import { type Sender, senderOf } from "./credentials.ts";
import type { HttpEngine } from "./http-engine.ts";
import { addHeaders, withHeaders } from "./response-headers.ts";

/**
 * A class, and not functions made for each request: those would be a third of what a request leaves to the garbage
 * collector.
 */
export class RequestSession {
  readonly request: Request;
  /** Who sends it, as it was when it was begun: a connection that was reset has lost its address. */
  readonly client: Client;
  readonly engine: Engine;
  readonly #http: HttpEngine;
  readonly #givesCookies: boolean;
  #sender: Sender | undefined;
  #current: Promise<Authenticated | null> | undefined;
  /** Who signed in here: the token is decoded when the claims are needed. */
  #signedInAs: AuthData | undefined;
  /**
   * What the cookie becomes: a token, nothing (`null`), or it stays (`undefined`). Only what the visitor asks for makes it
   * nothing: a request that brought a dead cookie may be answered after another one set a good one.
   */
  #outgoing: string | null | undefined;
  #asked = false;
  #responded: readonly string[] | undefined;
  #last: Promise<unknown> | undefined;
  /** Counts sign-ins and sign-outs: a lookup that began earlier is about the previous account. */
  #changes = 0;

  /**
   * Begins a request. Nothing is read before the first question who it comes from.
   *
   * @param givesCookies Whether signing in sets a cookie; one that is there is kept up to date in any case
   */
  constructor(http: HttpEngine, request: Request, platform: Platform, givesCookies: boolean) {
    this.#http = http;
    this.engine = http.engine;
    this.request = request;
    this.client = clientOf(http, request, platform);
    this.#givesCookies = givesCookies;
  }

  /** What it came with, read once: the check and the use see the same token. */
  get sender(): Sender {
    this.#sender ??= senderOf(this.#http, this.request);
    return this.#sender;
  }

  /** What its good tokens say: with a proof of an email they show whether the prover is signed in. */
  get signedIn(): TokenClaims[] {
    return this.sender.candidates.flatMap(({ claims }) => claims ?? []);
  }

  auth(): Promise<Authenticated | null> {
    this.#asked = true;
    if (!this.#current) {
      const looking = this.#look();
      this.#current = looking;
      if (looking === SIGNED_OUT) return looking;
      // a storage that failed may answer when it is asked again
      looking.catch(() => {
        if (this.#current === looking) this.#current = undefined;
      });
    }
    return this.#current;
  }

  #look(): Promise<Authenticated | null> {
    if (this.#signedInAs) {
      const claims = verifyToken(this.engine, this.#signedInAs.token);
      return Promise.resolve(claims && { ...this.#signedInAs, claims });
    }
    // most who call the API to sign in come with nothing
    return this.sender.from === undefined ? SIGNED_OUT : this.#lookUp(this.sender, 0, this.#changes);
  }

  /** One candidate after another. Without an async function's promises: most requests do this and little else. */
  #lookUp(sender: Sender, at: number, before: number): Promise<Authenticated | null> {
    const { candidates, kept } = sender;
    const candidate = candidates[at];
    const looking = candidate ? authenticate(this.engine, candidate.token, candidate.claims) : SIGNED_OUT;
    return looking.then((found) => {
      if (!found && at + 1 < candidates.length) return this.#lookUp(sender, at + 1, before);
      if (!found || kept.length === 0 || this.#changes !== before) return found;
      // also when it is another account's: that of a guest who was merged into it
      if (candidate?.from === "cookie" && found.token !== candidate.token) this.#outgoing = found.token;
      else this.#syncCookie(found);
      return found;
    });
  }

  /** A cookie of the same account gets its new token. A cookie of another account that came beside a header stays. */
  #syncCookie({ token, record }: AuthData): void {
    const { kept } = this.sender;
    if (kept.some((one) => one.token === token)) return;
    if (kept.some(({ claims }) => claims && isOf(claims, record))) this.#outgoing = token;
  }

  /** Whether this request itself signed in or out. */
  get hasChanged(): boolean {
    return this.#changes > 0;
  }

  /** Runs changes of the session one after another: the second call finds what the first one made. */
  runExclusive<T>(name: string, action: () => Promise<T>): Promise<T> {
    const mine = this.#after(this.#last, name, action);
    this.#last = mine;
    return mine;
  }

  async #after<T>(before: Promise<unknown> | undefined, name: string, action: () => Promise<T>): Promise<T> {
    if (before) await before.catch(() => "its own caller gets the error");
    if (this.#responded) throw tooLate(name);
    const done = await action();
    if (this.#responded) throw tooLate(name);
    return done;
  }

  /**
   * Makes `data` the session of the request.
   *
   * @param begins Whether a client without a cookie gets one: a client that sends its token in a header stores it itself
   */
  setSession(data: AuthData, begins: boolean): AuthData {
    this.#signedInAs = data;
    this.#current = undefined;
    this.#changes++;
    const gives = begins && this.#givesCookies;
    if (gives || typeof this.#outgoing === "string" || this.sender.from === "cookie") this.#outgoing = data.token;
    else this.#syncCookie(data);
    return data;
  }

  /** Ends the session of the request. */
  async clearSession(options: { everywhere?: boolean } | undefined): Promise<void> {
    const present = await this.auth();
    if (present) await signOut(this.engine, present.token, options);
    this.#signedInAs = undefined;
    this.#current = SIGNED_OUT;
    this.#changes++;
    const { from, kept } = this.sender;
    // beside a header, a cookie that is not of the session that ends stays: another request may have replaced it by a good one
    if (from === "cookie" || this.#outgoing || kept.some(({ claims }) => claims && ends(claims, present, options)))
      this.#outgoing = null;
  }

  respond(response: Response): Response {
    const cookies = this.#cookiesOfResponse();
    return cookies ? withHeaders(response, cookies) : response;
  }

  /** What `respond` does, to the headers of a response that is still to be made. */
  applyHeaders(headers: Headers): void {
    const cookies = this.#cookiesOfResponse();
    if (cookies) addHeaders(headers, cookies);
  }

  /** The cookies of the response; `null` when it does not depend on the session. */
  #cookiesOfResponse(): readonly string[] | null {
    this.#responded ??= this.#cookies();
    // a page that was made after a look at the session is for that session only
    return this.#asked || this.#responded.length > 0 ? this.#responded : null;
  }

  #cookies(): readonly string[] {
    const { cookie } = this.#http;
    const outgoing = this.#outgoing;
    if (outgoing === undefined) return NONE;
    if (outgoing === null) return clearCookie(this.request, cookie);
    const claims = verifyToken(this.engine, outgoing);
    // the session was shorter than the request
    if (!claims) return NONE;
    return setCookie(this.request, cookie, outgoing, claims.exp * 1_000 - this.engine.now());
  }
}

const SIGNED_OUT: Promise<Authenticated | null> = Promise.resolve(null);
const NONE: readonly string[] = [];

/** Whether claims are those of an account. */
export function isOf({ id, collectionId }: TokenClaims, record: AuthData["record"]): boolean {
  return id === record.id && collectionId === record.collectionName;
}

/** Whether the session of a cookie is among those that end. */
function ends(claims: TokenClaims, present: Authenticated | null, options?: { everywhere?: boolean }): boolean {
  if (!present || !isOf(claims, present.record)) return false;
  return options?.everywhere === true || claims.sid === present.claims.sid;
}

function tooLate(name: string): AnonError {
  return new AnonError(
    "response_sent",
    `Cannot ${name}: the response was made already and cannot carry the cookie any more, do it before`,
  );
}
