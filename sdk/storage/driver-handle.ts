/** The driver of one `createAnon`, which may still have to be opened: `createAnon` is synchronous, and a URL opens later. */
import { AnonError } from "../errors.ts";
import type { AtomicDriver, SecretFile } from "./port.ts";

export interface DriverHandle {
  /** `null` until it is open. */
  readonly driver: AtomicDriver | null;
  readonly secretFile: SecretFile | undefined;
  /** Opens the driver, unless it is open. After a failure the next call tries again. */
  open(): Promise<AtomicDriver>;
  dispose(): Promise<void>;
}

/** A driver that is open. */
export function handleOf(driver: AtomicDriver): DriverHandle {
  return {
    driver,
    secretFile: driver.secretFile,
    open: () => Promise.resolve(driver),
    dispose: () => driver.dispose(),
  };
}

/** A driver that `open` makes when it is first needed. */
export function handleOfLate(open: () => Promise<AtomicDriver>, secretFile: SecretFile | undefined): DriverHandle {
  let opening: Promise<AtomicDriver> | undefined;
  let closed = false;
  const handle: { driver: AtomicDriver | null } & DriverHandle = {
    driver: null,
    secretFile,
    async open() {
      if (closed) throw new AnonError("storage_unavailable", "Cannot use the storage: it was disposed of");
      opening ??= open();
      try {
        handle.driver = await opening;
        return handle.driver;
      } catch (error) {
        opening = undefined;
        throw error;
      }
    },
    async dispose() {
      closed = true;
      // one that does not open has nothing to close
      await (await opening?.catch(() => undefined))?.dispose();
    },
  };
  return handle;
}
