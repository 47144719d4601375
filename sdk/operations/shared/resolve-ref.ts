import type { AccountRef } from "../../contract/records.ts";
import type { Engine } from "../../engine.ts";
import type { Settings } from "../../settings/collections.ts";

const ID = /^[a-z0-9]{15}$/;

/** `id` is `null` if no account can have that id. */
export function resolveRef(
  engine: Engine,
  ref: string | Partial<AccountRef>,
): { settings: Settings; id: string | null } {
  const { collection, id } = typeof ref === "string" ? { collection: undefined, id: ref } : (ref ?? {});
  return { settings: engine.settings.get(collection), id: typeof id === "string" && ID.test(id) ? id : null };
}
