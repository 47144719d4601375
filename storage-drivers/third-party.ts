/** Drivers of other packages, opened by the scheme of a URL. */
import { AnonError, type AnonErrorCode } from "../sdk/errors.ts";
import type { AnyStorage, AtomicDriver, DriverOpener } from "../sdk/storage/port.ts";
import { adapt } from "./adapter.ts";
import { notUsable } from "./shared/storage-url.ts";
import { secretFinder } from "./shared/url-secrets.ts";

/** Opens `url` with the opener of its scheme. Anything but an `AtomicDriver` is adapted. */
export async function openThirdParty(scheme: string, url: string, opener: DriverOpener): Promise<AtomicDriver> {
  let storage: AnyStorage;
  try {
    storage = await opener(url);
  } catch (thrown) {
    throw failure(scheme, url, thrown);
  }
  try {
    return adapt(storage);
  } catch {
    // without the cause: a TypeError may quote what was returned, for example the URL
    const why = "it must return a driver or a Storage of unstorage, which can be written to";
    throw notUsable(`\`drivers.${scheme}\``, why);
  }
}

/** Logs show causes too, so an error that shows a secret of the URL is neither quoted nor the cause. */
function failure(scheme: string, url: string, thrown: unknown): AnonError {
  const error: Thrown = typeof thrown === "object" && thrown !== null ? thrown : { message: String(thrown) };
  const showsSecret = secretFinder(url);
  const leaks = showsSecret(thrown);
  const names = [error.name ?? typeof thrown, error.code].filter(
    (name) => typeof name === "string" && !showsSecret(name),
  );
  const reason = leaks || !error.message ? `its driver failed with ${names.join(" ")}` : withoutVerb(error);
  return new AnonError(codeOf(error), `Cannot open "${scheme}:": ${reason}`, leaks ? undefined : { cause: thrown });
}

/** Anything can be thrown. */
interface Thrown {
  name?: unknown;
  message?: unknown;
  code?: unknown;
}

/** Errors of this package begin with "Cannot …: ", as the error that quotes them does. */
function withoutVerb({ name, message }: Thrown): string {
  return name === "DriverError" || name === "AnonError"
    ? String(message).replace(/^Cannot [^:]*: /, "")
    : String(message);
}

/** What `open` itself refuses with, if an opener calls it. */
const REFUSALS: readonly AnonErrorCode[] = ["invalid_storage_url", "unknown_storage_scheme", "invalid_options"];

/** By name: a driver may use another copy of this package, with classes of its own. */
function codeOf({ name, code }: Thrown): AnonErrorCode {
  if (name === "DriverError" && code === "invalid_option") return "invalid_storage_url";
  return (name === "AnonError" && REFUSALS.find((refusal) => refusal === code)) || "storage_unavailable";
}
