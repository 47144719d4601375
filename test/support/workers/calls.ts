/** One of several processes that make the given calls at the same time. */
import process from "node:process";
import type { AnonOptions } from "../../../sdk/contract/options.ts";
import { AnonError, createAnon } from "../../../sdk/index.ts";
import { open } from "../../../storage-drivers/open.ts";
import { input, receive, send } from "./line.ts";

/** A call of `anon.admin`. */
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
  /** Makes the calls one after another. Made at once, those of one process may all come before those of another. */
  inTurn: boolean;
}

/** The return value of a call, or the code of its refusal. */
export type CallResult = { value: unknown } | { code: string };

const { url, settings, ahead, calls, inTurn } = input<CallsInput>();
const anon = createAnon({ ...settings, storage: await open(url), now: () => Date.now() + ahead });
// loads and opens everything that the first call needs
await anon.admin.get("aaaaaaaaaaaaaaa");
await send("ready");
await receive();

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
await send(results);
await anon.dispose();
process.exit(0);
