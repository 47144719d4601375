/**
 * A file of 64 KB that is given up where the disk is full: what makes room (a deletion, the end of a session) needs some first.
 */
import { randomBytes } from "node:crypto";
import type { Files } from "./files.ts";

const RESERVE = "reserve";
const RESERVE_BYTES = 65_536;

/** Makes the reserve where there is a storage and none yet. */
export async function makeReserve(files: Files): Promise<void> {
  if ((await files.stat("data")) === null || (await files.stat(RESERVE)) !== null) return;
  // random, because some file systems would store anything else in less
  const temporary = await files.temporary(randomBytes(RESERVE_BYTES / 2).toString("hex"), false);
  await files.replace(temporary, RESERVE);
}

/** Gives the reserve up. Returns whether there was one. */
export async function giveUpReserve(files: Files): Promise<boolean> {
  return await files.remove(RESERVE);
}
