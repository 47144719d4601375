/**
 * Where a key lives. Keys are spread over 16 shards by a hash of their own; each shard has one hash tag, so its keys
 * and its due queue share a slot of a cluster. A standalone server has the same layout: moving to a cluster and back
 * loses nothing. Sixteen give a cluster of up to 16 masters its share, and few enough queues that a batch of sign-ins
 * fills each with one command.
 */
import { Buffer } from "node:buffer";

/** One tag per shard; their CRC16 slots lie about 1,024 apart, so that any number of masters gets an even share. */
export const TAGS: readonly string[] = "18 5x dj 3r d2 pv uh iy ly h9 uv q6 9s 5f dt ha".split(" ");

/** The shard of `key`: FNV-1a with its high bits folded in. Stored data depends on it; it must never change. */
export function shardOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15) ^ (hash >>> 23)) & 15;
}

/** Spells the Redis keys of one base. */
export class Layout {
  /** `<base>:{<tag>}:` per shard; all of one length. */
  readonly prefixes: readonly string[];
  /** The sorted set with the due queue of each shard. Without the colon it is no key's name. */
  readonly queues: readonly string[];
  /** In bytes, which is what Redis counts. */
  readonly prefixLength: number;
  readonly base: string;

  constructor(base: string) {
    this.base = base;
    this.prefixes = TAGS.map((tag) => `${base}:{${tag}}:`);
    this.queues = TAGS.map((tag) => `${base}:{${tag}}due`);
    this.prefixLength = Buffer.byteLength(base) + 6;
  }

  /** The Redis key of `key`. */
  nameOf(key: string): string {
    return this.prefixes[shardOf(key)] + key;
  }

  /** A SCAN pattern for the keys that begin with `prefix`. */
  pattern(prefix: string): string {
    return `${escapeGlob(this.base)}:{??}:${escapeGlob(prefix)}*`;
  }
}

function escapeGlob(text: string): string {
  return text.replace(/[\\*?[\]]/g, "\\$&");
}
