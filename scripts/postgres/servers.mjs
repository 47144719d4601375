/** Starts PostgreSQL servers on loopback, for tests and benchmarks. */
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort, until } from "../run/ports.mjs";
import { installedPrograms, serverUser } from "./find-postgres.mjs";

/**
 * A server with an empty database: `{ url, port, pid, stop(), kill(), restart(), pause(), resume() }`.
 *
 * - `args` follow those of `postgres` that are set here, so `["-c", "max_connections=5"]` replaces a setting.
 * - `icuLocale` is the ICU locale that texts are sorted by, such as `en-US`; by default they are sorted by bytes.
 * - `files` are written to the data directory by name, such as a `pg_hba.conf`, or a certificate.
 */
export async function startPostgres({ programs, args = [], icuLocale, files = {} } = {}) {
  return launch({ programs, args, files }, async (run, data) => {
    const icu = icuLocale === undefined ? [] : ["--locale-provider=icu", `--icu-locale=${icuLocale}`];
    await run("initdb", [
      ...["--pgdata", data, "--username=postgres", "--auth=trust", "--no-sync"],
      ...["--encoding=UTF8", "--locale=C.UTF-8", ...icu],
    ]);
  });
}

/**
 * A hot standby of `primary`, a server that `startPostgres` returned: it has the same methods, refuses writes, and becomes
 * a primary by `promote()`.
 */
export async function startStandby(primary, { programs, args = [] } = {}) {
  let promote;
  const standby = await launch({ programs, args, files: {} }, async (run, data) => {
    await run("pg_basebackup", [
      ...["--pgdata", data, "--host=127.0.0.1", `--port=${primary.port}`, "--username=postgres"],
      ...["--write-recovery-conf", "--checkpoint=fast", "--no-sync"],
    ]);
    promote = () => run("pg_ctl", ["promote", "--pgdata", data]);
  });
  return Object.assign(standby, { promote });
}

/** Starts a server in a new folder, whose data directory `fill` creates. */
async function launch({ programs = installedPrograms(), args, files }, fill) {
  if (!programs)
    throw new Error("Cannot start PostgreSQL: its programs are not installed, or there is no user to run it");
  const user = serverUser();
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "anon-postgres-"));
  const own = (path) => user.uid === undefined || chownSync(path, user.uid, user.gid);
  own(folder);
  const data = join(folder, "data");
  const log = join(folder, "log");
  const keeper = startKeeper(folder);
  let child;

  const run = (program, options) => promisify(execFile)(join(programs, program), options, { ...user, cwd: folder });
  const isOver = () => !child || child.exitCode !== null || child.signalCode !== null;
  const isReady = () => {
    const [pid, , , , , , , status = ""] = readLines(join(data, "postmaster.pid"));
    return Number(pid) === child.pid && /^(ready|standby)/.test(status);
  };
  const start = async () => {
    const settings = {
      port,
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      max_connections: 200,
      // The kill of a process loses nothing that the system has in its cache.
      fsync: "off",
      full_page_writes: "off",
      // A standby that has lost its primary waits for this long before it is promoted.
      wal_retrieve_retry_interval: "100ms",
      // A killed server leaves files of /dev/shm behind.
      dynamic_shared_memory_type: "mmap",
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const output = openSync(log, "a");
    const stdio = ["ignore", output, output];
    child = spawn(join(programs, "postgres"), ["-D", data, ...options, ...args], { ...user, cwd: folder, stdio });
    closeSync(output);
    let failure = null;
    child.on("error", (error) => {
      failure = error;
    });
    child.unref();
    keeper.keep(child.pid);
    await until(() => {
      if (failure) throw failure;
      if (isOver()) throw new Error(`PostgreSQL ended: ${readLines(log).slice(-8).join("\n")}`);
      return isReady();
    }, "PostgreSQL to accept connections");
  };
  const pause = () => {
    // A stopped postmaster starts no more children.
    process.kill(child.pid, "SIGSTOP");
    signal(childrenOf(child.pid), "SIGSTOP");
  };
  const resume = () => signal([...childrenOf(child.pid), child.pid], "SIGCONT");
  const end = async (how) => {
    if (isOver()) return;
    const gone = once(child, "exit");
    child.ref();
    how();
    await gone;
  };
  const kill = async () => {
    pause();
    const children = childrenOf(child.pid);
    await end(() => signal([...children, child.pid], "SIGKILL"));
    // The next start refuses the shared memory of processes that still run.
    await until(() => !processes().some(({ pid }) => children.includes(pid)), "the processes of PostgreSQL to end");
  };
  const shutDown = (name) => {
    resume();
    child.kill(name);
  };

  try {
    await fill(run, data);
    for (const [name, content] of Object.entries(files)) {
      writeFileSync(join(data, name), content, { mode: 0o600 });
      own(join(data, name));
    }
    await start();
  } catch (error) {
    await keeper.end();
    throw error;
  }
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    port,
    get pid() {
      return child.pid;
    },
    /** Ends it and removes its data. */
    async stop() {
      await end(() => shutDown("SIGQUIT"));
      await keeper.end();
    },
    /** Kills all of its processes. */
    async kill() {
      if (!isOver()) await kill();
    },
    /** Shuts it down if it runs, which ends the connections of its clients with the code 57P01; starts it with the same data. */
    async restart() {
      await end(() => shutDown("SIGINT"));
      await start();
    },
    /** Stops all of its processes, so that it accepts connections but never replies. */
    pause,
    resume,
  };
}

/**
 * A process that ends the server and removes its folder once `end` is called or this process is over, even if it was killed.
 * The shared memory of a killed server stays for the next start, so it is removed too.
 */
function startKeeper(folder) {
  const script = `
    while read -r line; do pid=$line; done
    if [ -n "$pid" ] && kill -QUIT "$pid" 2>&-; then
      kill -CONT "$pid"
      for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>&- || break; sleep 0.5; done
      kill -KILL "$pid" 2>&-
    fi
    ipcrm -m "$(sed -n '7s/.* //p' "$0/data/postmaster.pid")" 2>&-
    rm -rf "$0"`;
  const keeper = spawn("sh", ["-c", script, folder], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  keeper.unref();
  return {
    keep: (pid) => keeper.stdin.write(`${pid}\n`),
    async end() {
      if (keeper.exitCode !== null) return;
      const gone = once(keeper, "exit");
      keeper.ref();
      keeper.stdin.end("\n");
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readLines(path) {
  try {
    return readFileSync(path, "utf8").trimEnd().split("\n");
  } catch {
    return [];
  }
}

/** The processes that run, without those that are over and not yet reaped. */
function processes() {
  const lines = existsSync("/proc/self/stat")
    ? readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? readLines(`/proc/${name}/stat`) : []))
    : spawnSync("ps", ["-A", "-o", "pid=,comm=,state=,ppid="], { encoding: "utf8" }).stdout.split("\n");
  // The name of a program may have spaces and brackets.
  return lines.flatMap((line) => {
    const [, pid, state, parent] = /^ *(\d+) .* ([A-Z])\S* +(\d+)\b/.exec(line) ?? [];
    return pid === undefined || state === "Z" ? [] : [{ pid: Number(pid), parent: Number(parent) }];
  });
}

function childrenOf(pid) {
  return processes().flatMap((one) => (one.parent === pid ? [one.pid] : []));
}

function signal(pids, name) {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if (error.code !== "ESRCH") throw error;
    }
  }
}
