/** The built command line completes a line that is typed in a real shell. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { environment, SLOW } from "../cli/run.ts";
import { needs } from "../support/needs.ts";

const ANON = fileURLToPath(new URL("../../dist/cli/anon.js", import.meta.url));

const shells: Record<"bash" | "zsh" | "fish" | "bashCompletion", string> | null = process.env.ANON_TEST_SHELLS
  ? JSON.parse(process.env.ANON_TEST_SHELLS)
  : null;
const missing = "no bash with bash-completion, zsh and fish";
if (shells === null && process.env.ANON_REQUIRE_SHELLS === "1") {
  throw new Error(`ANON_REQUIRE_SHELLS=1, but there is ${missing}`);
}
const WITH_SHELLS = needs(shells !== null, missing, SLOW);

const cwd = mkdtempSync(join(tmpdir(), "anon-completions-"));
after(() => rmSync(cwd, { recursive: true, force: true }));
writeFileSync(join(cwd, "anon"), `#!/bin/sh\nexec "${process.execPath}" "${ANON}" "$@"\n`);
chmodSync(join(cwd, "anon"), 0o755);
writeFileSync(join(cwd, "settings.json"), "{}");

/** What a shell prints that runs a script with `anon` on its path. */
function runIn(shell: "bash" | "zsh" | "fish", script: string): string {
  const env = environment({ PATH: `${cwd}${delimiter}${process.env.PATH}`, HOME: cwd, TERM: "xterm" });
  const flags = { bash: ["--norc"], zsh: ["-f"], fish: ["--no-config"] }[shell];
  const ran = spawnSync(shells?.[shell] ?? shell, [...flags, "-c", script], { cwd, env, encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  return ran.stdout;
}

describe("completions", () => {
  it("are offered in bash", WITH_SHELLS, () => {
    const printed = runIn(
      "bash",
      `. '${shells?.bashCompletion}'
       source <(anon complete bash)
       offered() {
         COMP_LINE="$*" COMP_POINT=\${#COMP_LINE} COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
         __anon_complete anon "\${@: -1}" "\${@: -2:1}" 2>/dev/null
         echo "\${COMPREPLY[*]}"
       }
       offered anon g
       offered anon gc --old
       offered anon keys ''
       offered anon help doc`,
    );
    assert.equal(printed, "gc\n--older-than\ncreate rotate list\ndoctor\n");
  });

  it("are offered in fish, with names of files for a flag that takes one", WITH_SHELLS, () => {
    const printed = runIn(
      "fish",
      `anon complete fish | source
       complete -C "anon gc --old"
       complete -C "anon gc --config set"`,
    );
    assert.match(printed, /^--older-than\tHow long/);
    assert.match(printed, /\nsettings\.json/);
  });

  it("are offered in zsh", WITH_SHELLS, () => {
    const printed = runIn(
      "zsh",
      `zmodload zsh/zpty
       zpty typed '${shells?.zsh}' -f -i
       zpty -w typed 'autoload -U compinit; compinit -u -D; source <(anon complete zsh); echo rea""dy'
       zpty -r -m typed seen '*ready*'
       zpty -w -n typed $'anon gc --old\\t'
       zpty -r -m typed seen '*--older-than*'
       print -r -- "$seen"
       zpty -d typed`,
    );
    assert.match(printed, /anon gc --older-than/);
  });
});
