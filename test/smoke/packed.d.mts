export const root: string;
export const manifest: { name: string; version: string; bin: { anon: string }; dependencies: Record<string, string> };
export function unpack(directory: string): string[];
export function installPacked(): { project: string; installed: string; files: string[] };
