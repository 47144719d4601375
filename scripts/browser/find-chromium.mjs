/** Finds a Chromium for the tests of the examples. */
import { installFromDebian, onPath } from "../run/programs.mjs";

/** CHROMIUM_PATH, or the path of a Chromium or Chrome on the PATH, or null. */
export function chromiumOnPath() {
  return process.env.CHROMIUM_PATH || onPath("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
}

/** The same, installed if that needs no prompt. */
export function findChromium() {
  return chromiumOnPath() ?? (installFromDebian("chromium") ? chromiumOnPath() : null);
}
