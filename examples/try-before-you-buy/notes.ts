/** The application's own data: notes, under the ids of their accounts. */
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

/** How many notes a guest can have. */
export const GUEST_NOTE_LIMIT = 10;

const base = process.env.NOTES_DIR || fileURLToPath(new URL(".notes", import.meta.url));
const storage: Storage<Note> = createStorage<Note>({ driver: fs({ base }) });

/** Newest first. */
export async function notesOf(owner: string): Promise<Note[]> {
  const items = await storage.getItems(await storage.getKeys(owner));
  // a note that was removed after the keys were read has no value
  const notes = items.map(({ value }) => value as Note | null).filter((note) => note !== null);
  return notes.sort((a, b) => b.created - a.created);
}

/** The id is a hash of the page's key and the text, so sending a page twice stores one note. */
export async function addNote(owner: string, key: string, text: string): Promise<void> {
  if (await hasNote(owner, key, text)) return;
  const id = idOf(key, text);
  await storage.setItem(`${owner}:${id}`, { id, text, created: Date.now() });
}

/** Whether this page has already sent this note. */
export function hasNote(owner: string, key: string, text: string): Promise<boolean> {
  return storage.hasItem(`${owner}:${idOf(key, text)}`);
}

function idOf(key: string, text: string): string {
  return createHash("sha256").update(`${key}\n${text}`).digest("hex").slice(0, 24);
}

/** The id comes from a URL, so anything that is not an id is ignored. */
export async function removeNote(owner: string, id: string): Promise<void> {
  if (/^[0-9a-f]{24}$/.test(id)) await storage.removeItem(`${owner}:${id}`);
}

export async function removeNotesOf(owner: string): Promise<void> {
  await storage.clear(owner);
}

/**
 * Copies each note before it removes it: if it stops midway, no note is lost, and running it again moves the rest. Notes that
 * are written during the move stay.
 */
export async function moveNotes(from: string, to: string): Promise<void> {
  for (const note of await notesOf(from)) {
    await storage.setItem(`${to}:${note.id}`, note);
    await storage.removeItem(`${from}:${note.id}`);
  }
}
