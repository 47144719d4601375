/** Changes of a file with secrets. Each is complete or has no effect; a process that runs holds what it has read. */

import type { NodeFs } from "./private-file.ts";
import type { KeptSecret, KeptSecrets } from "./secret-file.ts";
import { codeOf, draftOf, newSecret, unusable, write } from "./secret-file.ts";

type Kept = KeptSecrets["kept"];

/** Adds a secret that verifies, and signs after the next rotation. */
export function prepareSecret(kept: Kept): Kept {
  if (kept.some(isNext)) {
    throw unusable("Cannot prepare another secret: one is prepared already, let it sign with `anon secret rotate`");
  }
  return [...kept, { secret: newSecret(), since: "next" }];
}

/** Lets the prepared secret sign, or a new one if none is prepared. All others verify. */
export function rotateSecret(kept: Kept, now: Date): Kept {
  const { secret } = kept.find(isNext) ?? { secret: newSecret() };
  return [{ secret, since: now.toISOString() }, ...kept.filter((one) => !isNext(one))];
}

/** Removes the secrets that ceased to sign before `time`. One without a known time stays. */
export function dropSecrets(kept: Kept, time: Date): Kept {
  const [first, ...others] = kept;
  const stays = (one: KeptSecret): boolean => {
    const until = signedUntil(kept, one);
    return until === null || until >= time.toISOString();
  };
  return [first, ...others.filter(stays)];
}

/** Until when a secret signed: since when the one before it signs. `null` if it still signs, or that is unknown. */
export function signedUntil(kept: Kept, secret: KeptSecret): string | null {
  return isNext(secret) ? null : (kept[kept.indexOf(secret) - 1]?.since ?? null);
}

/**
 * Replaces the file, for its owner alone.
 *
 * @throws AnonError `invalid_secret`
 */
export function replaceSecrets(fs: NodeFs, file: string, kept: Kept): void {
  const draft = draftOf(file);
  try {
    if (fs.lstatSync(file).isSymbolicLink()) {
      throw unusable(`Cannot change ${file}: it is a link, change the secret where it is kept`);
    }
    write(fs, draft, kept.map(({ secret, since }) => `${secret}${since === null ? "" : `\t${since}`}\n`).join(""));
    // root may rotate the secret of another user, who must be able to read it
    const { uid, gid } = fs.statSync(file);
    const own = fs.statSync(draft);
    if (own.uid !== uid || own.gid !== gid) fs.chownSync(draft, uid, gid);
    fs.renameSync(draft, file);
  } catch (error) {
    if (error instanceof Error && error.name === "AnonError") throw error;
    throw unusable(`Cannot change ${file}: ${codeOf(error)}, correct the permissions of its directory`, error);
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

function isNext({ since }: KeptSecret): boolean {
  return since === "next";
}
