import { primitives } from "../crypto/primitives.ts";
import type { Engine } from "../engine.ts";
import { AnonError } from "../errors.ts";
import { encodeAccount } from "../model/account.ts";
import { isIdempotencyKey } from "../model/idempotency-key.ts";
import { changeOwnFields } from "../model/own-fields.ts";
import { toRecord } from "../model/record.ts";
import { dueOf } from "../policy/activity.ts";
import { newGuest } from "../policy/guest.ts";
import { issueToken } from "../policy/issue-token.ts";
import { liveSession } from "../policy/sessions.ts";
import { accountKey, promiseKey } from "../storage/keys.ts";
import { agree, noteMade } from "../storage/promises.ts";
import type { AuthData, OwnFields } from "../types.ts";

// the requests of one page load, and their retries; a key is as good as a token for so long
const LIFE_MS = 120_000;

/**
 * Signs in anonymously, and answers every call with the same idempotency key with the same account and token for two
 * minutes, whichever process it comes to. Of several calls at once the own fields of one count.
 *
 * @throws {AnonError} `invalid_idempotency_key`; `idempotency_key_used` when that account was converted, deleted
 * or signed out since; and what `signInAnonymously` refuses
 */
export async function signInOnce(
  engine: Engine,
  options: { collection?: string; data?: OwnFields; idempotencyKey: string },
): Promise<AuthData> {
  const { store } = engine;
  const settings = engine.settings.of(options.collection);
  const { idempotencyKey } = options;
  if (!isIdempotencyKey(idempotencyKey)) {
    throw new AnonError(
      "invalid_idempotency_key",
      "Cannot use this idempotency key: use 16 to 255 visible ASCII characters that nobody can guess",
    );
  }
  const data = await changeOwnFields({}, options.data, settings.schema);
  const key = promiseKey(settings.name, primitives.sha256Hex(idempotencyKey));
  const promise = await agree(store, key, engine.now(), LIFE_MS);
  if (!promise)
    throw new AnonError("conflict", "Cannot sign in with this key: too many try at the same time, try again");

  const { id, sid, created } = promise;
  const session = { id: sid, created, expires: created + settings.sessionTtl };
  const { account } = newGuest(settings, [session], data, created, id);
  if (
    !promise.made &&
    (await store.swap(accountKey(settings.name, id), null, encodeAccount(account), dueOf(account, settings)))
  ) {
    await noteMade(store, key, promise);
    return { token: issueToken(engine.keyring, account, session, created), record: toRecord(account) };
  }
  const present = await store.readAccount(settings.name, id);
  // whoever made it may have died before it said so
  if (present) await noteMade(store, key, promise);
  const living = present && liveSession(present.account, sid, engine.now());
  if (!living) {
    throw new AnonError(
      "idempotency_key_used",
      "Cannot use this idempotency key again: the session that it began was ended since, use a new one",
    );
  }
  return { token: issueToken(engine.keyring, present.account, living, created), record: toRecord(present.account) };
}
