/** Finds a Chromium for the tests of the examples. */
import { installFromDebian, onPath } from "../run/programs.mjs";

/** CHROMIUM_PATH, or the path of a Chromium or Chrome on the PATH, or null. */
export function chromiumOnPath() {
  return process.env.CHROMIUM_PATH || onPath("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
}

/** The same, installed where that needs no question; null when there is none. */
export function findChromium() {
  return chromiumOnPath() ?? (installFromDebian("chromium") ? chromiumOnPath() : null);
}
