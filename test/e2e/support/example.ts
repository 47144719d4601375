/** Starts an example as its readers do: in its own process and directory, on a free port. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import type { Anon } from "../../../sdk/contract/anon.ts";
import { createAnon } from "../../../sdk/create-anon.ts";
import fs from "../../../storage-drivers/fs/index.ts";
import sql from "../../../storage-drivers/sql/index.ts";
import { writeCertificate } from "./certificate.ts";

export interface Example {
  /** `http://localhost:PORT`, or https. */
  url: string;
  port: number;
  /** Its working directory, with files such as `.anon`. */
  directory: string;
  /** Everything that it has printed. */
  output(): string;
  /** Stops it and removes its directory. */
  stop(): Promise<void>;
  /** Restarts it on the same port with the same files. */
  restart(): Promise<void>;
}

export interface ExampleOptions {
  /** Whether it serves https itself. */
  https?: boolean;
  /** Environment variables, which may contain paths in its directory. */
  env?: (directory: string) => Record<string, string>;
  runtime?: "node" | "bun" | "deno";
}

/** The examples whose tests run on SQLite; those of the others run on files. */
const ON_SQLITE = /^sign-in-with-oidc$/;
const DATABASE = "accounts.db";

/** Usually it starts within a second; without `npm test` it is built first. */
const START_MS = 120_000;

const script = fileURLToPath(new URL("../../../scripts/example.mjs", import.meta.url));

const started: Promise<Example>[] = [];

/** Runs `npm run example <name>` without npm, and waits until it listens. */
export function startExample(name: string, options: ExampleOptions = {}): Promise<Example> {
  const example = start(name, options);
  started.push(example);
  return example;
}

// stops examples of a `before` that timed out too, which would keep the process alive
after(async () => {
  for (const example of await Promise.allSettled(started)) {
    if (example.status === "fulfilled") await example.value.stop();
  }
});

async function start(name: string, options: ExampleOptions): Promise<Example> {
  const directory = mkdtempSync(join(tmpdir(), `anon-${name}-`));
  const { ANON_STORAGE: _, ANON_SECRET: __, ...inherited } = process.env;
  const env = {
    ...inherited,
    NODE_TEST_CONTEXT: undefined, // otherwise Node runs it as a test
    HOST: "127.0.0.1",
    ...(ON_SQLITE.test(name) && { ANON_STORAGE: `sqlite:${DATABASE}` }),
    ...(options.https && (await writeCertificate(directory))),
    ...options.env?.(directory),
  };
  let output = "";
  let child: ChildProcess | undefined;

  async function listen(port: number): Promise<string> {
    const args = [script, "--runtime", options.runtime ?? "node", name];
    const server = spawn(process.execPath, args, {
      cwd: directory,
      env: { ...env, PORT: `${port}` },
      stdio: ["ignore", "pipe", "pipe"],
    });
    child = server;
    return new Promise((resolve, reject) => {
      const tooLate = setTimeout(() => reject(new Error(`${name} does not listen:\n${output}`)), START_MS);
      const from = output.length;
      for (const stream of [server.stdout, server.stderr]) {
        stream.setEncoding("utf8").on("data", (chunk: string) => {
          output += chunk;
          const url = /^Listening on (https?:\S+)$/m.exec(output.slice(from))?.[1];
          if (url === undefined) return;
          clearTimeout(tooLate);
          resolve(url);
        });
      }
      server.once("close", (code) => {
        clearTimeout(tooLate);
        reject(new Error(`${name} ended with exit code ${code}:\n${output}`));
      });
    });
  }

  async function end(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, "close");
    child.kill("SIGTERM");
    await closed;
  }

  try {
    const { protocol, port } = new URL(await listen(0));
    return {
      url: `${protocol}//localhost:${port}`,
      port: Number(port),
      directory,
      output: () => output,
      async stop() {
        await end();
        rmSync(directory, { recursive: true, force: true });
      },
      async restart() {
        await end();
        await listen(Number(port));
      },
    };
  } catch (error) {
    await end();
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

/** The accounts in an example's directory; `now` sets another clock. */
export function accountsOf({ directory }: Example, now?: () => number): Anon {
  const [base, database] = [join(directory, ".anon"), join(directory, DATABASE)];
  const secretOfDatabase = `${database}.secret`;
  const [storage, secret] = existsSync(secretOfDatabase)
    ? [sql({ url: `sqlite:${database}` }), secretOfDatabase]
    : [fs({ base }), join(base, "secret")];
  return createAnon({ storage, secret: readFileSync(secret, "utf8").trim(), now });
}
