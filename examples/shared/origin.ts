/** Where a browser finds this server. */
import type { Context } from "hono";

const LOOPBACK = /^(localhost|127\.0\.0\.1|\[::1\])$/;

/** Plain http beyond this machine is a proxy's that ends TLS. */
export function originOf(c: Context): string {
  const url = new URL(c.req.url);
  if (!isLoopback(url)) url.protocol = "https:";
  return url.origin;
}

/** Whether it is this machine, where plain http is heard by nobody else. */
export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.test(hostname);
}
