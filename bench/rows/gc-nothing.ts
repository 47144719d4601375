/** The processor time of `anon gc` that finds nothing to collect, against Node that runs an empty file. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Bench, median, type Row } from "../measure.ts";

const ANON = fileURLToPath(new URL("../../dist/cli/anon.js", import.meta.url));
const SECRET = "a secret for the benchmark, long enough";

export async function gcNothing(bench: Bench): Promise<Row[]> {
  const cwd = mkdtempSync(join(tmpdir(), "anon-bench-"));
  try {
    writeFileSync(join(cwd, "empty.mjs"), "");
    cpuOf(bench.node, [ANON, "create", "--count", "10"], cwd);
    return [compare(bench, cwd, "anon gc", ["--older-than", "30d"]), withConfiguration(bench, cwd)];
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}

function withConfiguration(bench: Bench, cwd: string): Row {
  writeFileSync(join(cwd, "anon.config.ts"), 'export default { retention: "30d" as string };\n');
  // no limits: Node itself takes most of it to strip the types
  return { ...compare(bench, cwd, "anon gc with a .ts configuration", []), floor: null, goal: null };
}

function compare(bench: Bench, cwd: string, name: string, flags: string[]): Row {
  const ours: number[] = [];
  const nothing: number[] = [];
  for (let round = -2; round < bench.rounds(31); round++) {
    const pair = [cpuOf(bench.node, [ANON, "gc", ...flags], cwd), cpuOf(bench.node, ["empty.mjs"], cwd)] as const;
    if (round < 0) continue;
    ours.push(pair[0]);
    nothing.push(pair[1]);
  }
  return {
    name: `${name} that finds nothing on Node, built: ms of CPU more than an empty file`,
    ratio: median(ours) - median(nothing),
    better: "lower",
    floor: 200,
    goal: 120,
    ours: `${median(ours).toFixed(0)} ms`,
    against: `${median(nothing).toFixed(0)} ms`,
  };
}

/** The milliseconds of all processors that a process uses. */
function cpuOf(command: string, args: string[], cwd: string): number {
  // Node reads the machine's extra certificates at every start, which would distort the measurement
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const { exitCode, resourceUsage } = globalThis.Bun.spawnSync([command, ...args], {
    cwd,
    env: { ...env, ANON_SECRET: SECRET },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  if (exitCode !== 0) throw new Error(`${command} ${args.join(" ")} ended with exit code ${exitCode}`);
  return Number(resourceUsage.cpuTime.total) / 1_000;
}
