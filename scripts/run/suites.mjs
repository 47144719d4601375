// What is run where: the suite on each runtime from the sources, then what is run once.
import { join } from "node:path";
import { findBun, findDeno, findNode, findNode20 } from "./runtimes.mjs";
import { filesUnder, root } from "./tree.mjs";

// A test that races processes for ten seconds, or fills 100,000 keys on a busy machine, is slow but not stuck.
const TEST_TIMEOUT_MS = 600_000;

const nodeArgs = (report) => [
  "--test",
  `--test-timeout=${TEST_TIMEOUT_MS}`,
  // much of the suite waits for processes and servers, so two files at a time suit one core as well
  "--test-concurrency=2",
  "--test-reporter=spec",
  "--test-reporter-destination=stdout",
  "--test-reporter=junit",
  `--test-reporter-destination=${report}`,
];

const onNode = (report, files) => [...nodeArgs(report), ...files];

/** Tests that run once, under Node: they look at the package, not at a runtime. */
const ONCE = /^test\/(package|smoke)\//;

/** Tests of the examples, once, in a browser. */
const BROWSER = /^test\/e2e\//;

/**
 * The suites in order: `find` answers null where the runtime cannot be had, `needs` says what is started or found for
 * them, and `usesDist` that they use the package as it was built.
 */
export function suites() {
  const all = filesUnder("test", ".test.ts");
  const everywhere = all.filter((path) => !ONCE.test(path) && !BROWSER.test(path));
  const once = all.filter((path) => ONCE.test(path));
  const browser = all.filter((path) => BROWSER.test(path));
  return [
    {
      runtime: "bun",
      find: findBun,
      files: everywhere,
      needs: ["redis"],
      args: (report, files) => [
        "test",
        "--isolate",
        `--timeout=${TEST_TIMEOUT_MS}`,
        "--reporter=junit",
        `--reporter-outfile=${report}`,
        ...files.map((file) => `./${file}`),
      ],
    },
    {
      runtime: "deno",
      find: findDeno,
      files: everywhere,
      needs: ["redis"],
      // `npm run types` checks the types, once, and with the same compiler as the build.
      args: (report, files) => ["test", "-A", "--no-check", `--junit-path=${report}`, ...files],
    },
    { runtime: "node", find: findNode, files: everywhere, needs: ["redis"], args: onNode },
    { runtime: "once", find: findNode, files: once, needs: ["redis"], usesDist: true, args: onNode },
    { runtime: "browser", find: findNode, files: browser, needs: ["browser"], usesDist: true, args: onNode },
    {
      runtime: "node20",
      find: findNode20,
      files: filesUnder("test/smoke", ".test.mjs"),
      needs: [],
      usesDist: true,
      args: (report, files) => [...nodeArgs(report), ...files.map((file) => join(root, file))],
    },
  ];
}
