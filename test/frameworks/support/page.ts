/** The page of a framework: the files of its app, and the commands that install, build and start it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../smoke/packed.mjs";

/** A code block whose first line names a file. */
export interface PageFile {
  path: string;
  text: string;
  /** The heading of level 2 above it. */
  section: string;
}

export interface FrameworkPage {
  files: PageFile[];
  /** The packages of all `npm install` commands, some of them with `@` and a version. */
  packages: string[];
  /** The commands before the last one of the block that starts the server. */
  build: string[];
  /** The last command of that block. */
  start: string;
}

const FILE_NAME = /^(?:---\n)?(?:\/\/|#|<!--|\{\/\*) ?([\w@$()[\]+./-]+\.\w+|\.env)(?: ?(?:-->|\*\/\}))?\n/;

/**
 * Reads `docs/frameworks/<name>.md`. The first `sh` block installs, the second builds and starts. A block whose first line is
 * a comment with a path is that file.
 */
export function readPage(name: string): FrameworkPage {
  const text = readFileSync(join(root, "docs", "frameworks", `${name}.md`), "utf8");
  const files: PageFile[] = [];
  const shell: string[][] = [];
  for (const part of text.split(/^(?=## )/m)) {
    const section = /^## (.+)/.exec(part)?.[1] ?? "";
    for (const [, language = "", code = ""] of part.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)) {
      const path = FILE_NAME.exec(code)?.[1];
      if (path !== undefined)
        files.push({ path, section, text: path.endsWith(".json") ? withoutFirstLine(code) : code });
      else if (language === "sh") shell.push(commandsOf(code));
    }
  }
  const [install = [], run = []] = shell;
  const start = run.at(-1);
  if (start === undefined)
    throw new Error(`docs/frameworks/${name}.md has no second sh block, which starts the server`);
  return { files, packages: install.flatMap(packagesOf), build: run.slice(0, -1), start };
}

/** How many lines of code the section "Quick start" has, without the lines that name a file. */
export function quickStartLines({ files }: FrameworkPage): number {
  const quick = files.filter(({ section }) => section === "Quick start");
  return quick.reduce((sum, { text }) => sum + withoutFirstLine(text).trimEnd().split("\n").length, 0);
}

function withoutFirstLine(text: string): string {
  return text.slice(text.indexOf("\n") + 1);
}

/** The commands of a block, without comments. */
function commandsOf(code: string): string[] {
  const lines = code.split("\n").map((line) => line.replace(/(^|\s+)# .*/, "").trim());
  return lines.filter((line) => line !== "");
}

function packagesOf(command: string): string[] {
  const [, names = ""] = /^npm install (.+)$/.exec(command) ?? [];
  return names.split(" ").filter((name) => name !== "" && !name.startsWith("-"));
}
