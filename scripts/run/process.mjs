// Runs one child process, captures or shows its output, and kills its process group after a timeout.
import { spawn } from "node:child_process";

/**
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, show?: boolean }} [options]
 * @returns {Promise<{ code: number | null, signal: string | null, output: string, stdout: string, timedOut: boolean }>}
 */
export function run(command, args, { cwd, env = process.env, timeoutMs = 2_700_000, show = false } = {}) {
  return new Promise((resolve) => {
    const windows = process.platform === "win32";
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: !windows });
    let output = "";
    let stdout = "";
    let timedOut = false;
    const end = (signal) => {
      try {
        if (windows) child.kill(signal);
        else process.kill(-child.pid, signal);
      } catch {
        // It has already ended.
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      end("SIGKILL");
    }, timeoutMs);
    const interrupted = () => {
      end("SIGTERM");
      process.exitCode = 130;
    };
    process.once("SIGINT", interrupted);
    process.once("SIGTERM", interrupted);
    const settle = (code, signal) => {
      clearTimeout(timer);
      process.off("SIGINT", interrupted);
      process.off("SIGTERM", interrupted);
      resolve({ code, signal, output, stdout, timedOut });
    };
    child.stdout.setEncoding("utf8").on("data", (chunk) => {
      output += chunk;
      stdout += chunk;
      if (show) process.stdout.write(chunk);
    });
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      output += chunk;
      if (show) process.stderr.write(chunk);
    });
    child.on("error", (error) => {
      output += `${error.message}\n`;
      settle(null, null);
    });
    child.on("close", settle);
  });
}
