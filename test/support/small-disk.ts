/** A disk that can be filled. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { needs, type TestOptions } from "./needs.ts";

function mount(options: string): { at: string; failure: string | null } {
  const at = mkdtempSync(join(tmpdir(), "anon-small-disk-"));
  const made = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", at], { encoding: "utf8" });
  return { at, failure: made.status === 0 ? null : (made.error?.message ?? made.stderr.trim()) };
}

function unmount(at: string): void {
  // lazily, because a driver may still write in the background
  spawnSync("umount", ["--lazy", at]);
  rmdirSync(at);
}

/** Runs `body` on a small tmpfs with these options of `mount`. */
export async function onSmallDisk(options: string, body: (at: string) => Promise<void>): Promise<void> {
  const { at, failure } = mount(options);
  assert.equal(failure, null);
  try {
    await body(at);
  } finally {
    unmount(at);
  }
}

/** Fills the disk, and returns the number of bytes written. */
export function fill(at: string): number {
  let bytes = 0;
  for (const size of [65_536, 4_096, 1]) {
    try {
      for (; ; bytes += size) appendFileSync(join(at, "filling"), "x".repeat(size));
    } catch (error) {
      assert.equal((error as { code?: string }).code, "ENOSPC");
    }
  }
  return bytes;
}

const tried = mount("size=64k");
if (tried.failure === null) unmount(tried.at);
else rmdirSync(tried.at);
export const needsDisk: TestOptions = needs(
  tried.failure === null,
  `no disk to fill: mount failed (${tried.failure})`,
  { timeout: 300_000 },
);
