/** What servers and options say about requests. */
import type { Mail } from "./records.ts";

/** The cookie's attributes. The defaults are those of a session cookie that scripts and other sites cannot use. */
export interface CookieOptions {
  /** Without prefix: `__Host-` or `__Secure-` is put before it where the other attributes allow. Default `anon`. */
  name?: string;
  /** Default `/`. */
  path?: string;
  /** Also for the subdomains of this domain, which gives up the prefix `__Host-`. Default: this host alone. */
  domain?: string;
  /** Default `true`; over plain http on localhost the cookie goes by its name without prefix, and is not secure. */
  secure?: boolean;
  /** Hidden from scripts. Default `true`. */
  httpOnly?: boolean;
  /** Default `lax`. */
  sameSite?: "lax" | "strict" | "none";
  /** Whether it lives as long as the session (the default) or ends with the browser. */
  persistent?: boolean;
  /** One cookie for each site this one is embedded in (CHIPS). Default `false`. */
  partitioned?: boolean;
}

/**
 * What a platform knows beside a request, as it hands it over: Bun's server, Deno's information about the connection, the
 * socket of Node, the execution context of Workers. Who sent the request is what limits count by; where nothing here tells
 * it is `request.ip`, which srvx sets.
 */
export interface Platform {
  /** An IPv4 or IPv6 address. */
  remoteAddress?: string;
  /** Bun's server tells it so. */
  requestIP?(request: Request): { address: string } | null;
  /** Deno's information about a connection does. */
  remoteAddr?: { hostname?: string } | object;
  /** Keeps what goes on after the response (sending mail) from being ended. */
  waitUntil?(promise: Promise<unknown>): void;
}

/** The HTTP API. */
export interface ApiOptions {
  /** Where it begins. Default `/api`. */
  basePath?: string;
  /** Whether signing in through the API sets the cookie too. Default `false`: clients keep the token themselves. */
  cookies?: boolean;
  /** Other origins whose pages may use it, such as `https://app.example`. Default none: no CORS headers. */
  origins?: readonly string[];
}

/** A proxy of yours, through which every request comes. */
export interface TrustedProxy {
  /** The header in which it tells whom a request is from: `x-forwarded-for`, `cf-connecting-ip`. */
  header: string;
  /** How many such proxies there are in a row, each of which adds an address. Default 1. */
  hops?: number;
}

/** What `AnonOptions` says about requests. */
export interface RequestOptions {
  /** Where limits find a request's address when there is a proxy. Default none: any client may set such a header. */
  trustedProxy?: TrustedProxy;
  cookie?: CookieOptions;
  /** Where the HTTP API is and what it gives; `false`: there is none, which is right for servers that render pages alone. */
  api?: ApiOptions | false;
  /**
   * Sends the mails of the HTTP API. It is not waited for, so that its time does not reveal whether an
   * address is known; what it rejects with is for the application to look after. Without it those routes are not there.
   */
  sendMail?: (mail: Mail) => unknown;
}
