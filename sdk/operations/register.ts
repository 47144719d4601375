import type { Client } from "../contract/limits.ts";
import type { AnonRecord, ConvertInput } from "../contract/records.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { convert } from "./convert.ts";
import { createUser } from "./create-user.ts";
import { deleteByRef } from "./delete.ts";
import { checkRegistration } from "./shared/check-registration.ts";
import { signOut } from "./sign-out.ts";

/** Converts a new guest at once. If that fails the guest is deleted; if the process dies in between, gc collects it. */
export async function register(
  engine: Engine,
  { collection, ...input }: ConvertInput<Record<string, unknown>> & { collection?: string },
  client?: Client,
): Promise<AnonRecord> {
  const settings = engine.settings.get(collection);
  // refuse invalid input before anything is stored
  checkRegistration(engine, settings, input, undefined);
  const { record: guest } = await createUser(engine, { collection, data: input.data }, { client, registers: true });
  const ref = { collection, id: guest.id };
  try {
    const { token, record } = await convert(engine, ref, { ...input, data: undefined }, undefined, { registers: true });
    await signOut(engine, token, {}, true);
    return record;
  } catch (error) {
    // a guest that cannot be deleted now is left to gc
    await deleteByRef(engine, ref, {}, true).catch(() => undefined);
    // as in `convert`
    if (error instanceof AnonError && error.code === "overloaded") {
      await engine.limits.giveBack("signUpsPerAddress", client?.address);
    }
    throw error;
  }
}
