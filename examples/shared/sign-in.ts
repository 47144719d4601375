/** Signing in with a password, also for a guest, whose account then is merged into the one that is signed in to. */
import { AnonError, type AuthData, type Authenticated } from "anon-accounts";
import { auth, merge, signInWithPassword, signInWithToken } from "anon-accounts/context";

/** Who is signed in now, and whether a guest's account went into that one. */
export interface SignedIn {
  record: AuthData["record"];
  merged: boolean;
}

export async function signInAndMerge(
  email: string,
  password: string,
  options?: { collection: string },
): Promise<SignedIn> {
  const guest = await auth();
  // the request's own, so that wrong passwords count by the address that they come from
  return mergeGuest(guest, await signInWithPassword(email, password, options));
}

/**
 * Merges the guest whom the request came from into the account that it has signed in to: there are both proofs. When that
 * fails the browser is the guest's, who has all that was theirs, and trying again goes on with the merge.
 */
export async function mergeGuest(guest: Authenticated | null, account: AuthData): Promise<SignedIn> {
  const { record } = account;
  if (!guest?.record.anonymous) return { record, merged: false };
  try {
    // what is merged is whoever is signed in, and stays that until the merge is done
    await signInWithToken(guest.token);
    await merge(account.token);
    return { record, merged: true };
  } catch (error) {
    if (!isOver(error)) throw error;
    await signInWithToken(account.token);
    return { record, merged: false };
  }
}

/** Whether the guest is none any more: merged, registered or deleted in another tab. */
function isOver(error: unknown): boolean {
  return error instanceof AnonError && (error.code === "invalid_token" || error.code === "already_registered");
}
