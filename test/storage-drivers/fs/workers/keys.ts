/** Keys for tests of the fs driver. */
import { dataPath } from "../../../../storage-drivers/fs/names.ts";

/** Keys whose files are all in one of the driver's directories. */
export function keysOfOneDirectory(count: number): string[] {
  const keys: string[] = [];
  for (let at = 0; keys.length < count; at++) if (dataPath(`k${at}`).startsWith("data/00/")) keys.push(`k${at}`);
  return keys;
}
