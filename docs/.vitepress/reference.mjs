// Generates the reference from the docstrings: a folder for each import path, a page for each function and type.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Application, LogLevel } from "typedoc";
import { root, source } from "./pages.mjs";

export async function writeReference() {
  const { exports } = JSON.parse(readFileSync(join(root, "jsr.json"), "utf8"));
  const app = await Application.bootstrapWithPlugins({
    entryPoints: Object.values(exports).map((path) => join(root, path)),
    basePath: root,
    tsconfig: join(root, "tsconfig.json"),
    plugin: [createRequire(import.meta.url).resolve("typedoc-plugin-markdown")],
    name: "Reference",
    outputs: [{ name: "markdown", path: join(source, "reference") }],
    readme: "none",
    disableSources: true,
    // what a class inherits from the language
    excludeExternals: true,
    // the repository compiles with TypeScript 7, whose errors `npm run types` reports
    skipErrorChecking: true,
    sortEntryPoints: false,
    entryFileName: "index",
    hidePageHeader: true,
    parametersFormat: "table",
    propertiesFormat: "table",
    logLevel: LogLevel.Warn,
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("Cannot generate the reference: TypeDoc could not read the sources");
  for (const [subpath, path] of Object.entries(exports)) {
    const module = project.children?.find(({ name }) => name === path.slice(2).replace(/(\/index)?\.ts$/, ""));
    if (module === undefined) throw new Error(`Cannot generate the reference: TypeDoc found no module for ${path}`);
    module.name = `anon-accounts${subpath.slice(1)}`;
  }
  await app.generateOutputs(project);
}
