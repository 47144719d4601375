/**
 * Where a key lives. Keys are spread over 64 shards by a hash of their own; each shard has one hash tag, so its keys
 * and its due queue share a slot of a cluster. A standalone server has the same layout: moving to a cluster and back
 * loses nothing.
 */

/** One tag per shard; their CRC16 slots lie about 256 apart, so that any number of masters gets an even share. */
export const TAGS: readonly string[] = (
  "mm 6q 9i e8 29 21 ap ax 0j kv dn df 3g o6 gc xw 8g d6 lc 02 g3 4c on 4r 99 91 1d m5 fm yy 2i iu " +
  "7a k0 ce 8y 4l op x9 x1 jf 1z zj b3 ik 2w yg fs bk 9w 6o ms af an 5b i3 c5 dp kh 0t xi xa he 44"
).split(" ");

/** The shard of `key`: FNV-1a with its high bits folded in. Stored data depends on it; it must never change. */
export function shardOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15) ^ (hash >>> 23)) & 63;
}

/** Spells the Redis keys of one base. */
export class Layout {
  /** `<base>:{<tag>}:` per shard; all of one length. */
  readonly prefixes: readonly string[];
  /** The sorted set with the due queue of each shard. Without the colon it is no key's name. */
  readonly queues: readonly string[];
  readonly prefixLength: number;
  readonly base: string;

  constructor(base: string) {
    this.base = base;
    this.prefixes = TAGS.map((tag) => `${base}:{${tag}}:`);
    this.queues = TAGS.map((tag) => `${base}:{${tag}}due`);
    this.prefixLength = base.length + 6;
  }

  /** A SCAN pattern for the keys that begin with `prefix`. */
  pattern(prefix: string): string {
    return `${escapeGlob(this.base)}:{??}:${escapeGlob(prefix)}*`;
  }
}

function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, "\\$&");
}
