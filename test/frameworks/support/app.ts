/** Makes, builds and starts the app of a framework's page, in an empty folder that is removed at the end. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { freePort } from "../../../scripts/run/ports.mjs";
import { run } from "../../../scripts/run/process.mjs";
import type { Anon } from "../../../sdk/contract/anon.ts";
import { createAnon } from "../../../sdk/create-anon.ts";
import fs from "../../../storage-drivers/fs/index.ts";
import { manifest, root, unpack } from "../../smoke/packed.mjs";
import { readPage } from "./page.ts";

const SECRET = "a secret of at least 32 characters, for tests";
/** On two busy cores a build takes up to a minute, and an installation without npm's cache two. */
const COMMAND_MS = 300_000;
const START_MS = 120_000;

export interface AppOptions {
  /** More environment variables of the build and of the server. */
  env?: (url: string) => Record<string, string>;
  /** Files of the test beside those of the page, by their paths. */
  files?: Record<string, string>;
}

export interface App {
  /** `http://localhost:PORT`, where the server listens on 127.0.0.1. */
  url: string;
  port: number;
  directory: string;
  /** Everything that the server has printed. */
  output(): string;
  /** Runs a command of the shell in the app's folder; throws with its output if it fails. */
  command(line: string): Promise<string>;
  /** Its accounts, on another clock if `now` is given. */
  accounts(now?: () => number): Anon;
  stop(): Promise<void>;
}

/** Packages of `test/frameworks/<name>/package.json`; those of `devDependencies` are for the checks of types. */
export interface Pinned {
  dependencies: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const folderOf = (name: string): string => fileURLToPath(new URL(`../${name}/`, import.meta.url));

export function pinnedOf(name: string): Pinned {
  return JSON.parse(readFileSync(join(folderOf(name), "package.json"), "utf8")) as Pinned;
}

/** Makes and builds the app, and starts its production server. */
export async function startApp(name: string, options: AppOptions = {}): Promise<App> {
  const page = readPage(name);
  const directory = mkdtempSync(join(tmpdir(), `anon-${name}-`));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const env = environment({ PORT: String(port), ...options.env?.(url) });
  const command = async (line: string): Promise<string> => {
    const { code, output } = await run("/bin/sh", ["-c", line], { cwd: directory, env, timeoutMs: COMMAND_MS });
    if (code !== 0) throw new Error(`${line} ended with exit code ${code}:\n${output}`);
    return output;
  };
  // a command of the page names the port that its framework listens on by default, such as localhost:3000
  const ported = (line: string): string => line.replaceAll(/\b(3000|4321)\b/g, String(port));
  let server: Server | undefined;
  try {
    await install(name, directory, command);
    for (const { path, text } of page.files) write(join(directory, path), text);
    for (const [path, text] of Object.entries(options.files ?? {})) write(join(directory, path), text);
    for (const line of page.build) await command(ported(line));
    const started = startServer(ported(page.start), directory, env);
    server = started;
    await started.whenListening(port);
    return {
      url,
      port,
      directory,
      output: started.output,
      command,
      accounts: (now) => createAnon({ storage: fs({ base: join(directory, ".anon") }), secret: SECRET, now }),
      async stop() {
        await started.stop();
        rmSync(directory, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await server?.stop();
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

/** The variables of this process, without those that configure the package, the runtime or the test runner. */
function environment(own: Record<string, string>): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(ANON_|NODE_|npm_|HOST$|PORT$|CI$)/i.test(name));
  const { PATH } = process.env;
  return {
    ...Object.fromEntries(inherited),
    // the Node that runs this test, which is newer than the one of the machine
    PATH: [dirname(process.execPath), join(root, "node_modules", ".bin"), PATH].join(delimiter),
    NO_COLOR: "1",
    // no framework reports its use to other machines
    ASTRO_TELEMETRY_DISABLED: "1",
    NEXT_TELEMETRY_DISABLED: "1",
    NUXT_TELEMETRY_DISABLED: "1",
    ANON_SECRET: SECRET,
    HOST: "127.0.0.1",
    ...own,
  };
}

/** Installs the framework's pinned versions, and the package as npm packs it. */
async function install(name: string, directory: string, command: (line: string) => Promise<string>): Promise<void> {
  for (const file of ["package.json", "package-lock.json"]) cpSync(join(folderOf(name), file), join(directory, file));
  // `npm ci` refuses a lockfile without an optional package that the registry does not have, such as Vite's for Windows
  await command("npm install --prefer-offline --no-audit --no-fund");
  const scratch = join(directory, ".packed");
  mkdirSync(scratch);
  unpack(scratch);
  const installed = join(directory, "node_modules", manifest.name);
  cpSync(join(scratch, "package"), installed, { recursive: true });
  rmSync(scratch, { recursive: true });
  // bundlers leave out the packages that the app depends on
  const own = pinnedOf(name);
  const dependencies = { ...own.dependencies, [manifest.name]: manifest.version };
  writeFileSync(join(directory, "package.json"), JSON.stringify({ ...own, dependencies }));
  // Its dependencies are those of this repository's lockfile, so that every run has the same ones.
  for (const path of productionTree()) cpSync(join(root, path), join(installed, path), { recursive: true });
}

/** The paths of the installed packages that npm installs for a user of this package. */
function productionTree(): string[] {
  interface Locked {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  }
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Locked;
  const paths = Object.entries(packages).filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional);
  // packages for other platforms are in the lockfile too
  return paths.map(([path]) => path).filter((path) => existsSync(join(root, path)));
}

function write(path: string, text: string): void {
  if (existsSync(path)) throw new Error(`The page names ${path} twice, or names a file that its packages have`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

interface Server {
  output(): string;
  whenListening(port: number): Promise<void>;
  stop(): Promise<void>;
}

function startServer(line: string, cwd: string, env: Record<string, string | undefined>): Server {
  // a group of its own, because `npx` starts the server as another process
  const child = spawn("/bin/sh", ["-c", line], { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  }
  const closed = once(child, "close");
  return {
    output: () => output,
    async whenListening(port) {
      const deadline = Date.now() + START_MS;
      for (;;) {
        try {
          await (await fetch(`http://127.0.0.1:${port}/`)).text();
          return;
        } catch {
          const ended = hasEnded(child);
          if (ended || Date.now() > deadline) {
            throw new Error(`${line} ${ended ? "ended" : "does not listen"}:\n${output}`);
          }
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    },
    async stop() {
      if (!hasEnded(child) && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await closed;
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
