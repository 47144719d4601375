// Packs the package, and creates a project that contains only the package as npm packs it.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
export const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));

const windows = process.platform === "win32";

/**
 * Packs the package, and unpacks it as `package/` in a directory. Returns the paths in the tarball, each below `package/`.
 */
export function unpack(directory) {
  const npm = windows ? "npm.cmd" : "npm";
  const packed = execFileSync(npm, ["pack", "--json", "--ignore-scripts", "--pack-destination", directory], {
    cwd: root,
    encoding: "utf8",
    shell: windows,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const report = JSON.parse(packed);
  const { filename } = Array.isArray(report) ? report[0] : Object.values(report)[0];
  execFileSync("tar", ["-xzf", filename], { cwd: directory });
  return execFileSync("tar", ["-tzf", filename], { cwd: directory, encoding: "utf8" }).trim().split("\n");
}

/** `files` are the paths in the tarball, each below `package/`. The caller removes `project`. */
export function installPacked() {
  const project = mkdtempSync(join(tmpdir(), "anon-smoke-"));
  const files = unpack(project);
  const installed = join(project, "node_modules", manifest.name);
  mkdirSync(dirname(installed), { recursive: true });
  cpSync(join(project, "package"), installed, { recursive: true });
  // Links the dependencies from the repository, whose versions are those of the lockfile, instead of downloading them. Omits
  // the optional peers, which npm does not install either.
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(installed, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(root, "node_modules", name), link, windows ? "junction" : "dir");
  }
  writeFileSync(join(project, "package.json"), '{ "type": "module" }\n');
  return { project, installed, files };
}
