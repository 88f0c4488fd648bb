// @ts-check
/** How long files are, as far as the browser can tell without sending them. */

import { fill } from "../lib/format.js";
import { partOf } from "../lib/html.js";

const AT_ONCE = 3;
/** So many files are looked into, each for so long. */
const MOST_FILES = 500;
const PATIENCE_MS = 5000;

/**
 * Looks into the files in the background, and tells after each what is known by then.
 * @param {File[]} files
 * @param {(known: {ms: number, unknown: number}) => void} tell
 * @param {AbortSignal} signal
 */
async function addLengths(files, tell, signal) {
  let ms = 0;
  let unknown = files.length;
  const waiting = files.slice(0, MOST_FILES);
  tell({ ms, unknown });
  const work = async () => {
    for (let file = waiting.shift(); file && !signal.aborted; file = waiting.shift()) {
      const length = await lengthOf(file);
      if (length === null || signal.aborted) continue;
      ms += length;
      unknown -= 1;
      tell({ ms, unknown });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/** @param {File} file @returns {Promise<number | null>} in ms; null where the browser can't tell */
function lengthOf(file) {
  const media = document.createElement("audio");
  const url = URL.createObjectURL(file);
  return new Promise((resolve) => {
    const end = (/** @type {number} */ seconds) => {
      clearTimeout(timer);
      media.removeAttribute("src");
      media.load();
      URL.revokeObjectURL(url);
      resolve(Number.isFinite(seconds) && seconds > 0 ? 1000 * seconds : null);
    };
    const timer = setTimeout(() => end(NaN), PATIENCE_MS);
    media.addEventListener("loadedmetadata", () => end(media.duration), { once: true });
    media.addEventListener("error", () => end(NaN), { once: true });
    media.preload = "metadata";
    media.src = url;
  });
}

/**
 * Tells what the recogniser is going to get, where it is more than a file; and what the quota leaves, where there is one.
 * @param {HTMLElement} area
 * @param {Record<string, string>} text
 * @param {File[]} files
 * @param {AbortSignal} signal
 */
export function sayMinutes(area, text, files, signal) {
  const line = partOf(area, "[data-minutes]", HTMLElement);
  const count = files.length;
  line.textContent = "";
  if (count < 2) return;
  const left = partOf(area, "#upload-choices", HTMLElement).dataset.minutesLeft;
  const tell = (/** @type {{ms: number, unknown: number}} */ { ms, unknown }) => {
    line.textContent = [
      fill(text.minutes, { count, minutes: Math.ceil(ms / 60_000) }),
      unknown ? fill(text.minutes_unknown, { count: unknown }) : "",
      left ? fill(text.minutes_left, { count: left }) : "",
    ].join("");
  };
  void addLengths(files, tell, signal);
}
