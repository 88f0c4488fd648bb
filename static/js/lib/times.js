// @ts-check
/** Times of rows: how they are written, and where a start or an end may be moved to. All are milliseconds. */

import { PAIRS_PER_SECOND } from "./peaks.js";

export const NUDGE_MS = 50;
export const SHORTEST_ROW_MS = 50;
const PAIR_MS = 1000 / PAIRS_PER_SECOND;
const QUIET = 0.15; // of the way from the lowest level around to the highest one

/**
 * `0:12:04.350`
 * @param {number} ms
 */
export function exactClock(ms) {
  const digits = (/** @type {number} */ value, /** @type {number} */ length) => String(value).padStart(length, "0");
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return `${hours}:${digits(minutes, 2)}:${digits(seconds % 60, 2)}.${digits(ms % 1000, 3)}`;
}

/**
 * What a person typed, such as `1:02:03.5`, `2:03` or `12`, with the signs of a Chinese keyboard too.
 * @param {string} text
 * @returns {number} NaN where it is no time
 */
export function parseClock(text) {
  const plain = text.normalize("NFKC").replaceAll("。", ".").replaceAll(",", ".").trim();
  const found = /^(?:(?:(\d{1,3}):)?(\d{1,4}):)?(\d{1,6}(?:\.\d*)?)$/.exec(plain);
  if (!found) return NaN;
  const [, hours = "0", minutes = "0", seconds] = found;
  return Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000);
}

/** @typedef {"start" | "end"} Edge */

/**
 * The bounds of a row of which one edge was moved; something is always left of the row.
 * @param {{start: number, end: number}} row
 * @param {Edge} edge
 * @param {number} ms
 * @param {number} [most] the length of the recording
 */
export function moved({ start, end }, edge, ms, most = Infinity) {
  const to = Math.round(ms);
  if (edge === "start") return { start: Math.max(0, Math.min(to, end - SHORTEST_ROW_MS)), end };
  return { start, end: Math.max(start + SHORTEST_ROW_MS, Math.min(to, most)) };
}

/**
 * The nearest place around `ms` for an edge: another row's edge, or a pause.
 * @param {number} ms
 * @param {number} within
 * @param {number[]} edges
 * @param {(pair: number) => number} level how loud a fiftieth of a second is
 */
export function snapped(ms, within, edges, level) {
  const nearest = closest(ms, edges);
  if (Math.abs(nearest - ms) <= within) return nearest;
  const pairs = [];
  for (let pair = Math.max(0, Math.floor((ms - within) / PAIR_MS)); pair * PAIR_MS < ms + within; pair += 1) pairs.push(pair);
  const levels = pairs.map(level);
  const [low, high] = [Math.min(...levels), Math.max(...levels)];
  const quiet = low + QUIET * (high - low);
  // Nothing but speech, or nothing but silence: all places are as good.
  if (low > high / 2) return ms;
  const pauses = pairs.filter((_pair, index) => levels[index] <= quiet);
  if (pauses.includes(Math.floor(ms / PAIR_MS))) return ms;
  const pause = closest(ms, pauses.map((pair) => (pair + 0.5) * PAIR_MS));
  return Math.abs(pause - ms) <= within ? pause : ms;
}

/**
 * @param {number} ms
 * @param {number[]} places
 */
const closest = (ms, places) =>
  places.reduce((best, place) => (Math.abs(place - ms) < Math.abs(best - ms) ? place : best), Infinity);

/**
 * The edge under a point, if any: the nearest one; where two rows meet, that of the side on which the point lies.
 * @template {{start: number, end: number}} R
 * @param {number} ms
 * @param {number} within
 * @param {R[]} rows those around the point
 * @returns {{row: R, edge: Edge} | null}
 */
export function edgeAt(ms, within, rows) {
  let best = null;
  let least = within;
  for (const row of rows) {
    for (const edge of /** @type {Edge[]} */ (["start", "end"])) {
      // By a hair, so that of two edges at the same place the one of the row under the point wins.
      const inside = edge === "start" ? ms >= row.start : ms < row.end;
      const distance = Math.abs(row[edge] - ms) + (inside ? 0 : 1e-6);
      if (distance > least) continue;
      least = distance;
      best = { row, edge };
    }
  }
  return best;
}
