/** The origin of this server, as browsers see it. */
import type { Context } from "hono";

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** Plain http with any other host than this machine comes from a proxy that terminates TLS. */
export function originOf(c: Context): string {
  const url = new URL(c.req.url);
  if (!isLoopback(url)) url.protocol = "https:";
  return url.origin;
}

/** Whether the URL is on this machine, where plain http is safe. */
export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.test(hostname);
}
