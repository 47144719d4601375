/** Options for requests, and what a platform knows about one. */
import type { Mail } from "./records.ts";
import type { VisitorSource } from "./visitor.ts";

/** The cookie's attributes. The defaults are those of a session cookie that scripts and other sites cannot use. */
export interface CookieOptions {
  /** Without `__Host-` or `__Secure-`, which is put before it where the other attributes allow. Default `anon`. */
  name?: string;
  /** Default `/`. */
  path?: string;
  /** Also for the subdomains of this domain, without the prefix `__Host-`. Default: this host alone. */
  domain?: string;
  /** Default `true`. Over plain http on localhost the cookie has its name without prefix, and is not secure. */
  secure?: boolean;
  /** Hidden from scripts. Default `true`. */
  httpOnly?: boolean;
  /** Default `lax`. */
  sameSite?: "lax" | "strict" | "none";
  /** Whether it lasts as long as the session, or ends when the browser is closed. Default `true`. */
  persistent?: boolean;
  /** One cookie for each site this one is embedded in (CHIPS). Default `false`. */
  partitioned?: boolean;
}

/**
 * What a platform passes beside a request: Bun's server, Deno's information about the connection, Node's socket, the
 * execution context of Workers. Limits count by its address; without one they use `request.ip`, which srvx sets.
 */
export interface Platform {
  /** Node's: an IPv4 or IPv6 address. */
  remoteAddress?: string;
  /** Bun's. */
  requestIP?(request: Request): { address: string } | null;
  /** Deno's. */
  remoteAddr?: { hostname?: string } | object;
  /** Of Workers: keeps running what continues after the response, such as sending mail. */
  waitUntil?(promise: Promise<unknown>): void;
}

/** A request of the HTTP API, as a server has it that has no `Request`. */
export interface ApiMessage extends Omit<VisitorSource, "cookies" | "url"> {
  /** In upper case. */
  readonly method: string;
  /** Absolute. */
  readonly url: string;
  /**
   * Reads the body: `null` if it has more bytes than `maximum`. It rejects if the body did not arrive or was read
   * already.
   */
  readBody(maximum: number): Promise<Uint8Array | null>;
  /** As `Platform.waitUntil`. */
  waitUntil?(promise: Promise<unknown>): void;
}

/** A response of the HTTP API, before a server makes its own kind of response of it. */
export interface ApiResponse {
  /** 200 to 503. */
  status: number;
  /** By names in lower case; only `set-cookie` may be an array. */
  headers: Record<string, string | string[]>;
  /** JSON; `null` for a response without a body. */
  body: string | null;
}

/** Options of the HTTP API. */
export interface ApiOptions {
  /** Where it begins. Default `/api`. */
  basePath?: string;
  /** Whether a sign-in through the API also sets the cookie. Default `false`: clients keep the token themselves. */
  cookies?: boolean;
  /** Other origins whose pages may use it, such as `https://app.example`. Default: none, and no CORS headers. */
  origins?: readonly string[];
}

/** Your proxy, if all requests come through it. */
export interface TrustedProxy {
  /** The header in which it puts the client's address: `x-forwarded-for`, `cf-connecting-ip`. */
  header: string;
  /** How many such proxies are in a row, each of which adds an address: 1 to 10. Default 1. */
  hops?: number;
}

/** The part of `AnonOptions` that is for requests. */
export interface RequestOptions {
  /** Where limits find the client's address. Default: the connection's, because any client can set such a header. */
  trustedProxy?: TrustedProxy;
  /** The cookie that holds the token. */
  cookie?: CookieOptions;
  /** `false`: no HTTP API, for servers that only render pages. */
  api?: ApiOptions | false;
  /**
   * Sends the mails of the HTTP API, whose routes for mail exist only with it. The response does not wait for it, so
   * that its time does not reveal whether an address is known. The application handles its rejections.
   */
  sendMail?: (mail: Mail) => unknown;
}
