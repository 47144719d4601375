/** `signInAnonymously` in memory against its cryptography and a `Map`, by hand. */
import { createHmac, createSecretKey, hash, randomFillSync } from "node:crypto";
import memory from "../../storage-drivers/memory.ts";
import { anonOver, SECRET, sampleOf } from "../accounts.ts";
import { against, type Bench, interleave, type Row } from "../measure.ts";

// id, password and session id: 8, 13 and 8 times 16 bits
const RANDOM_BYTES = 58;

// as many as the SDK draws at a time
const POOL = Buffer.alloc(32_768);

// what is hashed is `<id>:<password>`, 15 + 1 + 26 characters; all ASCII, so latin1 is bytes
const HASHED = 42;

export async function signInMemory(bench: Bench): Promise<Row[]> {
  const count = bench.accounts(200_000);
  const sample = await sampleOf(memory());
  const signed = sample.token.slice(0, sample.token.lastIndexOf("."));
  const key = createSecretKey(Buffer.from(SECRET));
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
      {
        name: "random bytes, SHA-256, HMAC, Map.set",
        run() {
          const map = new Map<string, string>();
          let at = POOL.length;
          for (let i = 0; i < count; i++) {
            if (at + RANDOM_BYTES > POOL.length) {
              randomFillSync(POOL);
              at = 0;
            }
            const random = POOL.toString("latin1", at, at + RANDOM_BYTES);
            at += RANDOM_BYTES;
            const password = hash("sha256", Buffer.from(random.slice(0, HASHED), "latin1"), "base64");
            const mac = createHmac("sha256", key).update(random).update(signed.slice(RANDOM_BYTES)).digest("base64url");
            map.set(random.slice(0, 15), password + mac);
          }
          return map.size;
        },
      },
    ],
    bench.rounds(9),
    2,
  );
  return [{ name: "sign-in, memory", better: "higher", floor: 0.35, goal: 0.5, ...against(measured) }];
}
