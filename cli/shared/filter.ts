/** The flags that say which accounts a command works on, and the SDK's filter that they mean. */
import type { AccountFilter } from "../../sdk/contract/records.ts";
import type { Arg, Values } from "./command.ts";
import { UsageError } from "./errors.ts";

type Flag = Arg & { type: "boolean" };
type DurationFlag = Arg & { type: "string"; kind: "duration" };

export const FILTER_ARGS: {
  anonymous: Flag;
  registered: Flag;
  "inactive-for": DurationFlag;
  quarantined: Flag;
  since: DurationFlag;
} = {
  anonymous: { type: "boolean", description: "Only anonymous accounts" },
  registered: { type: "boolean", description: "Only registered accounts" },
  "inactive-for": {
    type: "string",
    kind: "duration",
    valueHint: "duration",
    description: "Only accounts without activity for this long",
  },
  quarantined: { type: "boolean", description: "The accounts in quarantine instead" },
  since: {
    type: "string",
    kind: "duration",
    valueHint: "duration",
    description: "Only accounts that gc put into quarantine within this time",
  },
};

/** The filter of these flags, without the conditions that were not given. */
export function filterOf(values: Values<typeof FILTER_ARGS>): AccountFilter {
  const { anonymous, registered, quarantined, "inactive-for": inactiveFor, since } = values;
  if (anonymous && registered) {
    throw new UsageError("Cannot use --anonymous together with --registered: leave both out for all accounts");
  }
  return {
    ...(anonymous || registered ? { anonymous: Boolean(anonymous) } : {}),
    ...(inactiveFor === undefined ? {} : { inactiveFor }),
    ...(quarantined ? { quarantined } : {}),
    ...(since === undefined ? {} : { quarantinedWithin: since }),
  };
}
