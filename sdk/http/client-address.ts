/** The address that sends a request, for limits per address. */

import type { Platform } from "../contract/http.ts";
import type { Client } from "../contract/limits.ts";
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
      'A request came without the address of its sender, so limits per address do not apply to it. Pass `{ remoteAddress }` as the last argument of anon.run, anon.context or anon.handler, or set `trustedProxy: { header: "x-forwarded-for" }` behind a proxy that sets this header (docs/limits.md)',
    );
  };
}

export function clientOf(http: HttpEngine, request: Request, platform: Platform): Client {
  const address = (http.proxy && forwardedAddress(request, http.proxy)) ?? peerAddress(request, platform);
  if (address !== undefined) return { request, address };
  return {
    request,
    // limits read it when they count: a page that only asks who is signed in counts nothing, so it needs no warning
    get address() {
      http.warnNoAddress();
      return undefined;
    },
  };
}

/** The part of srvx's request that is used. */
interface SrvxRequest extends Request {
  ip?: unknown;
  runtime?: { node?: object };
}

/** All connections without an address share this one: they were reset, or are Unix sockets. */
const UNKNOWN = "unknown";

function peerAddress(request: Request, platform: Platform): string | undefined {
  if (platform.remoteAddress !== undefined) return platform.remoteAddress;
  if (typeof platform.requestIP === "function") return platform.requestIP(request)?.address ?? UNKNOWN;
  if (platform.remoteAddr) return (platform.remoteAddr as { hostname?: string }).hostname ?? UNKNOWN;
  // srvx sets it for Node's requests and for its own servers
  const { ip, runtime } = request as SrvxRequest;
  if (typeof ip === "string" && ip !== "") return ip;
  return runtime?.node ? UNKNOWN : undefined;
}

/** Each proxy appends the address that sent it the request. A client can forge the addresses before those. */
function forwardedAddress(request: Request, { header, hops }: ProxySettings): string | undefined {
  const text = request.headers.get(header) ?? "";
  const addresses = text.slice(-MAXIMUM_HEADER).split(",");
  const address = addresses[Math.max(0, addresses.length - hops)]?.trim() ?? "";
  return ADDRESS.test(address) ? address : undefined;
}
