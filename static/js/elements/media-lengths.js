// @ts-check
/** How long files are, as far as the browser can tell without sending them. */

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
export async function addLengths(files, tell, signal) {
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
