/** `signInAnonymously` in memory against its cryptographic operations and a `Map`. */
import { createHmac, createSecretKey, hash, randomFillSync } from "node:crypto";
import memory from "../../storage-drivers/memory.ts";
import { anonOver, SECRET, sampleOf } from "../accounts.ts";
import { against, type Bench, interleave, type Row } from "../measure.ts";

// id, password and session id: 8, 13 and 8 times 16 bits
const RANDOM_BYTES = 58;

const { Bun } = globalThis;

// the size of the SDK's pool of random bytes
const POOL = Buffer.alloc(32_768);

// the hashed text is `<id>:<password>`, 15 + 1 + 26 characters
const HASHED = 42;

export async function signInMemory(bench: Bench): Promise<Row[]> {
  const count = bench.accounts(200_000);
  const sample = await sampleOf(memory());
  const signed = sample.token.slice(0, sample.token.lastIndexOf("."));
  const key = createSecretKey(Buffer.from(SECRET));
  const keyed = new Bun.CryptoHasher("sha256", SECRET);
  const byHand = {
    "node:crypto": {
      hash: (text: string) => hash("sha256", text, "base64"),
      sign: (text: string) => createHmac("sha256", key).update(text).digest("base64url"),
    },
    "Bun's own": {
      hash: (text: string) => Bun.SHA256.hash(text, "base64"),
      sign: (text: string) => keyed.copy().update(text).digest("base64url"),
    },
  };
  const measured = await interleave(
    [
      {
        name: "signInAnonymously",
        async run() {
          const anon = anonOver(memory());
          for (let i = 0; i < count; i++) await anon.signInAnonymously();
          return count;
        },
      },
      ...Object.entries(byHand).map(([name, by]) => ({
        name: `random bytes, SHA-256, HMAC, Map.set with ${name}`,
        run() {
          const map = new Map<string, string>();
          let at = POOL.length;
          for (let i = 0; i < count; i++) {
            if (at + RANDOM_BYTES > POOL.length) {
              randomFillSync(POOL);
              // ASCII letters, which have the same length in every encoding
              for (let byte = 0; byte < POOL.length; byte++) POOL[byte] = 97 + ((POOL[byte] as number) & 15);
              at = 0;
            }
            const random = POOL.toString("latin1", at, at + RANDOM_BYTES);
            at += RANDOM_BYTES;
            const password = by.hash(random.slice(0, HASHED));
            const mac = by.sign(random + signed.slice(RANDOM_BYTES));
            map.set(random.slice(0, 15), password + mac);
          }
          return map.size;
        },
      })),
    ],
    bench.rounds(9),
    2,
  );
  return [{ name: "sign-in, memory", better: "higher", floor: 0.35, goal: 0.5, ...against(measured) }];
}
