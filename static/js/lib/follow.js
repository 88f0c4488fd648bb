// @ts-check
/** Following the playhead: a row is brought into view once when its turn comes, and never against the reader's will. */

const SCROLL_KEYS = new Set(["PageUp", "PageDown", "Home", "End", "ArrowUp", "ArrowDown", " "]);

/**
 * How far to scroll so that the row stands well in the visible band; 0 where it already does.
 * @param {{top: number, bottom: number}} row
 * @param {{top: number, bottom: number}} band
 */
export function scrollFor(row, band) {
  const height = band.bottom - band.top;
  const comfortable = row.top >= band.top + 8 && row.bottom <= band.top + height * 0.75;
  return comfortable ? 0 : Math.round(row.top - (band.top + height * 0.25));
}

/**
 * @param {{top: number, bottom: number}} row
 * @param {{top: number, bottom: number}} band
 */
export function isVisible(row, band) {
  return row.bottom > band.top && row.top < band.bottom;
}

/**
 * Whether the key scrolls the page (it does not in a field, nor with a modifier).
 * @param {{key: string, ctrlKey: boolean, altKey: boolean, metaKey: boolean}} event
 * @param {boolean} inField
 */
export function isScrollKey(event, inField) {
  return !inField && !event.ctrlKey && !event.altKey && !event.metaKey && SCROLL_KEYS.has(event.key);
}
