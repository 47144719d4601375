// Builds dist/ for Node 20 and the package: the declarations of each source, and bundles of the code. Plain JavaScript, because
// npm runs it as `prepare`.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
// Built in another folder and renamed, so that a concurrent import sees the old or the new dist/, never half of it. Between
// the two renames there is no dist/, because two directories cannot be exchanged atomically.
const fresh = join(root, `dist.${process.pid}.tmp`);
const SHEBANG = "#!/usr/bin/env node\n";
const NAMES = ["anon", "anon-accounts"];

function fail(why) {
  rmSync(fresh, { recursive: true, force: true });
  console.error(`Cannot build anon-accounts: ${why}`);
  process.exit(1);
}

const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
if (!existsSync(tsc)) fail("TypeScript is not installed; run npm ci first");

const built = spawnSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", fresh], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
});
if (built.error) fail(`tsc did not start: ${built.error.message}`);
if (built.status !== 0) fail(`tsc failed (${built.signal ?? `exit code ${built.status}`}); its messages are above`);

await bundle().catch((error) => fail(error.message));
const cli = join(fresh, "cli", "anon.js");
if (existsSync(cli)) {
  const source = readFileSync(cli, "utf8");
  if (!source.startsWith("#!")) writeFileSync(cli, SHEBANG + source);
  else if (!source.startsWith(SHEBANG)) writeFileSync(cli, source.replace(/^#!.*\n/, SHEBANG));
  chmodSync(cli, 0o755);
}
const old = join(root, `dist.${process.pid}.old.tmp`);
if (existsSync(dist)) renameSync(dist, old);
renameSync(fresh, dist);
rmSync(old, { recursive: true, force: true });
linkBin();

/**
 * Loading 170 small modules takes Node four times as long as loading a few large ones. So what several entries share becomes
 * one file, as does what is imported only when it is needed. One build holds all entries and the CLI, because two copies of a
 * module would have two classes `AnonError`.
 */
async function bundle() {
  const { build } = await import("esbuild");
  const { exports, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const built = [...Object.values(exports).flatMap((entry) => entry.default ?? []), bin.anon];
  const entryPoints = built.map((path) => path.replace(/^(\.\/)?dist\//, "").replace(/\.js$/, ".ts"));
  await build({
    // so that the output does not contain the path of the build
    absWorkingDir: root,
    // In a file of its own, so that the main entry only names it: a bundler of the application then leaves all of it out where
    // only AnonError is imported.
    // `#host` of package.json chooses one of the last two, by the conditions of the runtime or the bundler.
    entryPoints: [...entryPoints, "sdk/create-anon.ts", "sdk/host/server.ts", "sdk/host/edge.ts"],
    plugins: [{ name: "host", setup: leaveHostOpen }],
    outbase: root,
    outdir: fresh,
    chunkNames: "shared/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    // for browsers, edges and servers alike
    platform: "neutral",
    target: "es2022",
    // Otherwise esbuild leaves out the second argument of import(), by which bundlers leave that import as it is.
    supported: { "import-attributes": true },
    packages: "external",
    logLevel: "error",
  });
}

/** Imports of `sdk/host/server.ts` become `#host`, which a bundle for an edge resolves to `edge.js`. */
function leaveHostOpen({ onResolve }) {
  onResolve({ filter: /\/host\/server\.ts$/ }, ({ kind }) =>
    kind === "entry-point" ? undefined : { path: "#host", external: true },
  );
}

/**
 * npm does not link a project's own `bin`; without a link `npx anon-accounts` would install a second copy of the project
 * into its cache. Windows gets the command file npm would write.
 */
function linkBin() {
  const bin = join(root, "node_modules", ".bin");
  try {
    mkdirSync(bin, { recursive: true });
    if (process.platform === "win32") {
      for (const name of NAMES) {
        writeFileSync(join(bin, `${name}.cmd`), '@node "%~dp0\\..\\..\\dist\\cli\\anon.js" %*\r\n');
        writeFileSync(join(bin, name), '#!/bin/sh\nexec node "$(dirname "$0")/../../dist/cli/anon.js" "$@"\n');
      }
      return;
    }
    for (const name of NAMES) {
      rmSync(join(bin, name), { force: true });
      symlinkSync(join("..", "..", "dist", "cli", "anon.js"), join(bin, name));
    }
  } catch (error) {
    // The build is complete; only the short name is missing.
    console.warn(`npx anon-accounts will be slower: node_modules/.bin cannot have its links (${error.message})`);
  }
}
