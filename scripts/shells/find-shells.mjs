/** Finds the shells whose completions the tests try. */
import { existsSync } from "node:fs";
import { installFromDebian, onPath } from "../run/programs.mjs";

/** The first part of the completions of bash, without which no script of completions works there. */
const BASH_COMPLETION = [
  "/usr/share/bash-completion/bash_completion",
  "/usr/local/share/bash-completion/bash_completion",
  "/opt/homebrew/share/bash-completion/bash_completion",
];

/** `{ bash, zsh, fish, bashCompletion }` as paths, or null if one is missing. */
export function shells() {
  const found = {
    bash: onPath("bash"),
    zsh: onPath("zsh"),
    fish: onPath("fish"),
    bashCompletion: BASH_COMPLETION.find(existsSync) ?? null,
  };
  return Object.values(found).includes(null) ? null : found;
}

/** The same, installed if that needs no prompt. */
export function findShells() {
  return shells() ?? (installFromDebian("bash zsh fish bash-completion") ? shells() : null);
}
