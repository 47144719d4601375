import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { describe, it } from "node:test";
import { spelled } from "../../cli/shared/command.ts";
import { COMMANDS } from "../../cli/shared/table.ts";
import { version } from "../../cli/version.ts";
import { ANONYMOUS_DOMAIN } from "../../sdk/settings/domain.ts";
import { documents, run, runHere, SLOW } from "./run.ts";

const cwd = tmpdir();

const REFUSED: readonly (readonly [argv: readonly string[], message: RegExp])[] = [
  [["--no-color"], /without a command: there are create, convert, .*verify/],
  [[""], /unknown command ""/],
  [["help", "craete"], /unknown command "craete": did you mean create\?/],
  [["help", "--limit"], /unknown flag "--limit" with anon/],
  [["list", "-v"], /unknown flag "-v" with anon list/],
  [["list", "-q", "--verbose"], /--quiet together with --verbose/],
  [["craete"], /unknown command "craete": did you mean create\?/],
  [["toString"], /unknown command "toString"/],
  [["__proto__"], /unknown command "__proto__"/],
  [["constructor"], /unknown command "constructor"/],
  [["list", "--anonymus"], /unknown flag "--anonymus" with anon list: did you mean --anonymous\?/],
  [["list", "--__proto__"], /unknown flag "--__proto__"/],
  [["list", "--no-json"], /unknown flag "--no-json"/],
  [["list", "--color"], /unknown flag "--color" with anon list/],
  [["list", "--no-color", "--no-color"], /--no-color twice/],
  [["list", "--no-color=1"], /--no-color a value/],
  [["gc", "--olderThan", "1d"], /unknown flag "--olderThan" .*did you mean --older-than/],
  [["list", "-x"], /unknown flag "-x"/],
  [["list", "-5"], /unknown flag "-5"/],
  [["list", "--limit", "-5", "-6"], /unknown flag "-6"/],
  [["list", "--limit", ""], /--limit without a value/],
  [["list", "--collection", "-"], /--collection without a value/],
  [["list", "--collection", "--", "x"], /--collection without a value/],
  [["list", "--collection", "\ufeff"], /--collection without a value/],
  [["list", "--collection=-x"], /collection "-x" \(--collection\)/],
  [["list", "--collection=--no-color"], /collection "--no-color" \(--collection\)/],
  [["--limit", "3", "list"], /unknown flag "--limit" with anon: it takes --storage, --config, --cwd, --json, --quiet/],
  [["--storage", "list"], /without a command/],
  [["--storage=", "list"], /--storage without a value/],
  [["--debug", "list", "--debug"], /--debug twice/],
  [["--", "--version"], /unknown command "--version"/],
  [["--", "list", "--json"], /extra argument "--json"/],
  [["convert", "abc", "--password=hunter2"], /unknown flag "--password" .*did you mean --password-stdin/],
  [["list", "users"], /extra argument "users": it takes flags only/],
  [["show", "a", "b"], /extra argument "b": it takes <id \| email \| username>/],
  [["show", "--", "a", "--json"], /extra argument "--json"/],
  [["show"], /without <id \| email \| username>/],
  [["code"], /without <token \| ->/],
  [["code", "x", "--expires-in", "soon"], /duration "soon" \(--expires-in\): use a whole number/],
  [["code", "x", "--expires"], /unknown flag "--expires" .*did you mean --expires-in/],
  [["gc"], /without saying what is inactive: give --older-than, or the configuration a retention/],
  [["gc", "--older-than"], /--older-than without a value/],
  [["gc", "--older-than="], /--older-than without a value/],
  [["gc", "--older-than", "--dry-run"], /--older-than without a value/],
  [["gc", "--older-than", "30x"], /duration "30x" \(--older-than\): use a whole number/],
  [["gc", "--older-than", "-3d"], /duration "-3d" \(--older-than\): /],
  [["gc", "--older-than", "1d", "--batch", "10001"], /--batch "10001": it takes a whole number from 1 to 10000/],
  [["gc", "--older-than", "1d", "--older-than", "2d"], /--older-than twice/],
  [["list", "--json=true"], /--json a value/],
  [["list", "--limit", "0"], /--limit "0": it takes a whole number from 1/],
  [["list", "--limit", "1e3"], /--limit "1e3"/],
  [["list", "--limit", "-5"], /--limit "-5"/],
  [["create", "--data", "{"], /--data: it takes a JSON object/],
  [["create", "--data", "[1]"], /--data: it takes a JSON object/],
  [["create", "--data", '{"email":"a@example.com"}'], /own field "email" \(--data\): the name is built in/],
  [["create", "--collection", "Not OK"], /collection "Not OK" \(--collection\): a name is/],
  [["gc", "--older-than", "1d", "--collection", "é"], /collection "é" \(--collection\): a name is/],
  [["convert", "abc", "--email", "ada", "--password-stdin"], /this email \(--email\): write it as name@example.com/],
  [
    ["convert", "abc", "--email", `a@${ANONYMOUS_DOMAIN}`, "--password-stdin"],
    /this email \(--email\): its form is reserved/,
  ],
  [
    ["convert", "abc", "--email", "a@example.com", "--username", "x y", "--password-stdin"],
    /this username \(--username\): use 3 to 150/,
  ],
  [["list", "--storage", "ftp://user:hunter2@host"], /"ftp:" \(--storage\): unknown scheme, use memory:/],
  [["list", "--storage", "redis://:hunter2@host:99999"], /"redis:\/\/" URL \(--storage\): a host or port is/],
  [["show", "--", "a", "--storage=ftp://x"], /extra argument "--storage=ftp:\/\/x"/],
  [["list", "--storage", "fs://host/a"], /"fs:" URL \(--storage\): it names a host/],
];

describe("--json", () => {
  it("prints help and version as documents too", async () => {
    const print = async (...args: string[]) => documents(await runHere([...args, "--json"], { cwd }))[0];
    assert.deepEqual(await print("--version"), { version });
    assert.match(String((await print("--help"))?.help), /^Anonymous accounts.*USAGE/s);
    assert.match(String((await print("gc", "--help"))?.help), /--older-than/);
  });
});

describe("--quiet and --verbose", () => {
  const env = { ANON_STORAGE: "memory:" };
  const stderrOf = async (...flags: string[]) => (await runHere(["list", ...flags], { cwd, env })).stderr;

  it("leave notices out and add details", SLOW, async () => {
    assert.match(await stderrOf(), /^\[info\] Worked on collection users of memory:\n/);
    for (const flag of ["-q", "--quiet"]) assert.equal(await stderrOf(flag), "");
    const details = await stderrOf("--verbose");
    for (const line of ["Configuration: none", "Storage: memory:", "Took "])
      assert.ok(details.includes(`[debug] ${line}`));
    assert.match(details, /^\[info\] Worked on/m);
  });

  it("do not hide errors", SLOW, async () => {
    const ran = await runHere(["show", "unknown", "--quiet"], { cwd, env });
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /^anon: Cannot find/);
  });
});

describe("wrong usage", () => {
  for (const [argv, message] of REFUSED) {
    it(`prints one line and exits with 2: anon ${argv.join(" ")}`, SLOW, async () => {
      const ran = await runHere(argv, { cwd, env: { ANON_STORAGE: "memory:", ANON_SECRET: "s".repeat(32) } });
      assert.equal(ran.code, 2, ran.stderr);
      assert.match(ran.stderr, message);
      assert.match(ran.stderr, /^anon: Cannot [^\n]+\n$/);
      assert.doesNotMatch(ran.stderr, /hunter2/);
      assert.equal(ran.stdout, "");
    });
  }

  it("does not include flags after --", SLOW, async () => {
    const env = { ANON_STORAGE: "memory:", ANON_SECRET: "s".repeat(32) };
    const ran = await runHere(["show", "--", "--storage=ftp://x"], { cwd, env });
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /\[not_found\]\n$/);
  });

  it("is reported as JSON with --json", SLOW, async () => {
    const ran = await runHere(["list", "--nope", "--json"], { cwd });
    assert.equal(ran.code, 2);
    assert.equal(ran.stderr, "");
    assert.equal(documents<{ error: { code: string } }>(ran)[0]?.error.code, "usage");
  });

  it("does not include a command after --, nor --no-color", SLOW, async () => {
    const env = { ANON_STORAGE: "memory:", ANON_SECRET: "s".repeat(32) };
    const right = [
      ["--", "list"],
      ["--no-color", "list"],
      ["list", "--no-color", "--"],
    ];
    for (const argv of right) assert.equal((await runHere(argv, { cwd, env })).code, 0, argv.join(" "));
  });

  it("makes a real process exit with 2", SLOW, async () => {
    const ran = await run(["toString"], { cwd });
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /^anon: [^\n]+\n$/);
  });
});

describe("help and version", () => {
  it("list every command on stdout with --help", SLOW, async () => {
    for (const flag of ["--help", "-h"]) {
      const ran = await run([flag], { cwd });
      assert.equal(ran.code, 0);
      assert.equal(ran.stderr, "");
      for (const name of COMMANDS.keys()) assert.match(ran.stdout, new RegExp(`^  ${name} `, "m"));
      assert.ok(!ran.stdout.includes("\u001b"), "no colors in a pipe");
    }
  });

  for (const name of COMMANDS.keys()) {
    it(`show flags and examples without required arguments: anon ${name} --help`, SLOW, async () => {
      const ran = await runHere([name, "--help"], { cwd });
      assert.equal(ran.code, 0);
      const command = (await COMMANDS.get(name)!.load()).default;
      for (const [flag, arg] of Object.entries(command.args)) {
        const argument = arg.optional ? `[${arg.valueHint}]` : `<${arg.valueHint}>`;
        assert.ok(ran.stdout.includes(arg.type === "positional" ? argument : spelled(flag, arg)), flag);
      }
      for (const example of command.examples) assert.ok(ran.stdout.includes(example));
    });
  }

  it("are the same as anon help, with a command or without one, and as anon alone", SLOW, async () => {
    const print = async (...args: string[]) => runHere(args, { cwd });
    const root = await print("--help");
    for (const argv of [[], ["help"], ["help", "--help"], ["help", "help"], ["--no-color", "help"]]) {
      assert.deepEqual(await print(...argv), root, argv.join(" "));
    }
    const ofGc = await print("gc", "--help");
    for (const argv of [
      ["help", "gc"],
      ["gc", "help", "-h"],
    ]) {
      assert.deepEqual(await print(...argv), ofGc, argv.join(" "));
    }
    assert.deepEqual(documents(await print("help", "gc", "--json")), documents(await print("gc", "--help", "--json")));
  });

  it("print the package's version with --version", SLOW, async () => {
    const manifest = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
    assert.equal(version, manifest.version);
    assert.equal((await run(["--version"], { cwd })).stdout, `${version}\n`);
    assert.equal((await runHere(["-v"], { cwd })).stdout, `${version}\n`);
  });

  it("accept flags before the command", SLOW, async () => {
    const ran = await runHere(["--storage", "memory:", "--json", "show", "unknown"], { cwd });
    assert.equal(ran.code, 1);
    assert.equal(documents<{ error: { code: string } }>(ran)[0]?.error.code, "not_found");
  });
});
