/** Who sends a request: the address that is counted. */
import { AnonError } from "../errors.ts";
import type { Client } from "../limits/types.ts";
import type { HttpEngine } from "./engine.ts";
import type { Platform, TrustedProxy } from "./types.ts";

/** The header that tells, and how many proxies of ours add to it. */
export interface ProxySettings {
  header: string;
  hops: number;
}

// longer than the addresses of ten proxies
const MAXIMUM_HEADER = 1_024;

const ADDRESS = /^[\da-fA-F:.[\]]{2,64}$/;

/**
 * Checks and completes the option.
 *
 * @throws {AnonError} `invalid_options`
 */
export function proxySettings(options: TrustedProxy | undefined): ProxySettings | null {
  if (options === undefined || options === null) return null;
  const { header, hops = 1 } = options;
  if (typeof header !== "string" || !/^[\w-]{1,64}$/.test(header) || header.toLowerCase() === "forwarded") {
    throw new AnonError(
      "invalid_options",
      "Cannot use this `trustedProxy.header`: use one with addresses alone, such as x-forwarded-for or cf-connecting-ip",
    );
  }
  if (!Number.isSafeInteger(hops) || hops < 1 || hops > 10) {
    throw new AnonError("invalid_options", "Cannot use this `trustedProxy.hops`: use a whole number from 1 to 10");
  }
  return { header, hops };
}

/** What is known of who sends a request. */
export function clientOf({ proxy }: HttpEngine, request: Request, platform: Platform): Client {
  return { request, address: (proxy && forwarded(request, proxy)) ?? peerOf(request, platform) };
}

function peerOf(request: Request, platform: Platform): string | undefined {
  const { hostname } = (platform.remoteAddr ?? {}) as { hostname?: string };
  const told = platform.remoteAddress ?? platform.requestIP?.(request)?.address ?? hostname;
  if (told !== undefined) return told;
  // srvx knows it of Node's requests, and of its own servers
  const { ip } = request as { ip?: unknown };
  return typeof ip === "string" && ip !== "" ? ip : undefined;
}

/** Each proxy adds whom it got the request from: what is before that of the outermost one of ours is anybody's to make up. */
function forwarded(request: Request, { header, hops }: ProxySettings): string | undefined {
  const text = request.headers.get(header) ?? "";
  const addresses = text.slice(-MAXIMUM_HEADER).split(",");
  const address = addresses[Math.max(0, addresses.length - hops)]?.trim() ?? "";
  return ADDRESS.test(address) ? address : undefined;
}
