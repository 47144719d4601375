import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import fc from "fast-check";
import { COMMON, spelled } from "../../cli/shared/command.ts";
import { COMMANDS } from "../../cli/shared/table.ts";
import { documents, run, runHere, SLOW } from "./run.ts";

const cwd = mkdtempSync(join(tmpdir(), "anon-cli-arguments-"));
const env = { ANON_STORAGE: "memory:", ANON_SECRET: "never printed, whatever the arguments are" };

const flags = [
  "--older-than",
  "--email",
  "--limit",
  "--batch",
  "--count",
  "--data",
  "--collection",
  "--yes",
  "--dry-run",
];
const word = fc.oneof(
  fc.constantFrom(...COMMANDS.keys(), "toString", "__proto__", "constructor", "--", "-", "--=", "-h", "--version"),
  fc.constantFrom(...flags, ...Object.entries(COMMON).map(([name, arg]) => spelled(name, arg))),
  fc.constantFrom("30d", "P30D", "0s", "12", "a@example.com", "{}", '{"a":1}', "memory:", "users", "--limit=3"),
  fc.string({ unit: "binary", maxLength: 12 }),
);
// large numbers are valid counts, but take too long
const isQuick = (argv: string[]) =>
  !argv.some((text) => /\d{4}/.test(text)) && !argv.some((text) => /^(fs|redis)/.test(text));

function check(
  { code, stdout, stderr }: { code: number | null; stdout: string; stderr: string },
  argv: string[],
): void {
  assert.ok(code === 0 || code === 1 || code === 2, `exit code ${code}`);
  assert.doesNotMatch(stdout + stderr, /never printed/);
  if (argv.includes("--debug")) return;
  assert.doesNotMatch(stderr, /\n\s+at /, "a stack trace");
  assert.doesNotMatch(stdout + stderr, /\[unexpected\]|"code":"unexpected"/, "an unexpected error");
  // what --verbose adds
  const messages = stderr.replace(/^\[debug\] .*\n/gm, "");
  if (code !== 0 && stdout === "") assert.match(messages, /^anon: Cannot [^\n]+\n$/);
}

describe("arbitrary arguments", () => {
  after(() => rmSync(cwd, { recursive: true, force: true }));

  it("never crash, hang or print a stack trace", SLOW, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 7 }).filter(isQuick), async (argv) => {
        const ran = await runHere(argv, { cwd, env, input: "some password" });
        check(ran, argv);
        const dashes = argv.indexOf("--");
        const before = dashes < 0 ? argv : argv.slice(0, dashes);
        if (before.includes("--json") && ran.code !== 0) assert.equal(documents<{ error: object }>(ran).length, 1);
      }),
      { numRuns: 1_500 },
    );
  });

  it("never crash, hang or print a stack trace in a real process", SLOW, async () => {
    const printable = fc.array(fc.string({ unit: "grapheme", maxLength: 8 }), { maxLength: 4 });
    for (const rest of fc.sample(printable.filter(isQuick), 4)) {
      const argv = ["list", ...rest.map((text) => text.replaceAll("\0", ""))];
      check(await run(argv, { cwd, env }), argv);
    }
  });
});
