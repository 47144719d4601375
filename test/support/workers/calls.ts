/** One of several processes that make calls at the same time, each told which. */
import process from "node:process";
import type { AnonOptions } from "../../../sdk/contract/options.ts";
import { AnonError, createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { heard, input, say } from "./line.ts";

/** A call of the SDK by its name. */
export interface Call {
  name: "convertWithIdentity" | "link" | "unlink" | "hold" | "delete" | "restore" | "gc";
  args: unknown[];
}

export interface CallsInput {
  url: string;
  settings: Omit<AnonOptions, "storage" | "now">;
  /** How far its clock is ahead, in milliseconds. */
  ahead: number;
  calls: Call[];
  /** One after another: of many at once all of one process may come before all of another. */
  inTurn: boolean;
}

/** What each call answered, or the code that it was refused with. */
export type CallResult = { value: unknown } | { code: string };

const { url, settings, ahead, calls, inTurn } = input<CallsInput>();
const anon = createAnon({ ...settings, storage: await open(url), now: () => Date.now() + ahead });
// whatever is loaded and opened with the first call is
await anon.admin.get("aaaaaaaaaaaaaaa");
await say("ready");
await heard();

async function resultOf({ name, args }: Call): Promise<CallResult> {
  try {
    const call = anon.admin[name] as (...args: unknown[]) => Promise<unknown>;
    return { value: await call(...args) };
  } catch (error) {
    return { code: error instanceof AnonError ? error.code : String(error) };
  }
}

const results: CallResult[] = [];
if (inTurn) for (const call of calls) results.push(await resultOf(call));
else results.push(...(await Promise.all(calls.map(resultOf))));
await say(results);
await anon.dispose();
process.exit(0);
