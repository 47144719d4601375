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

const base = process.env.NOTES_DIR || fileURLToPath(new URL(".notes", import.meta.url));
const storage: Storage<Note> = createStorage<Note>({ driver: fs({ base }) });

/** The newest first. */
export async function notesOf(owner: string): Promise<Note[]> {
  const items = await storage.getItems(await storage.getKeys(owner));
  return items.map(({ value }) => value as Note).sort((a, b) => b.created - a.created);
}

/** Sent twice from one page, the same text is one note: its id follows from the page's key and from what it says. */
export async function addNote(owner: string, key: string, text: string): Promise<void> {
  const id = createHash("sha256").update(`${key}\n${text}`).digest("hex").slice(0, 24);
  if (await storage.hasItem(`${owner}:${id}`)) return;
  await storage.setItem(`${owner}:${id}`, { id, text, created: Date.now() });
}

/** The id comes from an address, so whatever does not look like one names no note. */
export async function removeNote(owner: string, id: string): Promise<void> {
  if (/^[0-9a-f]{24}$/.test(id)) await storage.removeItem(`${owner}:${id}`);
}

export async function removeNotesOf(owner: string): Promise<void> {
  await storage.clear(owner);
}

/** Copies before it removes: broken off halfway, a note is in both places and in neither place missing. */
export async function moveNotes(from: string, to: string): Promise<number> {
  const notes = await notesOf(from);
  for (const note of notes) await storage.setItem(`${to}:${note.id}`, note);
  await removeNotesOf(from);
  return notes.length;
}
