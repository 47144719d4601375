/** The docs' tables of calls, commands, routes and pages match the code. */
import assert from "node:assert/strict";
import { posix } from "node:path";
import { describe, it } from "node:test";
import { spelled } from "../../cli/shared/command.ts";
import { COMMANDS } from "../../cli/shared/table.ts";
import { createAnon } from "../../sdk/create-anon.ts";
import { ROUTES } from "../../sdk/http/api/handler.ts";
import memory from "../../storage-drivers/memory.ts";
import { filesUnder, readJson, readText } from "./source-tree.ts";

/** The text below a heading, up to the next heading of the same or a higher level. */
function section(page: string, heading: string): string {
  const [before = "", after] = page.split(`\n${heading}\n`);
  assert.ok(after !== undefined, `${heading} is missing after ${before.slice(0, 40)}`);
  const level = heading.indexOf(" ");
  return after.split(new RegExp(`^#{1,${level}} `, "m"))[0] ?? "";
}

/** The code spans in the first cells of all tables of a text. */
function firstCellCode(text: string): string[] {
  const cells = [...text.matchAll(/^\| (?!---)(.+?) \| /gm)].map(([, cell = ""]) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code));
}

const sorted = (names: Iterable<string>): string[] => [...names].sort();

describe("docs/calls.md", () => {
  const page = readText("docs/calls.md");
  const calls = (text: string): string[] => sorted(firstCellCode(text).map((code) => code.replace(/\(.*/, "")));
  const anon = createAnon({ storage: memory(), secret: "a secret of at least 32 characters!" });

  it("names every call of anon once", () => {
    const expected = Object.keys(anon).filter((name) => name !== "admin");
    assert.deepEqual(calls(section(page, "## `anon`")), sorted(expected));
  });

  it("names every call of anon.admin once", () => {
    assert.deepEqual(calls(section(page, "## `anon.admin`")), sorted(Object.keys(anon.admin)));
  });
});

describe("docs/cli.md", () => {
  const page = readText("docs/cli.md");

  it("names every command once, in the order of --help", () => {
    assert.deepEqual(firstCellCode(page.split("\n## ")[0] ?? ""), [...COMMANDS.keys()]);
  });

  for (const [name, { load }] of COMMANDS) {
    it(`has a section with every flag of anon ${name}`, async () => {
      const text = section(page, `## \`anon ${name}\``);
      const { args } = (await load()).default;
      const common = section(page, "## Every command");
      for (const [name, arg] of Object.entries(args)) {
        const flag = spelled(name, arg);
        if (arg.type === "positional" || common.includes(flag)) continue;
        assert.match(text, new RegExp(`${flag}\\b`), flag);
      }
    });
  }
});

describe("docs/http.md", () => {
  it("names every route once", () => {
    const routes = firstCellCode(section(readText("docs/http.md"), "## Routes")).filter((code) =>
      /^[A-Z]+ /.test(code),
    );
    assert.deepEqual(sorted(routes), sorted(ROUTES.map(({ method, path }) => `${method} ${path}`)));
  });
});

describe("the pages of adapters", () => {
  const { exports } = readJson<{ exports: Record<string, string> }>("jsr.json");
  const adapters = Object.keys(exports).filter((subpath) => exports[subpath]?.startsWith("./sdk/adapters/"));
  const pages = filesUnder("docs/frameworks", ".md").filter((path) => !path.endsWith("/README.md"));

  for (const [page, heading] of [
    ["docs/adapters.md", "# Adapters"],
    ["docs/limits.md", "## The address"],
    ["docs/frameworks/README.md", "# Your framework or server"],
  ] as const) {
    it(`are complete: ${page} names each import`, () => {
      const imports = (section(`\n${readText(page)}`, heading).match(/^\|.+/gm) ?? []).join("\n");
      const missing = adapters.filter(
        (subpath) => !new RegExp(`\`(anon-accounts)?${subpath.slice(1)}\``).test(imports),
      );
      assert.deepEqual(missing, []);
    });
  }

  for (const page of ["docs/adapters.md", ...pages]) {
    it(`say what hosts provide of the client's address: ${page}`, () => {
      const text = section(readText(page), "## The client's address");
      assert.match(text, /^\| (host|preset|server) \| address \|/m);
      assert.match(text, /limits\.md#the-headers-of-hosts/);
    });
  }
});

describe("docs/README.md", () => {
  it("links to every page, or to the index of its folder", () => {
    const linksOf = (index: string): string[] =>
      [...readText(index).matchAll(/\]\(([^):#]+)\)/g)].map(([, link = ""]) => posix.join(posix.dirname(index), link));
    const linked = linksOf("docs/README.md");
    const indexes = linked.filter((path) => path.startsWith("docs/") && path.endsWith("/README.md"));
    for (const index of indexes) linked.push(...linksOf(index));
    const pages = filesUnder("docs", ".md").filter((path) => path !== "docs/README.md");
    assert.deepEqual(
      pages.filter((path) => !linked.includes(path)),
      [],
    );
  });
});

describe("docs/errors.md", () => {
  it("names every warning", () => {
    const codes = [...(/type WarningCode = ([^;]+);/.exec(readText("sdk/warn.ts"))?.[1] ?? "").matchAll(/"(\w+)"/g)];
    assert.deepEqual(
      sorted(firstCellCode(section(readText("docs/errors.md"), "## Warnings"))),
      sorted(codes.map(([, code = ""]) => code)),
    );
  });
});
