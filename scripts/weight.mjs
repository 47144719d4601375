// Prints what an application installs and loads: packages, megabytes, the import of the main entry over an empty file, and the
// bundle of the main entry for edges. Packs the built package and installs it in a new folder.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { edgeSize } from "./run/bundle-size.mjs";
import { findBun, findDeno, findNode, findNode20 } from "./run/runtimes.mjs";
import { root } from "./run/tree.mjs";

const ROUNDS = 15;

const folder = mkdtempSync(join(tmpdir(), "anon-weight-"));
try {
  const { filename } = JSON.parse(npm(root, "pack", "--ignore-scripts", "--json", "--pack-destination", folder))[0];
  writeFileSync(join(folder, "package.json"), '{"private":true,"type":"module"}');
  npm(folder, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", `./${filename}`);
  const { packages } = JSON.parse(readFileSync(join(folder, "node_modules", ".package-lock.json"), "utf8"));
  const files = readdirSync(join(folder, "node_modules"), { recursive: true, withFileTypes: true });
  const bytes = files
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => statSync(join(parentPath, name)).size);
  const megabytes = bytes.reduce((sum, size) => sum + size, 0) / 1e6;
  console.log(`${Object.keys(packages).length} packages, ${megabytes.toFixed(1)} MB`);

  writeFileSync(join(folder, "empty.mjs"), "");
  writeFileSync(join(folder, "entry.mjs"), 'import "anon-accounts";\n');
  const runtimes = {
    "Node 20": [findNode20()],
    "Node 24": [findNode()],
    Bun: [findBun()],
    Deno: [findDeno(), "run", "-A"],
  };
  for (const [name, [program, ...args]] of Object.entries(runtimes)) {
    if (!program) continue;
    const over = [];
    for (let round = 0; round < ROUNDS; round++) {
      const empty = time(program, [...args, "empty.mjs"]);
      over.push(time(program, [...args, "entry.mjs"]) - empty);
    }
    const median = over.sort((a, b) => a - b)[ROUNDS >> 1];
    console.log(`import on ${name}: ${median.toFixed(0)} ms over an empty file`);
  }

  const gzipped = (await edgeSize(folder)) / 1_000;
  console.log(`bundle of the main entry for edges: ${gzipped.toFixed(1)} kB, minified and gzipped`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function npm(cwd, ...args) {
  return run("npm", args, cwd, process.platform === "win32");
}

function time(program, args) {
  const started = performance.now();
  run(program, args, folder);
  return performance.now() - started;
}

function run(program, args, cwd, shell = false) {
  const done = spawnSync(program, args, { cwd, shell, encoding: "utf8", timeout: 300_000 });
  if (done.status !== 0) throw new Error(`${program} ${args[0]} failed: ${done.error?.message ?? done.stderr}`);
  return done.stdout;
}
