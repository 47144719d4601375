/** `issueServiceToken` against a bare WebCrypto signature of the same bytes, 64 at a time. */
import { generateKeyPairSync } from "node:crypto";
import { createAnon } from "../../sdk/index.ts";
import type { ServiceKey } from "../../sdk/types.ts";
import memory from "../../storage-drivers/memory.ts";
import { SECRET } from "../accounts.ts";
import { against, type Bench, concurrently, interleave, type Row } from "../measure.ts";

export async function issueServiceTokenRow(bench: Bench): Promise<Row[]> {
  const count = bench.accounts(20_000);
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = privateKey.export({ format: "jwk" });
  const key = { ...jwk, kid: "bench", alg: "ES256" } as unknown as ServiceKey;
  const serviceTokens = { issuer: "https://shop.example", keys: { keys: [key] } };
  const anon = createAnon({ storage: memory(), secret: SECRET, serviceTokens });
  const session = (await anon.signInAnonymously()).token;
  const issue = async () => (await anon.issueServiceToken(session, { audience: "orders" })).token;
  const token = await issue();
  const bytes = new TextEncoder().encode(token.slice(0, token.lastIndexOf(".")));
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("jwk", jwk as JsonWebKey, algorithm, false, ["sign"]);
  const run = (action: () => Promise<unknown>) => async () => {
    await concurrently(count, 64, action);
    return count;
  };
  const measured = await interleave(
    [
      { name: "issueServiceToken", run: run(issue) },
      { name: "a bare sign", run: run(() => crypto.subtle.sign(algorithm, imported, bytes)) },
    ],
    bench.rounds(9),
  );
  return [{ name: "issueServiceToken", better: "higher", floor: 0.7, goal: 0.8, ...against(measured) }];
}
