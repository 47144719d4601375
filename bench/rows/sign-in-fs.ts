/** `signInAnonymously` in files against temporary file + link + unlink of the same bytes. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { link, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fs from "../../storage-drivers/fs/index.ts";
import { formatRecord } from "../../storage-drivers/fs/record.ts";
import { anonOver, sampleOf } from "../accounts.ts";
import { against, type Bench, concurrently, interleave, type Row } from "../measure.ts";

const WIDTH = 64;
const SHARDS = 256;

export async function signInFs(bench: Bench): Promise<Row[]> {
  const count = bench.accounts(20_000);
  const scratch = mkdtempSync(join(tmpdir(), "anon-bench-"));
  const storage = fs({ base: join(scratch, "sdk") });
  const anon = anonOver(storage);
  const bare = join(scratch, "bare");
  mkdirSync(join(bare, "tmp"), { recursive: true });
  for (let shard = 0; shard < SHARDS; shard++) {
    mkdirSync(join(bare, "data", shard.toString(16).padStart(2, "0")), { recursive: true });
  }
  try {
    const sample = await sampleOf(storage);
    const text = formatRecord(sample.text, Date.now());
    let unique = 0;
    const create = async () => {
      const n = unique++;
      const temporary = join(bare, `tmp/${n}`);
      // as long as an account's file name, in which colons are %3a
      const name = `acc%3ausers%3a${n.toString(36).padStart(15, "0")}`;
      await writeFile(temporary, text, { flag: "wx", mode: 0o600 });
      await link(temporary, join(bare, "data", (n % SHARDS).toString(16).padStart(2, "0"), name));
      await unlink(temporary);
    };
    const measured = await interleave(
      [
        { name: "signInAnonymously", run: () => concurrently(count, WIDTH, () => anon.signInAnonymously()) },
        { name: "temporary file, link, unlink", run: () => concurrently(count, WIDTH, create) },
      ],
      bench.rounds(9),
      1,
    );
    return [{ name: "sign-in, fs, 64 concurrent", better: "higher", floor: 0.5, goal: 0.7, ...against(measured) }];
  } finally {
    await storage.dispose();
    rmSync(scratch, { recursive: true, force: true });
  }
}
