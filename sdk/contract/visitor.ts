/** What is read of a request and written to its response, whichever kind of requests and responses a server has. */

/** The part of `Headers` that reads: any object that returns a header by its name in lower case. */
export interface HeaderReader {
  /** The value, `null` or `undefined` without that header. */
  get(name: string): string | null | undefined;
}

/** The part of `Headers` that changes a response. */
export interface HeaderWriter {
  /** Lower-case and canonical names are the same header. */
  get(name: string): string | null;
  /** Replaces all values. */
  set(name: string, value: string): void;
  /** Adds a value. */
  append(name: string, value: string): void;
  /** Removes all values. */
  delete(name: string): void;
  /** The values of `Set-Cookie`. */
  getSetCookie(): string[];
}

/** The attributes of a cookie, in the form that the cookie stores of frameworks accept. */
export interface CookieAttributes {
  /** As `CookieOptions.path`. */
  path: string;
  /** As `CookieOptions.domain`; absent for this host alone. */
  domain?: string;
  /** Whether scripts cannot read it. */
  httpOnly: boolean;
  /** Whether it needs https. */
  secure: boolean;
  /** Which requests of other sites send it. */
  sameSite: "lax" | "strict" | "none";
  /** Seconds from now; 0 deletes the cookie. Absent for a cookie that ends with the browser. */
  maxAge?: number;
  /** One cookie for each embedding site. Absent for `false`. */
  partitioned?: boolean;
}

/** The cookies of a request, and of its response. */
export interface CookieStore {
  /** The value of a cookie as it was sent; an array if there are several of that name. */
  get(name: string): string | readonly string[] | null | undefined;
  /** Sets a cookie of the response. Absent where none can be set: in a server component, or after the head was sent. */
  set?(name: string, value: string, attributes: CookieAttributes): unknown;
}

/** What is read of a request. A framework's adapter makes it of its own kind of request. */
export interface VisitorSource {
  /** Those of the request. */
  readonly headers: HeaderReader;
  /** Absolute. Default: from the headers `Host` and `X-Forwarded-Proto`. */
  readonly url?: string;
  /** Default: the header `Cookie`; then `applyTo` adds the response's cookies. */
  readonly cookies?: CookieStore;
  /** The client's IP address, which limits count by. Without it limits by address do not apply. */
  readonly address?: string | undefined;
  /** For hooks. */
  readonly request?: Request;
  /**
   * Called with the name of each call of the visitor, before it. What it throws refuses the call: an adapter throws where a
   * response is for other visitors too.
   */
  onCall?(name: string): void;
  /**
   * Called with each error of the SDK that a call of the visitor throws, and what a hook refuses with, before it is thrown:
   * an adapter adds what its framework reads of errors, such as a status.
   */
  onError?(error: Error): void;
}
