/** How workers speak with the test that started them. */
import process from "node:process";
import { createInterface } from "node:readline";

/** What the test passed. */
export function input<T>(): T {
  return JSON.parse(process.argv.at(-1) as string) as T;
}

/** Writes one document, and waits until it has been handed on. */
export function say(message: unknown): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${JSON.stringify(message)}\n`, () => resolve());
  });
}

const lines = createInterface({ input: process.stdin });

/** Waits for the next line of the test. */
export function heard(): Promise<unknown> {
  return new Promise((resolve) => lines.once("line", (line) => resolve(JSON.parse(line))));
}
