import { AnonError } from "../errors.ts";

/**
 * The error of the SDK for what a driver rejects with. Messages of our drivers are for people, without values or passwords; of any
 * other driver's, only the first line counts.
 */
export function storageError(verb: string, cause: unknown): AnonError {
  if (cause instanceof AnonError) return cause;
  // a driver may reject with anything, also with nothing
  const { message = "", code = "" } = (cause ?? {}) as { message?: unknown; code?: unknown };
  const reason = String(message).split("\n")[0] || "the driver gave no reason";
  const damaged = code === "corrupt";
  return new AnonError(damaged ? "storage_corrupt" : "storage_unavailable", `Cannot ${verb} the storage: ${reason}`, {
    cause,
  });
}
