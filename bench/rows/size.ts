/** What a page loads of the client, and a service of the verifier. */
import { fileURLToPath } from "node:url";
import { bundleSize } from "../../scripts/run/bundle-size.mjs";
import type { Row } from "../measure.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export async function size(): Promise<Row[]> {
  return [await row("anon-accounts/client", 4_096, 3_584), await row("anon-accounts/verify", 10_240, 9_216)];
}

async function row(entry: string, floor: number, goal: number): Promise<Row> {
  const bytes = await bundleSize(`export * from "${entry}";`, { resolveDir: ROOT });
  return {
    name: `${entry}: bytes, minified and gzipped`,
    ratio: bytes,
    better: "lower",
    floor,
    goal,
    ours: `${bytes} bytes`,
    against: "",
  };
}
