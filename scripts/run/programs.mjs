// Finds programs of the machine, and installs missing ones.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** The path of the first of these programs that is on the PATH, or null. */
export function onPath(...names) {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? "").split(delimiter)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not in this folder.
      }
    }
  }
  return null;
}

/**
 * Installs a package on Debian as root, where no prompt is needed, and starts no service. Returns whether it succeeded.
 * `settings` is a configuration file, as `{ path, text }`, that is there only while the package is installed.
 */
export function installFromDebian(name, settings) {
  const debian = existsSync("/etc/debian_version") || /debian/.test(readOsRelease());
  if (!debian || process.getuid?.() !== 0) return false;
  console.error(`${name} is not installed: installing it with apt-get`);
  if (settings) {
    mkdirSync(dirname(settings.path), { recursive: true });
    writeFileSync(settings.path, settings.text);
  }
  try {
    return ["update", `install -y --no-install-recommends ${name}`].every((command) => aptGet(command.split(" ")));
  } finally {
    if (settings) rmSync(settings.path);
  }
}

function aptGet(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const { status } = spawnSync("apt-get", args, { env, stdio: ["ignore", 2, 2] });
  if (status !== 0) console.error(`apt-get ${args[0]} failed`);
  return status === 0;
}

function readOsRelease() {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}
