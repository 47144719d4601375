/** The own fields of both sides of a merge. */
import { changeOwnFields } from "../account/own-fields.ts";
import type { MergeOptions, MergeStrategy } from "../contract/merge.ts";
import type { OwnFields } from "../contract/records.ts";
import { AnonError } from "../errors.ts";

/**
 * The own fields of an account that a guest was merged into. Never changes either.
 *
 * @throws {AnonError} `conflict` where the function is missing that combines them, or throws; `invalid_data`,
 * `reserved_field` for a result that is no own fields
 */
export async function mergedFields(
  strategy: MergeStrategy,
  combine: MergeOptions["combine"],
  account: OwnFields,
  anonymous: OwnFields,
): Promise<OwnFields> {
  if (strategy !== "combine")
    return strategy === "keep-anonymous" ? { ...account, ...anonymous } : { ...anonymous, ...account };
  if (!combine)
    throw new AnonError("conflict", "Cannot combine without `merge.combine` of the collection: configure it");
  let fields: OwnFields;
  try {
    fields = combine(structuredClone(account), structuredClone(anonymous));
  } catch (cause) {
    throw new AnonError("conflict", "Cannot combine the own fields of both: `merge.combine` threw", { cause });
  }
  // each time: what it answered the first time says nothing of the next
  return await changeOwnFields({}, fields ?? null, undefined);
}
