/** The memory of this process, on every runtime. */
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What is left after garbage was collected, in bytes. */
export function usedMemory(): number {
  const { Bun } = globalThis as { Bun?: { gc(force: boolean): void } };
  if (Bun) {
    Bun.gc(true);
  } else {
    setFlagsFromString("--expose-gc");
    runInNewContext("gc")();
  }
  return process.memoryUsage().heapUsed;
}
