/** `verifyToken` against `createHmac` over the same bytes. */
import { createHmac, createSecretKey } from "node:crypto";
import memory from "../../storage-drivers/memory.ts";
import { anonOver, SECRET } from "../accounts.ts";
import { against, type Bench, interleave, type Row } from "../measure.ts";

/** So many that none is remembered until it comes again: each is verified anew. */
const TOKENS = 30_000;

export async function verifyTokenRow(bench: Bench): Promise<Row[]> {
  const count = bench.accounts(1_000_000);
  const anon = anonOver(memory());
  const tokens: string[] = [];
  for (let i = 0; i < TOKENS; i++) tokens.push((await anon.signInAnonymously()).token);
  const signed = tokens.map((token) => token.slice(0, token.lastIndexOf(".")));
  const hmac = (name: string, key: Parameters<typeof createHmac>[1]) => ({
    name: `createHmac with a ${name}`,
    run() {
      let length = 0;
      for (let i = 0; i < count; i++) {
        length += createHmac("sha256", key)
          .update(signed[i % TOKENS]!)
          .digest("base64url").length;
      }
      return length / 43;
    },
  });
  const measured = await interleave(
    [
      {
        name: "verifyToken",
        run() {
          let valid = 0;
          for (let i = 0; i < count; i++) if (anon.verifyToken(tokens[i % TOKENS]!)) valid++;
          if (valid !== count) throw new Error("A token was not accepted");
          return valid;
        },
      },
      hmac("string as its key", SECRET),
      hmac("prepared key", createSecretKey(Buffer.from(SECRET))),
    ],
    bench.rounds(9),
    2,
  );
  return [{ name: "verifyToken", better: "higher", floor: 0.5, goal: 0.7, ...against(measured) }];
}
