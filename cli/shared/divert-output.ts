/** Sends to stderr what other code prints. The consoles of Bun and Deno do not use `process.stdout`. */
export async function divertOutput(): Promise<void> {
  // loaded here, because that takes Bun as long as all of `--help`
  const { Console } = await import("node:console");
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof process.stdout.write;
  const onStderr = new Console({ stdout: process.stderr, stderr: process.stderr });
  // replaces the methods, not the object: packages may have imported it from `node:console`
  for (const [name, method] of Object.entries(onStderr)) {
    if (typeof method === "function") Object.assign(console, { [name]: method.bind(onStderr) });
  }
  if ("write" in console) Object.assign(console, { write: (text: unknown) => process.stderr.write(String(text)) });
}
