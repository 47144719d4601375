/** Claiming what an account is about to own, and giving it back when it does not come to that. */
import { AnonError } from "../errors.ts";
import { type ClaimContext, type HeldClaim, installClaim, releaseClaims, settleClaim } from "./uniqueness.ts";

/** Something to claim: `what` is said when another account has it. */
export interface Wanted {
  key: string;
  what: "email" | "username" | "identity";
}

/**
 * Runs `change`, which reads the account, calls `claim` with its id, and then swaps the account against what it read, in
 * this order and again from the start when the swap fails. What was claimed is settled when it returns something, and
 * released when it returns `null` or throws; what cannot be is so by the next gc.
 *
 * @throws {AnonError} `email_taken`, `username_taken`, `identity_taken`, `conflict`, and what `change` throws
 */
export async function withClaims<T>(
  context: () => ClaimContext,
  collection: string,
  wanted: readonly Wanted[],
  change: (claim: (id: string) => Promise<void>) => Promise<T>,
): Promise<T> {
  const held = new Map<string, HeldClaim>();
  const claim = async (id: string): Promise<void> => {
    for (const { key, what } of wanted) {
      const installed = await installClaim(context(), collection, key, id);
      if (!installed) throw new AnonError(`${what}_taken`, `Cannot use this ${what}: another account has it`);
      held.set(key, installed);
    }
  };
  const release = () => releaseClaims(context(), [...held.values()]).catch(() => undefined);
  let done: T;
  try {
    done = await change(claim);
  } catch (error) {
    await release();
    throw error;
  }
  if (done === null) await release();
  else await Promise.allSettled([...held.values()].map((one) => settleClaim(context().store, one)));
  return done;
}
