/** Signs in with a password, and merges a guest into the account. */
import { AnonError, type AuthData, type Authenticated } from "anon-accounts";
import { auth, merge, signInWithPassword, signInWithToken } from "anon-accounts/context";

/** The account that is signed in now, and whether a guest was merged into it. */
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
  // the function of the request's context, which knows the address for the limits of wrong passwords
  return mergeGuest(guest, await signInWithPassword(email, password, options));
}

/**
 * Merges the request's guest into the account that it has signed in to, with both tokens as proofs. If that fails, the
 * browser stays signed in as the guest, with all of the guest's data, and the next try resumes the merge.
 */
export async function mergeGuest(guest: Authenticated | null, account: AuthData): Promise<SignedIn> {
  const { record } = account;
  if (!guest?.record.anonymous) return { record, merged: false };
  try {
    // `merge` merges the account that is signed in, so sign in as the guest until it is done
    await signInWithToken(guest.token);
    await merge(account.token);
    return { record, merged: true };
  } catch (error) {
    if (!isNoLongerGuest(error)) throw error;
    await signInWithToken(account.token);
    return { record, merged: false };
  }
}

/** Whether the guest was merged, registered or deleted in another tab. */
function isNoLongerGuest(error: unknown): boolean {
  return error instanceof AnonError && (error.code === "invalid_token" || error.code === "already_registered");
}
