/** The application's own data: notes, each under the id of the account that it belongs to. */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { createStorage, type Storage } from "unstorage";
import fs from "unstorage/drivers/fs";

export interface Note {
  id: string;
  text: string;
  /** Milliseconds since the epoch. */
  created: number;
}

/** So many notes a guest may write: enough to try it. */
export const MOST_OF_A_GUEST = 10;

const base = process.env.NOTES_DIR || fileURLToPath(new URL(".notes", import.meta.url));
const storage: Storage<Note> = createStorage<Note>({ driver: fs({ base }) });

/** The newest first. */
export async function notesOf(owner: string): Promise<Note[]> {
  const items = await storage.getItems(await storage.getKeys(owner));
  // one that was removed since the keys were read has no value any more
  const notes = items.map(({ value }) => value as Note | null).filter((note) => note !== null);
  return notes.sort((a, b) => b.created - a.created);
}

/** Sent twice from one page, the same text is one note: its id follows from the page's key and from what it says. */
export async function addNote(owner: string, key: string, text: string): Promise<void> {
  if (await hasNote(owner, key, text)) return;
  const id = idOf(key, text);
  await storage.setItem(`${owner}:${id}`, { id, text, created: Date.now() });
}

/** Whether it is there already, sent before. */
export function hasNote(owner: string, key: string, text: string): Promise<boolean> {
  return storage.hasItem(`${owner}:${idOf(key, text)}`);
}

function idOf(key: string, text: string): string {
  return createHash("sha256").update(`${key}\n${text}`).digest("hex").slice(0, 24);
}

/** The id comes from an address, so whatever does not look like one names no note. */
export async function removeNote(owner: string, id: string): Promise<void> {
  if (/^[0-9a-f]{24}$/.test(id)) await storage.removeItem(`${owner}:${id}`);
}

export async function removeNotesOf(owner: string): Promise<void> {
  await storage.clear(owner);
}

/**
 * One after another, each copied before it is removed: broken off halfway no note is missing, and doing it again moves what
 * is left. What is written meanwhile stays where it is.
 */
export async function moveNotes(from: string, to: string): Promise<void> {
  for (const note of await notesOf(from)) {
    await storage.setItem(`${to}:${note.id}`, note);
    await storage.removeItem(`${from}:${note.id}`);
  }
}
