// Finds the runtimes: bun, deno and a Node that runs TypeScript in node_modules, and Node 20 on the machine.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { root } from "./tree.mjs";

const NODE_20 = "20.20.2";
const NODE_TS = "24.21.0";
const suffix = process.platform === "win32" ? ".exe" : "";

/** The version that `command --version` prints, or null if the command does not run. */
export function versionOf(command) {
  try {
    const text = execFileSync(command, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return /\d+\.\d+\.\d+/.exec(text)?.[0] ?? null;
  } catch {
    return null;
  }
}

function fromModules(name) {
  const candidates = {
    bun: ["bun/bin/bun.exe"],
    deno: [`deno/deno${suffix}`, ".bin/deno"],
    node: [`node/bin/node${suffix}`],
  };
  for (const path of candidates[name]) {
    const command = join(root, "node_modules", ...path.split("/"));
    if (existsSync(command) && versionOf(command) !== null) return command;
  }
  return null;
}

/**
 * Node `version` as npm's package for this platform, kept in .cache/. Only the binary is needed, so it is installed outside
 * the project and without scripts: as a dependency its `bin` would conflict with that of the other Node.
 */
function nodeFromNpm(version) {
  const prefix = join(root, ".cache", `node-${version}`);
  const platform = process.platform === "win32" ? "win" : process.platform;
  const family = platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node";
  const name = `${family}-${platform}-${process.arch}`;
  const command = join(prefix, "node_modules", name, "bin", `node${suffix}`);
  if (existsSync(command)) return command;
  mkdirSync(prefix, { recursive: true });
  console.log(`Downloading Node ${version} from npm (${name}) into .cache/`);
  try {
    const npm = process.platform === "win32" ? "npm.cmd" : "npm";
    const args = [
      "install",
      "--prefix",
      prefix,
      "--no-save",
      "--ignore-scripts",
      "--no-package-lock",
      `${name}@${version}`,
    ];
    execFileSync(npm, args, {
      cwd: prefix,
      stdio: ["ignore", "ignore", "inherit"],
      shell: process.platform === "win32",
    });
  } catch (error) {
    console.log(`Cannot download Node ${version}: ${error.message}`);
  }
  return existsSync(command) ? command : null;
}

/** The bun of node_modules or of the PATH, or null. */
export function findBun() {
  return fromModules("bun") ?? (versionOf("bun") === null ? null : "bun");
}

/** The deno of node_modules or of the PATH, or null. */
export function findDeno() {
  return fromModules("deno") ?? (versionOf("deno") === null ? null : "deno");
}

/** A Node that runs TypeScript: that of node_modules, this one, or one from npm. */
export function findNode() {
  const local = fromModules("node");
  if (local !== null) return local;
  return Number(process.versions.node.split(".")[0]) >= 24 ? process.execPath : nodeFromNpm(NODE_TS);
}

/** Node 20: the one that runs npm, one of the PATH outside node_modules (where npm puts another first), or one from npm. */
export function findNode20() {
  const outside = (process.env.PATH ?? "").split(delimiter).filter((part) => !part.includes("node_modules"));
  const candidates = [
    process.env.npm_node_execpath,
    process.execPath,
    ...outside.map((part) => join(part, `node${suffix}`)).filter((path) => existsSync(path)),
  ];
  for (const command of candidates) {
    if (command && versionOf(command)?.startsWith("20.")) return command;
  }
  return nodeFromNpm(NODE_20);
}
