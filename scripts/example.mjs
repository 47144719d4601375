// npm run example <name>: starts examples/<name>/ on http://localhost:3000, or at PORT and HOST.
// npm run example -- [--runtime bun|deno|node] <name> [arguments of the example …]
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { findBun, findDeno, findNode } from "./run/runtimes.mjs";
import { filesUnder, root } from "./run/tree.mjs";

const RUNTIMES = {
  // a Node that runs TypeScript, which may be another one than runs this script
  node: () => [findNode()],
  bun: () => [findBun()],
  deno: () => [findDeno(), "run", "-A", "--no-check"],
};

function refuse(why) {
  console.error(`${why}\n\nnpm run example <name>, where <name> is one of:\n`);
  for (const name of examples()) console.error(`  ${name}`);
  process.exit(2);
}

/** The entry file of an example, or null. */
function startOf(name) {
  const files = ["start.ts", "server.ts"].map((file) => join(root, "examples", name, file));
  return files.find((file) => existsSync(file)) ?? null;
}

function examples() {
  return readdirSync(join(root, "examples")).filter((name) => startOf(name) !== null);
}

/** Whether dist/ is up to date: examples import the package like any user, and so use dist/. */
function isBuilt() {
  const built = join(root, "dist", "sdk", "index.js");
  if (!existsSync(built)) return false;
  const changed = ["sdk", "storage-drivers", "cli"].flatMap((folder) => filesUnder(folder, ".ts"));
  const { mtimeMs } = statSync(built);
  return changed.every((path) => statSync(join(root, path)).mtimeMs <= mtimeMs);
}

const args = process.argv.slice(2);
const runtime = args[0] === "--runtime" ? args.splice(0, 2)[1] : "node";
const [name, ...rest] = args;
if (!Object.hasOwn(RUNTIMES, runtime)) refuse(`Unknown runtime ${runtime}: use bun, deno or node.`);
if (name === undefined) refuse("The name of an example is missing.");
if (!examples().includes(name)) refuse(`Unknown example ${name}.`);

const [command, ...options] = RUNTIMES[runtime]();
if (command === null) {
  console.error(`Cannot find ${runtime}: run npm ci without --ignore-scripts`);
  process.exit(1);
}
// npm test has built already, and parallel tests must not replace dist/
if (process.env.ANON_BUILT !== "1" && !isBuilt()) {
  console.error("Building the package first …");
  const { status } = spawnSync(process.execPath, [join(root, "scripts", "build.mjs")], { stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(1);
}

const child = spawn(command, [...options, startOf(name), ...rest], { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`Cannot start ${command}: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
