/** Finds a Python that verifies service tokens in the tests. */
import { spawnSync } from "node:child_process";
import { installFromDebian, onPath } from "../run/programs.mjs";

/** The path of a Python with PyJWT and cryptography, or null. */
export function pythonWithJwt() {
  // Debian's packages are those of this one, and another may come first on the PATH
  const candidates = ["/usr/bin/python3", onPath("python3")];
  const hasModules = (path) => spawnSync(path, ["-c", "import jwt, cryptography"], { stdio: "ignore" }).status === 0;
  return candidates.find((path) => path !== null && hasModules(path)) ?? null;
}

/** The same, installed if that needs no prompt. */
export function findPython() {
  return pythonWithJwt() ?? (installFromDebian("python3-jwt python3-cryptography") ? pythonWithJwt() : null);
}
