// npm run screenshots: takes README's screenshots of the examples, in docs/screenshots.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { findChromium } from "./browser/find-chromium.mjs";
import { findNode } from "./run/runtimes.mjs";
import { root } from "./run/tree.mjs";

const [node, chromium] = [findNode(), findChromium()];
if (node === null || chromium === null) {
  console.error(
    `Cannot take screenshots: ${node === null ? "run npm ci without --ignore-scripts" : "install Chromium"}`,
  );
  process.exit(1);
}
const done = spawnSync(node, [join(root, "test", "e2e", "support", "take-screenshots.ts")], {
  stdio: "inherit",
  env: { ...process.env, ANON_TEST_CHROMIUM: chromium },
});
process.exit(done.status ?? 1);
