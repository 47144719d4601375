/** How workers communicate with the test that started them. */
import process from "node:process";
import { createInterface } from "node:readline";

/** The input that the test passed. */
export function input<T>(): T {
  return JSON.parse(process.argv.at(-1) as string) as T;
}

/** Writes one JSON document, and waits until it is flushed. */
export function send(message: unknown): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${JSON.stringify(message)}\n`, () => resolve());
  });
}

const lines = createInterface({ input: process.stdin });

/** Waits for the next line from the test. */
export function receive(): Promise<unknown> {
  return new Promise((resolve) => lines.once("line", (line) => resolve(JSON.parse(line))));
}
