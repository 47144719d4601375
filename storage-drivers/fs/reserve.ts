/**
 * A file of 64 KB that is given up where the disk is full: what makes room (a deletion, the end of a session) needs some first.
 */
import { randomBytes } from "node:crypto";
import type { Files } from "./files.ts";

const RESERVE = "reserve";
const RESERVE_BYTES = 65_536;

/**
 * Makes the reserve where there is a storage and none yet. Not where it would leave less room than it takes: another process
 * may just have given it up, and need that room.
 */
export async function makeReserve(files: Files): Promise<void> {
  if ((await files.stat("data")) === null || (await files.stat(RESERVE)) !== null) return;
  if (files.room() < 2 * RESERVE_BYTES) return;
  // random, because some file systems would store anything else in less
  const temporary = await files.temporary(randomBytes(RESERVE_BYTES / 2).toString("hex"), false);
  await files.replace(temporary, RESERVE);
}

/** Gives the reserve up, if there is one. */
export async function giveUpReserve(files: Files): Promise<void> {
  await files.remove(RESERVE);
}
