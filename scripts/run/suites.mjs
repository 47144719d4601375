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

/**
 * Files that one runtime runs in the short size. In the full size every file runs on every runtime.
 */
const ON_ONE_RUNTIME = [
  {
    // Every test starts the command line many times, and Bun starts it in a third of the time. What the command line does
    // on each runtime, and how it ends at a signal, commands and interrupt show on all of them.
    runtime: "bun",
    files: /^test\/cli\/(commands\/(code|convert-and-merge|doctor|gc|retention)|shared\/\w[\w-]*)\.test/,
  },
  {
    // Redis servers fail, fill up, move slots and are replaced here. The client is the same JavaScript on every runtime;
    // sockets, deadlines and the conformance suite are shown on all of them by the other redis files.
    runtime: "node",
    files:
      /^test\/(storage-drivers\/redis\/(clients|frozen-master|full|moving-slot|setups)|sdk\/gc\/(outage|full-storage))\.test/,
  },
  {
    // Orders of calls and crash points over a storage in memory: nothing of a runtime is in them but its promises.
    runtime: "node",
    files: /^test\/sdk\/\w+\/(crash-points|crash-everywhere|[\w-]*interleavings|[\w-]*crashes)\.test/,
  },
  {
    // Processes that race for files and servers: the operating system decides which one wins, whichever runtime makes the
    // calls. Two of the files are Deno's, so that Bun does not run for longer than the others.
    runtime: "bun",
    files: /^test\/(storage-drivers\/fs\/(listing|processes)|sdk\/(merge\/races|gc\/soak))\.test/,
  },
  {
    runtime: "deno",
    files: /^test\/sdk\/operations\/(identity-and-hold-)?races\.test/,
  },
  {
    // They wait for timers and for processes that end, and Node runs another file meanwhile.
    runtime: "node",
    files: /^test\/sdk\/(operations\/schedule-gc|limits\/fairness)\.test/,
  },
  {
    // Races, floods of passwords and repairs over several storages. Below the driver's port the conformance suite shows what
    // a runtime does; above it the code is the same.
    runtime: "node",
    files:
      /^test\/sdk\/(errors|http\/api\/(first-proofs|password-resets)|operations\/(convert-races|doctor-queue|squatted-emails)|gc\/sweep)\.test/,
  },
  {
    // unstorage's drivers are plain JavaScript, and the adapter over them uses no part of a runtime.
    runtime: "node",
    files: /^test\/storage-drivers\/(adapter|shared\/due-index)\.test/,
  },
];

/** Tests of the examples, once, in a browser. */
const BROWSER = /^test\/e2e\//;

/** What goes wrong, goes on elsewhere or comes back later in an example; the short size takes the way through each one. */
const ONLY_IN_FULL = /^test\/e2e\/(guest-checkout|sign-in-with-oidc|try-before-you-buy)-/;

/**
 * The suites in order: `find` returns null where the runtime cannot be had, `needs` says what is started or found for
 * them, and `usesDist` that they use the package as it was built. `full` asks for every file, on every runtime.
 */
export function suites({ full }) {
  const all = filesUnder("test", ".test.ts");
  const everywhere = all.filter((path) => !ONCE.test(path) && !BROWSER.test(path));
  const only = full ? [] : ON_ONE_RUNTIME;
  for (const { files } of only) {
    if (!everywhere.some((path) => files.test(path))) throw new Error(`Cannot find a test that matches ${files}`);
  }
  const filesOf = (runtime) =>
    everywhere.filter((path) => only.every((one) => one.runtime === runtime || !one.files.test(path)));
  const once = all.filter((path) => ONCE.test(path));
  const browser = all.filter((path) => BROWSER.test(path) && (full || !ONLY_IN_FULL.test(path)));
  return [
    // Node goes first: it has the most files in the short size, and runs two at a time beside the others
    { runtime: "node", find: findNode, files: filesOf("node"), needs: ["redis"], args: onNode },
    {
      runtime: "bun",
      find: findBun,
      files: filesOf("bun"),
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
      files: filesOf("deno"),
      needs: ["redis"],
      // `npm run types` checks the types, once, and with the same compiler as the build.
      args: (report, files) => ["test", "-A", "--no-check", `--junit-path=${report}`, ...files],
    },
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
