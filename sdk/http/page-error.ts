/** An error as the pages of a framework show it. */
import { AnonError } from "../errors.ts";
import { isRefusal } from "../hooks/hooks.ts";
import { toWireError } from "./wire-error.ts";

export interface PageError {
  status: number;
  /** For people. It reveals no internal failure. */
  message: string;
  code: string;
  /** `retry-after`, if there is one. */
  headers: Readonly<Record<string, string>>;
}

/** What a page shows of an error of the SDK or of a hook that refused; `null` for all others, which the framework handles. */
export function toPageError(error: unknown): PageError | null {
  if (!(error instanceof AnonError) && !isRefusal(error)) return null;
  const { status, message, code, headers, data } = toWireError(error, "");
  const fields = Object.values(data).map((issue) => issue.message);
  return { status, code, headers, message: message || fields.join(" ") };
}
