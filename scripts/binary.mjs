// npm run build:binary [-- --outfile=path --target=bun-linux-arm64 …]: the command line as one executable, for machines without
// Node. What follows `--` is passed to `bun build`.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findBun } from "./run/runtimes.mjs";
import { root } from "./run/tree.mjs";

const bun = findBun();
if (bun === null) {
  console.error("Cannot build the binary: Bun cannot be found, run npm ci without --ignore-scripts");
  process.exit(1);
}
const options = process.argv.slice(2);
if (!options.some((option) => option.startsWith("--outfile")))
  options.push(`--outfile=${join(root, "binary", "anon")}`);
const built = spawnSync(
  bun,
  [
    "build",
    "--compile",
    // only our own configuration file sets anything: an .env of the directory must not choose the storage
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    join(root, "cli", "anon.ts"),
    ...options,
  ],
  { stdio: "inherit" },
);
if (built.error) console.error(`Cannot build the binary: ${built.error.message}`);
process.exit(built.status ?? 1);
