/** Domains of emails and cookies. */

/** The domain of guests' emails unless configured: reserved by RFC 2606, so nothing sent to it arrives anywhere. */
export const ANONYMOUS_DOMAIN = "anonymous.invalid";

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** The ASCII form of a domain with at least two labels (`müller.de` is `xn--mller-kva.de`), or `null`. */
export function canonicalDomain(domain: string): string | null {
  // what URL would take as something else than a host
  if (domain === "" || /[\s\p{C}/?#@:\\%[\]]/u.test(domain)) return null;
  let host: string;
  try {
    host = new URL(`http://${domain}`).hostname;
  } catch {
    return null;
  }
  const labels = host.split(".");
  const last = labels.at(-1) as string;
  return labels.length >= 2 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(last) ? host : null;
}
