/**
 * Base64 into bytes that are used again for every text. `atob` makes a string of its own of each, and the memory for
 * that is what it costs: on Bun ten times as much as decoding.
 */

/** Decodes text of at most {@link MAXIMUM_BASE64} characters. Only for text whose signature was verified: it may be lenient. */
export interface Base64Bytes {
  /** What the last text held, until the next one is decoded. */
  readonly bytes: Uint8Array;
  /** Decodes, and returns the number of bytes; -1 when it is no base64. */
  decode(base64: string): number;
  /** Some of the bytes as text, one character each. */
  text(from: number, to: number): string;
}

export const MAXIMUM_BASE64 = 2_048;

/** Through `Buffer`, which Node, Deno and Bun have. */
function bufferBytes({ Buffer }: typeof import("node:buffer")): Base64Bytes {
  const bytes = Buffer.alloc(MAXIMUM_BASE64);
  return {
    bytes,
    decode: (base64) => bytes.write(base64, "base64"),
    text: (from, to) => bytes.toString("latin1", from, to),
  };
}

/** Works everywhere. */
export function portableBytes(): Base64Bytes {
  const bytes = new Uint8Array(MAXIMUM_BASE64);
  return {
    bytes,
    decode(base64) {
      try {
        const text = atob(base64);
        for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
        return text.length;
      } catch {
        return -1;
      }
    },
    text: (from, to) => String.fromCharCode(...bytes.subarray(from, to)),
  };
}

function fastest(): Base64Bytes {
  const host = globalThis as {
    process?: { getBuiltinModule?: (name: string) => typeof import("node:buffer") | undefined };
  };
  const buffer = host.process?.getBuiltinModule?.("node:buffer");
  return buffer?.Buffer ? bufferBytes(buffer) : portableBytes();
}

/** What this runtime uses. */
export const base64Bytes: Base64Bytes = fastest();
