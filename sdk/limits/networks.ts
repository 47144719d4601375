import ipaddr from "ipaddr.js";

/** The usual form of an IPv4 address, which parsing would not change. */
const PLAIN = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/**
 * An IPv4 address is counted by itself, an IPv6 address by its network of `prefix` bits. A port, brackets and the zone
 * of an interface are left out. `null` for a text that is no address.
 */
export function networkOf(address: string, prefix: number): string | null {
  if (PLAIN.test(address)) return address;
  const text = address.trim();
  const [, bracketed] = /^\[([^\]]*)\](?::\d+)?$/.exec(text) ?? [];
  // the zone of an interface may have a dot, which ipaddr.js does not accept
  const bare = (bracketed ?? text.replace(/^([\d.]+):\d+$/, "$1")).replace(/%.+$/, "");
  if (!ipaddr.isValid(bare)) return null;
  // an IPv4 address that a socket for both shows as ::ffff:1.2.3.4 is that IPv4 address
  const parsed = ipaddr.process(bare);
  if (parsed.kind() === "ipv4") return parsed.toString();
  const parts = (parsed as ipaddr.IPv6).parts.map((part, index) => {
    const kept = Math.min(16, Math.max(0, prefix - index * 16));
    return (part & (0xffff << (16 - kept)) & 0xffff).toString(16);
  });
  return `${parts.join(":")}/${prefix}`;
}
