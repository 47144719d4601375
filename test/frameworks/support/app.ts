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
import { serviceKey } from "../../support/service-keys.ts";
import { readPage } from "./page.ts";

const SECRET = "a secret of at least 32 characters, for tests";
const SERVICE_KEYS = JSON.stringify({ keys: [serviceKey("one")] });
/** On two busy cores a build takes up to a minute, and an installation without npm's cache two. */
const COMMAND_MS = 300_000;
const START_MS = 120_000;

export interface AppOptions {
  /** More environment variables of the build and of the server. */
  env?: (url: string) => Record<string, string>;
  /** Files of the test beside those of the page, by their paths. */
  files?: Record<string, string>;
}

/** A server of the built app. */
export interface Served {
  /** `http://localhost:PORT`, where the server listens on 127.0.0.1. */
  url: string;
  port: number;
  /** Everything that the server has printed. */
  output(): string;
  stop(): Promise<void>;
}

type Variables = Record<string, string | undefined>;

export interface App extends Served {
  directory: string;
  /**
   * Starts another server, which the test stops: with more environment variables, or by another command, which names the
   * port 3000.
   */
  serve(more: Variables, line?: string): Promise<Served>;
  /** Runs a command of the shell in the app's folder; throws with its output if it fails. */
  command(line: string): Promise<string>;
  /** Its accounts, on another clock if `now` is given. */
  accounts(now?: () => number): Anon;
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
  const remove = atExit(() => rmSync(directory, { recursive: true, force: true }));
  const port = await freePort();
  const own = options.env?.(urlOf(port)) ?? {};
  const command = async (line: string): Promise<string> => {
    const env = environment({ PORT: String(port), ...own });
    const { code, output } = await run("/bin/sh", ["-c", line], { cwd: directory, env, timeoutMs: COMMAND_MS });
    if (code !== 0) throw new Error(`${line} ended with exit code ${code}:\n${output}`);
    return output;
  };
  const serve = (at: number, more: Variables, line = page.start): Promise<Served> =>
    startServer(withPort(line, at), at, directory, environment({ PORT: String(at), ...own, ...more }));
  try {
    await install(name, directory, command);
    for (const { path, text } of page.files) write(join(directory, path), withServiceTokens(text));
    for (const [path, text] of Object.entries(options.files ?? {})) write(join(directory, path), text);
    for (const line of page.build) await command(withPort(line, port));
    const server = await serve(port, {});
    return {
      ...server,
      directory,
      command,
      serve: async (more, line) => serve(await freePort(), more, line),
      accounts: (now) => createAnon({ storage: fs({ base: join(directory, ".anon") }), secret: SECRET, now }),
      async stop() {
        await server.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** What to do if the test is interrupted, the last first. */
const atExits = new Set<() => void>();
process.once("exit", () => {
  for (const cleanUp of [...atExits].reverse()) cleanUp();
});
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** Returns a function that cleans up now. */
function atExit(cleanUp: () => void): () => void {
  atExits.add(cleanUp);
  return () => {
    if (atExits.delete(cleanUp)) cleanUp();
  };
}

/** No page sets this option, and every app must serve the keys. */
function withServiceTokens(text: string): string {
  const options = 'serviceTokens: { issuer: "https://shop.example", keys: String(process.env.SERVICE_KEYS) }';
  return text.replace("secret: process.env.ANON_SECRET", (secret) => `${secret}, ${options}`);
}

const urlOf = (port: number): string => `http://localhost:${port}`;

/** A command of a page names the port that its framework listens on by default, such as localhost:3000. */
function withPort(line: string, port: number): string {
  return line.replaceAll(/\b(3000|4321)\b/g, String(port));
}

/**
 * The variables of this process, without those that configure the package, the runtime or the test runner. Certificates of
 * the network stay: npm needs them.
 */
function environment(own: Variables): Variables {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(ANON_|NODE_(?!EXTRA_CA_CERTS$)|npm_|HOST$|PORT$|CI$)/i.test(name),
  );
  // without the commands of this repository, which the app may lack
  const path = (process.env.PATH ?? "").split(delimiter).filter((part) => !part.includes("node_modules"));
  return {
    ...Object.fromEntries(inherited),
    // the Node that runs this test, which is newer than the one of the machine
    PATH: [dirname(process.execPath), ...path].join(delimiter),
    NO_COLOR: "1",
    // no framework reports its use to other machines
    ASTRO_TELEMETRY_DISABLED: "1",
    NEXT_TELEMETRY_DISABLED: "1",
    NUXT_TELEMETRY_DISABLED: "1",
    ANON_SECRET: SECRET,
    SERVICE_KEYS,
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

/** Starts a server, and waits until it listens. */
async function startServer(line: string, port: number, cwd: string, env: Variables): Promise<Served> {
  // a group of its own, because `npx` starts the server as another process
  const child = spawn("/bin/sh", ["-c", line], { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const closed = once(child, "close");
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
  }
  const kill = atExit(() => {
    try {
      process.kill(-(child.pid as number), "SIGKILL");
    } catch {
      // the group has ended
    }
  });
  const stop = async (): Promise<void> => {
    kill();
    await closed;
  };
  const deadline = Date.now() + START_MS;
  while (!(await isListening(port))) {
    const ended = hasEnded(child);
    if (ended || Date.now() > deadline) {
      await stop();
      throw new Error(`${line} ${ended ? "ended" : "does not listen"}:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { url: urlOf(port), port, output: () => output, stop };
}

async function isListening(port: number): Promise<boolean> {
  try {
    await (await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(START_MS / 4) })).text();
    return true;
  } catch {
    return false;
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
