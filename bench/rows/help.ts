/** `anon --help` against the same runtime running an empty file. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Bench, median, type Row } from "../measure.ts";

const ANON = fileURLToPath(new URL("../../dist/cli/anon.js", import.meta.url));

export async function help(bench: Bench): Promise<Row[]> {
  const scratch = mkdtempSync(join(tmpdir(), "anon-bench-"));
  const empty = join(scratch, "empty.mjs");
  writeFileSync(empty, "");
  try {
    return [
      compare(bench, "anon --help on Bun: ms more than an empty file", process.execPath, empty, [15, 8]),
      compare(bench, "anon --help on Node, built: ms more than an empty file", bench.node, empty, [40, 20]),
    ];
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function compare(bench: Bench, name: string, runtime: string, empty: string, [floor, goal]: [number, number]): Row {
  const ours: number[] = [];
  const nothing: number[] = [];
  for (let round = -2; round < bench.rounds(31); round++) {
    const pair = [timeOf(runtime, [ANON, "--help"]), timeOf(runtime, [empty])] as const;
    if (round < 0) continue;
    ours.push(pair[0]);
    nothing.push(pair[1]);
  }
  return {
    name,
    ratio: median(ours) - median(nothing),
    better: "lower",
    floor,
    goal,
    ours: `${median(ours).toFixed(1)} ms`,
    against: `${median(nothing).toFixed(1)} ms`,
  };
}

function timeOf(command: string, args: string[]): number {
  // Node reads the machine's extra certificates at every start, which would distort the measurement
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const started = performance.now();
  const { status } = spawnSync(command, args, { env, stdio: "ignore" });
  const elapsed = performance.now() - started;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with exit code ${status}`);
  return elapsed;
}
