import { changeOwnFields } from "../account/own-fields.ts";
import type { MergeOptions, MergeStrategy } from "../contract/merge.ts";
import type { OwnFields } from "../contract/records.ts";
import { AnonError } from "../errors.ts";

/**
 * The own fields of an account after a merge.
 *
 * @throws {AnonError} `conflict` when `merge.combine` is missing or throws; `invalid_data`, `reserved_field` for a result
 * that is not valid as own fields
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
  // checked in each call, because `combine` may return something else each time
  return await changeOwnFields({}, fields ?? null, undefined);
}
