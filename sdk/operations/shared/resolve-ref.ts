import { isAccountId } from "../../account/id.ts";
import type { AccountRef } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import type { Settings } from "../../settings/collections.ts";

/** `id` is `null` if no account can have that id. */
export function resolveRef(
  engine: Engine,
  ref: string | Partial<AccountRef>,
): { settings: Settings; id: string | null } {
  const { collection, id } = typeof ref === "string" ? { collection: undefined, id: ref } : (ref ?? {});
  return { settings: engine.settings.get(collection), id: isAccountId(id) ? id : null };
}
