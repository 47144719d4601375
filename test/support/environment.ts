/** The environment of this process, replaced for a test. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Runs `act` with an empty directory, these variables, and no other variable of ours. */
export async function inEnvironment(
  variables: Record<string, string | undefined>,
  act: (directory: string) => Promise<void>,
): Promise<void> {
  const present = process.env;
  const directory = await mkdtemp(join(tmpdir(), "anon-environment-"));
  const others = Object.entries(present).filter(([name]) => !/^(ANON_|NODE_ENV$)/.test(name));
  const given = Object.entries(variables).filter(([, value]) => value !== undefined);
  // a copy, because tests of other files share the environment of the process
  process.env = Object.fromEntries([...others, ...given]);
  try {
    await act(directory);
  } finally {
    process.env = present;
    await rm(directory, { recursive: true });
  }
}
