/** An IPv4 address. */
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

const IPV6_PARTS = 8;
const BITS = 16;

/**
 * An IPv4 address is counted by itself, an IPv6 address by its network of `prefix` bits. A port, brackets and the zone of an
 * interface are left out. `null` for a text that is no address.
 */
export function networkOf(address: string, prefix: number): string | null {
  if (IPV4.test(address)) return address;
  const text = address.trim();
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  const bare = bracketed ?? text.replace(/^([\d.]+):\d+$/, "$1");
  if (IPV4.test(bare)) return bare;
  const parts = partsOf(bare.replace(/%.+$/, ""));
  if (!parts) return null;
  const network = parts.map((part, index) => {
    const kept = Math.min(BITS, Math.max(0, prefix - index * BITS));
    return (part & (0xffff << (BITS - kept)) & 0xffff).toString(16);
  });
  return mappedIpv4(parts) ?? `${network.join(":")}/${prefix}`;
}

/** The eight parts of an IPv6 address, by the parser that every runtime has for URLs. */
function partsOf(address: string): number[] | null {
  if (!/^[\da-f:.]+$/i.test(address) || !URL.canParse(`http://[${address}]`)) return null;
  // in one notation: lower case, no part in decimals, the longest zeros as `::`
  const { hostname } = new URL(`http://[${address}]`);
  const [head = [], tail = []] = hostname
    .slice(1, -1)
    .split("::")
    .map((half) => half.split(":").filter(Boolean));
  const zeros = new Array<string>(IPV6_PARTS - head.length - tail.length).fill("0");
  return [...head, ...zeros, ...tail].map((part) => Number.parseInt(part, 16));
}

/** An IPv4 address that a socket for both shows as ::ffff:1.2.3.4 is that IPv4 address. */
function mappedIpv4(parts: readonly number[]): string | null {
  const [high = 0, low = 0] = parts.slice(6);
  const isMapped = parts[5] === 0xffff && parts.slice(0, 5).every((part) => part === 0);
  return isMapped ? [high >> 8, high & 255, low >> 8, low & 255].join(".") : null;
}
