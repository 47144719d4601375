/** `gc` of a twentieth of the accounts in files against `unlink` of as many files. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync, utimesSync, writeFileSync } from "node:fs";
import { unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fs from "../../storage-drivers/fs/index.ts";
import { dataPath } from "../../storage-drivers/fs/names.ts";
import { formatRecord } from "../../storage-drivers/fs/record.ts";
import { runGc, sampleOf, seed } from "../accounts.ts";
import { against, type Bench, concurrently, interleave, type Row } from "../measure.ts";

const WIDTH = 64;

export async function gcFs(bench: Bench): Promise<Row[]> {
  const due = bench.accounts(10_000);
  const all = bench.accounts(200_000);
  const scratch = mkdtempSync(join(tmpdir(), "anon-bench-"));
  const base = join(scratch, "sdk");
  const storage = fs({ base });
  try {
    await seed(storage, all - due - 1);
    const { text } = await sampleOf(storage);
    const bare = (directory: string) => ({
      paths: Array.from({ length: due }, (_, i) =>
        join(directory, dataPath(`acc%3ausers%3a${i.toString(36).padStart(15, "0")}`)),
      ),
      prepare() {
        for (let shard = 0; shard < 256; shard++) {
          mkdirSync(join(directory, "data", shard.toString(16).padStart(2, "0")), { recursive: true });
        }
        for (const path of this.paths) writeFileSync(path, formatRecord(text, Date.now()), { mode: 0o600 });
        flush();
      },
    });
    const parallel = bare(join(scratch, "parallel"));
    const serial = bare(join(scratch, "serial"));
    const measured = await interleave(
      [
        {
          name: "gc",
          async prepare() {
            // a driver of its own, so that none writes to the logs after they were made old
            const seeder = fs({ base });
            await seed(seeder, due, 30);
            await seeder.dispose();
            backdate(join(base, "due"));
            flush();
          },
          run: () => runGc(storage, due),
        },
        {
          name: "unlink, 64 concurrent",
          prepare: () => parallel.prepare(),
          run: () => concurrently(due, WIDTH, (index) => unlink(parallel.paths[index]!)),
        },
        {
          name: "unlinkSync",
          prepare: () => serial.prepare(),
          run() {
            for (const path of serial.paths) unlinkSync(path);
            return due;
          },
        },
      ],
      bench.rounds(5),
      1,
    );
    return [{ name: "gc of 10,000 of 200,000, fs", better: "higher", floor: 0.25, goal: 0.5, ...against(measured) }];
  } finally {
    await storage.dispose();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Makes the logs an hour old, as those of inactive accounts are: gc removes no log that may still be written to. */
function backdate(due: string): void {
  const then = Date.now() / 1_000 - 3_600;
  for (const bucket of readdirSync(due)) {
    for (const log of readdirSync(join(due, bucket))) utimesSync(join(due, bucket, log), then, then);
  }
}

/** Inactive accounts have long been on the disk. To remove a file that was never written there is other work. */
function flush(): void {
  execFileSync("sync");
}
