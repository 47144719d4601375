// Which tests run where: the suite on each runtime from the sources, then the tests that run once.
import { join } from "node:path";
import { findBun, findDeno, findNode, findNode20 } from "./runtimes.mjs";
import { filesUnder, root } from "./tree.mjs";

// A test that races processes for ten seconds, or fills 100,000 keys on a busy machine, is slow but not stuck.
const TEST_TIMEOUT_MS = 600_000;

const nodeArgs = (report, concurrency = 2) => [
  "--test",
  `--test-timeout=${TEST_TIMEOUT_MS}`,
  // much of the suite waits for processes and servers, so two files at a time are faster even on one core
  `--test-concurrency=${concurrency}`,
  "--test-reporter=spec",
  "--test-reporter-destination=stdout",
  "--test-reporter=junit",
  `--test-reporter-destination=${report}`,
];

const onNode = (report, files) => [...nodeArgs(report), ...files];

/** Tests that run once, under Node, because they test the package, not a runtime. */
const ONCE = /^test\/(package|smoke)\//;

/**
 * Files that run on one runtime, unless they are named. They take three quarters of the time of a runtime in the full size, and
 * what they test is the same on all of them.
 */
const ON_ONE_RUNTIME = [
  {
    // Every test starts the command line many times, and Bun starts it in a third of the time. The tests `commands` run the
    // command line on every runtime.
    runtime: "bun",
    files:
      /^test\/cli\/(move|commands\/(bulk|code|convert-and-merge|doctor|export-all|gc|import|retention|undo-gc)|shared\/\w[\w-]*)\.test/,
  },
  {
    // Redis servers that fail, fill up, move slots or are replaced. The client is the same JavaScript on every runtime; the
    // conformance suite tests its sockets on all of them.
    runtime: "node",
    files:
      /^test\/(storage-drivers\/redis\/(clients|frozen-master|full|moving-slot|outages|setups)|sdk\/gc\/(outage|full-storage))\.test/,
  },
  { runtime: "deno", files: /^test\/storage-drivers\/redis\/deadlines\.test/ },
  { runtime: "bun", files: /^test\/storage-drivers\/redis\/failures\.test/ },
  {
    // PostgreSQL servers that fail, refuse or race, likewise.
    runtime: "node",
    files: /^test\/storage-drivers\/sql\/postgres-/,
  },
  {
    // Orders of calls and crash points over a storage in memory, which depend on nothing of a runtime but its promises.
    runtime: "node",
    files: /^test\/sdk\/\w+\/(crash-points|crash-everywhere|[\w-]*interleavings|[\w-]*crashes)\.test/,
  },
  {
    // Processes that race for files and servers: the operating system decides which one wins, whichever runtime makes the
    // calls. Two of the files are Deno's, so that Bun does not run for longer than the others.
    runtime: "bun",
    files: /^test\/(storage-drivers\/fs\/(listing|processes)|sdk\/(merge\/races|gc\/soak|storage\/killed))\.test/,
  },
  {
    runtime: "deno",
    files: /^test\/sdk\/operations\/(identity-and-hold-)?races\.test/,
  },
  {
    // Tests that wait for timers and for the end of processes, during which Node runs another file.
    runtime: "node",
    files: /^test\/(cli\/interrupt|sdk\/(operations\/schedule-gc|limits\/(fairness|processes)))\.test/,
  },
  {
    // Races, floods of passwords and repairs over several storages. The conformance suite tests the drivers on every runtime,
    // and the code above them is the same.
    runtime: "node",
    files:
      /^test\/sdk\/(errors|http\/api\/(first-proofs|password-resets)|operations\/(convert-races|doctor-queue|squatted-emails)|gc\/sweep)\.test/,
  },
  {
    // unstorage's drivers and the adapter over them are plain JavaScript and use nothing of a runtime.
    runtime: "node",
    files: /^test\/storage-drivers\/(adapter|shared\/due-index)\.test/,
  },
  {
    // Calls by their thousands over several storages, and deletions on fs, whose calls are those of Node on every runtime.
    runtime: "node",
    files: /^test\/(sdk\/(random-calls|gc\/delete-unread)|storage-drivers\/fs\/due-deletion)\.test/,
  },
  { runtime: "bun", files: /^test\/storage-drivers\/arbitrary-keys\.test/ },
  // Services with libraries of their own, whose tokens other tests verify on every runtime.
  { runtime: "node", files: /^test\/sdk\/verify\/services\.test/ },
  // The routes of the HTTP API, which use nothing of a runtime.
  { runtime: "deno", files: /^test\/sdk\/http\/api\/route-access\.test/ },
  // Clients of SQL, which are the same JavaScript on every runtime. The conformance suite by URL, and over the SQLite of the
  // runtime, runs on all of them.
  { runtime: "node", files: /^test\/storage-drivers\/sql\/handles\/(libsql|pg|pglite)\.test/ },
  { runtime: "bun", files: /^test\/storage-drivers\/sql\/handles\/db0\.test/ },
  { runtime: "deno", files: /^test\/storage-drivers\/sql\/handles\/(neon|postgres-js)\.test/ },
];

/** Tests of the examples, which run once, in a browser. */
const BROWSER = /^test\/e2e\//;

/** The app of each framework's page, which is installed, built, and driven in a browser. */
const FRAMEWORKS = /^test\/frameworks\//;

/**
 * What goes wrong, goes on elsewhere or comes back later in an example; the short size takes the way through each one. And
 * the site of the documentation, whose packages are large.
 */
const ONLY_IN_FULL = /^test\/e2e\/((guest-checkout|sign-in-with-oidc|try-before-you-buy)-|site\.)/;

/**
 * The suites in order: `find` returns null if the runtime is not available, `needs` lists what is started or found for
 * them, and `usesDist` is set if they use the built package. `everywhere` selects every file on every runtime. A suite that is
 * `onlyInFull` is left out of the short size, unless its runtime is named.
 */
export function suites({ full, everywhere }) {
  const all = filesUnder("test", ".test.ts");
  const ofRuntimes = all.filter((path) => ![ONCE, BROWSER, FRAMEWORKS].some((other) => other.test(path)));
  const only = everywhere ? [] : ON_ONE_RUNTIME;
  for (const { files } of only) {
    if (!ofRuntimes.some((path) => files.test(path))) throw new Error(`Cannot find a test that matches ${files}`);
  }
  const filesOf = (runtime) =>
    ofRuntimes.filter((path) => only.every((one) => one.runtime === runtime || !one.files.test(path)));
  const once = all.filter((path) => ONCE.test(path));
  const browser = all.filter((path) => BROWSER.test(path) && (full || !ONLY_IN_FULL.test(path)));
  return [
    // Node goes first: it has the most files in the short size
    { runtime: "node", find: findNode, files: filesOf("node"), needs: ["redis", "postgres", "python"], args: onNode },
    {
      runtime: "bun",
      find: findBun,
      files: filesOf("bun"),
      needs: ["redis", "postgres", "python"],
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
      needs: ["redis", "postgres", "python"],
      // As many files at once as Node runs.
      env: { DENO_JOBS: "2" },
      // `npm run types` checks the types once, with the compiler of the build.
      args: (report, files) => ["test", "-A", "--no-check", "--parallel", `--junit-path=${report}`, ...files],
    },
    {
      runtime: "once",
      find: findNode,
      files: once,
      needs: ["redis", "postgres", "shells"],
      usesDist: true,
      args: onNode,
    },
    {
      runtime: "browser",
      find: findNode,
      files: browser,
      needs: ["browser", "postgres"],
      usesDist: true,
      args: onNode,
    },
    {
      runtime: "frameworks",
      find: findNode,
      files: all.filter((path) => FRAMEWORKS.test(path)),
      needs: ["browser"],
      usesDist: true,
      onlyInFull: true,
      // a build uses both cores
      args: (report, files) => [...nodeArgs(report, 1), ...files],
    },
    {
      runtime: "node20",
      find: findNode20,
      files: filesUnder("test/smoke", ".test.mjs"),
      needs: ["postgres"],
      usesDist: true,
      args: (report, files) => [...nodeArgs(report), ...files.map((file) => join(root, file))],
    },
  ];
}
