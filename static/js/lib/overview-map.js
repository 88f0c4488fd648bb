// @ts-check
/** What the map below the overview waveform shows: rows as stretches of pixels. */

/** Heights of the strip of speakers, and of the marks of flagged rows above it. */
export const STRIP_PX = 4;
export const FLAG_PX = 5;

/** @typedef {{colour: string, verified: boolean, flagged: boolean}} Shown */

/**
 * Neighbours that look alike are one stretch where less than a pixel is between them; each is a pixel wide at least.
 * @param {(Shown & {start: number, end: number})[]} rows in the order of their starts, in ms
 * @param {number} perMs pixels
 * @returns {(Shown & {from: number, to: number})[]}
 */
export function stretches(rows, perMs) {
  /** @type {(Shown & {from: number, to: number})[]} */
  const found = [];
  for (const { start, end, ...shown } of rows) {
    const [from, to] = [start * perMs, Math.max(end * perMs, start * perMs + 1)];
    const last = found.at(-1);
    const alike = last && !shown.flagged && last.colour === shown.colour && last.verified === shown.verified;
    if (alike && from - last.to < 1) last.to = Math.max(last.to, to);
    else found.push({ ...shown, from, to });
  }
  return found;
}
