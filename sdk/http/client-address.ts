/** The address that sends a request, for limits per address. */

import type { Platform } from "../contract/http.ts";
import type { Client } from "../contract/limits.ts";
import type { HeaderReader } from "../contract/visitor.ts";
import { isByAddress, type LimitSettings } from "../settings/limits.ts";
import type { ProxySettings } from "../settings/proxy.ts";
import { warn } from "../warn.ts";
import type { HttpEngine } from "./http-engine.ts";

// longer than the addresses of ten proxies, which is the maximum of `hops`
const MAXIMUM_HEADER = 1_024;

const ADDRESS = /^[\da-fA-F:.[\]]{2,64}$/;

/**
 * Warns once that limits per address do not apply, if there are any. A framework that passes only a `Request` (Next.js)
 * would otherwise disable them silently.
 */
export function addressWarning({ rates }: LimitSettings): () => void {
  let warned = ![...rates.keys()].some(isByAddress);
  return () => {
    if (warned) return;
    warned = true;
    warn(
      "ANON_NO_ADDRESS",
      "A request came without the address of its sender, so limits per address do not apply to it. If clients connect directly, pass `{ remoteAddress }` as the last argument of anon.run, anon.context or anon.handler. If every request comes through a proxy, set `trustedProxy` to the header that it sets; otherwise any client could forge it (docs/limits.md)",
    );
  };
}

/**
 * The client of a request.
 *
 * @param peer The address of the connection, if it is known
 */
export function clientOf(
  http: HttpEngine,
  { headers }: { headers: HeaderReader },
  of: Requested,
  peer?: string,
): Client {
  const address = (http.proxy && forwardedAddress(headers, http.proxy)) ?? peer;
  return new RequestClient(http, of, address);
}

/** What may make a `Request` for hooks. */
interface Requested {
  readonly request?: Request;
}

/** A class, because two getters made for each request cost more than the rest of it. */
class RequestClient implements Client {
  readonly #http: HttpEngine;
  readonly #of: Requested;
  readonly #address: string | undefined;

  constructor(http: HttpEngine, of: Requested, address: string | undefined) {
    this.#http = http;
    this.#of = of;
    this.#address = address;
  }

  /** Only hooks read it: a source may make it for them. */
  get request(): Request | undefined {
    return this.#of.request;
  }

  /** Only limits read it, when they count: a page that only asks who is signed in needs no warning. */
  get address(): string | undefined {
    if (this.#address === undefined) this.#http.warnNoAddress();
    return this.#address;
  }
}

/** The part of srvx's request that is used. */
interface SrvxRequest extends Request {
  ip?: unknown;
  runtime?: { node?: object };
}

/** All connections without an address share this one: they were reset, or are Unix sockets. */
export const UNKNOWN_ADDRESS = "unknown";

/** The address of the connection that sent a `Request`; `undefined` if the platform does not tell it. */
export function peerAddress(request: Request, platform: Platform): string | undefined {
  if (platform.remoteAddress !== undefined) return platform.remoteAddress;
  if (typeof platform.requestIP === "function") return platform.requestIP(request)?.address ?? UNKNOWN_ADDRESS;
  if (platform.remoteAddr) return (platform.remoteAddr as { hostname?: string }).hostname ?? UNKNOWN_ADDRESS;
  // srvx sets it for Node's requests and for its own servers
  const { ip, runtime } = request as SrvxRequest;
  if (typeof ip === "string" && ip !== "") return ip;
  return runtime?.node ? UNKNOWN_ADDRESS : undefined;
}

/** Each proxy appends the address that sent it the request. A client can forge the addresses before those. */
function forwardedAddress(headers: HeaderReader, { header, hops }: ProxySettings): string | undefined {
  const text = headers.get(header) ?? "";
  const addresses = text.slice(-MAXIMUM_HEADER).split(",");
  const address = addresses[Math.max(0, addresses.length - hops)]?.trim() ?? "";
  return ADDRESS.test(address) ? address : undefined;
}
