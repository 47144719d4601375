/** A registry like JSR on this machine: what Deno publishes to it is what JSR would receive, and Deno runs it from there. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { findDeno } from "../../scripts/run/runtimes.mjs";
import { serve } from "../support/server.ts";
import { readJson, root } from "./source-tree.ts";

const run = promisify(execFile);

export interface JsrRegistry {
  /** Holds the published files, as JSR has them: specifiers resolved by `jsr.json` and `package.json`. */
  folder: string;
  /** Runs Deno with this registry in place of JSR; resolves with its standard output. */
  deno(cwd: string, args: readonly string[]): Promise<string>;
  dispose(): Promise<void>;
}

/** Publishes the package by `deno publish`. */
export async function publishToJsr(): Promise<JsrRegistry> {
  const { name, version, exports } = readJson<{ name: string; version: string; exports: object }>("jsr.json");
  const work = await mkdtemp(join(tmpdir(), "anon-jsr-"));
  const folder = join(work, "package");
  await mkdir(folder);
  const archive = join(work, "package.tar.gz");

  const manifest = async () => {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
    const listed = files.map(async (file) => {
      const bytes = await readFile(file);
      const checksum = `sha256-${createHash("sha256").update(bytes).digest("hex")}`;
      return [file.slice(folder.length).replaceAll("\\", "/"), { size: bytes.length, checksum }];
    });
    return { manifest: Object.fromEntries(await Promise.all(listed)), exports };
  };

  const server = await serve(async (request) => {
    const { pathname } = new URL(request.url);
    if (request.method === "POST") {
      await writeFile(archive, new Uint8Array(await request.arrayBuffer()));
      return Response.json({ id: "1", status: "success", error: null });
    }
    if (pathname.endsWith(`/versions/${version}`)) return new Response(null, { status: 404 });
    if (pathname.startsWith("/api/")) return Response.json({});
    if (pathname === `/${name}/meta.json`) return Response.json({ latest: version, versions: { [version]: {} } });
    if (pathname === `/${name}/${version}_meta.json`) return Response.json(await manifest());
    const file = pathname.replace(`/${name}/${version}/`, "");
    const headers = { "content-type": "text/typescript" };
    return await readFile(join(folder, file), "utf8").then(
      (text) => new Response(text, { headers }),
      () => new Response(null, { status: 404 }),
    );
  });

  const env = { ...process.env, JSR_URL: `${server.url}/`, DENO_DIR: join(work, "cache"), NO_COLOR: "1" };
  const deno = async (cwd: string, args: readonly string[]) =>
    (await run(findDeno() ?? "deno", args, { cwd, env, timeout: 120_000 })).stdout;
  const dispose = async () => {
    await server.stop();
    await rm(work, { recursive: true, force: true });
  };
  try {
    // npm run check:jsr checks the types
    await deno(root, ["publish", "--token", "none", "--allow-dirty", "--no-check"]);
    await run("tar", ["-xzf", archive, "-C", folder]);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { folder, deno, dispose };
}
