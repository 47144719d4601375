import type { Io } from "./io.ts";

/** Whether what is said on stderr gets colours; results and help have none. */
export function colourful({ stderr, env }: Io): boolean {
  return stderr.isTTY && !env.NO_COLOR && env.TERM !== "dumb";
}
