/** Who sends a request: the address that is counted. */

import type { Platform } from "../contract/http.ts";
import type { Client } from "../contract/limits.ts";
import { isByAddress, type LimitSettings } from "../settings/limits.ts";
import type { ProxySettings } from "../settings/proxy.ts";
import { warn } from "../warn.ts";
import type { HttpEngine } from "./http-engine.ts";

// longer than the addresses of ten proxies
const MAXIMUM_HEADER = 1_024;

const ADDRESS = /^[\da-fA-F:.[\]]{2,64}$/;

/**
 * Warns once that limits per address cannot be in force, if there are any. A framework that hands over a bare `Request`
 * (Next.js) would otherwise switch them off without a word.
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

/** What is known of who sends a request. */
export function clientOf(http: HttpEngine, request: Request, platform: Platform): Client {
  const address = (http.proxy && forwarded(request, http.proxy)) ?? peerOf(request, platform);
  if (address !== undefined) return { request, address };
  return {
    request,
    // read when something is to be counted by it: a page that only asks who is signed in counts nothing
    get address() {
      http.missAddress();
      return undefined;
    },
  };
}

/** What is used of srvx's request. */
interface SrvxRequest extends Request {
  ip?: unknown;
  runtime?: { node?: object };
}

/** Of a connection that was reset meanwhile, or is a Unix socket: known of it is only that it was there. */
const UNKNOWN = "unknown";

function peerOf(request: Request, platform: Platform): string | undefined {
  if (platform.remoteAddress !== undefined) return platform.remoteAddress;
  if (typeof platform.requestIP === "function") return platform.requestIP(request)?.address ?? UNKNOWN;
  if (platform.remoteAddr) return (platform.remoteAddr as { hostname?: string }).hostname ?? UNKNOWN;
  // srvx knows it of Node's requests, and of its own servers
  const { ip, runtime } = request as SrvxRequest;
  if (typeof ip === "string" && ip !== "") return ip;
  return runtime?.node ? UNKNOWN : undefined;
}

/** Each proxy adds the address that it got the request from; what precedes the outermost trusted proxy may be made up. */
function forwarded(request: Request, { header, hops }: ProxySettings): string | undefined {
  const text = request.headers.get(header) ?? "";
  const addresses = text.slice(-MAXIMUM_HEADER).split(",");
  const address = addresses[Math.max(0, addresses.length - hops)]?.trim() ?? "";
  return ADDRESS.test(address) ? address : undefined;
}
