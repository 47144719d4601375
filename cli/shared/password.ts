/** The password a person chooses: typed twice unseen, or from stdin; never an argument, which others could read. */
import type { Context } from "./command.ts";
import { UsageError } from "./errors.ts";
import { ask, canAsk, firstLine } from "./stdin.ts";

export async function choosePassword({ io, hidden }: Context, fromStdin: boolean): Promise<string> {
  if (!fromStdin && !canAsk(io)) {
    throw new UsageError("Cannot ask for the password without a terminal: pass it with --password-stdin");
  }
  const [password = "", again] = fromStdin
    ? [await firstLine(io.stdin)]
    : await ask(io, ["Password: ", "Password again: "], true);
  hidden.push(password);
  if (again !== undefined && again !== password) {
    throw new UsageError("Cannot use this password: the two entries differ, try again");
  }
  return password;
}
