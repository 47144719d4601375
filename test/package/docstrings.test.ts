/** Every public symbol has a docstring for the reference that `npm run docs` generates. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { findDeno } from "../../scripts/run/runtimes.mjs";
import { readJson, root } from "./source-tree.ts";

interface Documented {
  name: string;
  jsDoc?: { doc?: string };
}
interface Declaration extends Documented {
  location: { filename: string; line: number };
  declarationKind: "export" | "private" | "declare";
  kind: string;
  def?: { methods?: readonly Documented[] };
}
interface Report {
  nodes: Record<
    string,
    { module_doc?: { doc?: string }; symbols: readonly { name: string; declarations: readonly Declaration[] }[] }
  >;
}

function report(): Report {
  const { exports } = readJson<{ exports: Record<string, string> }>("jsr.json");
  const text = execFileSync(findDeno() ?? "deno", ["doc", "--quiet", "--json", ...Object.values(exports)], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  return JSON.parse(text) as Report;
}

const hasText = ({ jsDoc }: Pick<Documented, "jsDoc">): boolean => (jsDoc?.doc ?? "").trim() !== "";

describe("docstrings", () => {
  const modules = Object.entries(report().nodes);

  it("describe each subpath", () => {
    assert.deepEqual(
      modules.filter(([, { module_doc }]) => !module_doc?.doc).map(([file]) => file),
      [],
    );
  });

  it("describe each public symbol and each of its methods", () => {
    // a re-export is documented at its target, a symbol of another module here
    const own = modules.flatMap(([, { symbols }]) =>
      symbols.flatMap(({ name, declarations }) =>
        declarations
          .filter(({ declarationKind, kind }) => declarationKind === "export" && kind !== "reference")
          .map((declaration) => ({ ...declaration, name })),
      ),
    );
    assert.ok(own.length > 100, `${own.length} symbols`);
    const bare = own.flatMap((declaration) => {
      const { location, name } = declaration;
      const at = `${location.filename.replace(`${pathToFileURL(root).href}/`, "")}:${location.line}`;
      const methods = (declaration.def?.methods ?? []).filter((method) => !hasText(method));
      return [
        ...(hasText(declaration) ? [] : [`${at} ${name}`]),
        ...methods.map((method) => `${at} ${name}.${method.name}`),
      ];
    });
    assert.deepEqual([...new Set(bare)], []);
  });
});
