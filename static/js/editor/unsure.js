// @ts-check
/** The rows whose speaker the machine is unsure of (`data-unsure`): how many there are, and the way through them. */

import { run } from "../lib/commands.js";
import { fill } from "../lib/format.js";
import { strings } from "../lib/html.js";
import { transcript } from "../lib/transcript.js";

const text = strings("review-strings");

/** How many there are of each speaker. @returns {Map<string, number>} */
export function countUnsure() {
  const found = new Map();
  for (const { element } of transcript().rows) {
    const { speaker = "", unsure } = element.dataset;
    if (unsure !== undefined) found.set(speaker, (found.get(speaker) ?? 0) + 1);
  }
  return found;
}

/**
 * To the next one below the row where the person is, and from the last to the first; it is played alone. A number key
 * says who it is.
 * @param {string} [speaker] of this one
 */
export function goToUnsure(speaker = "") {
  const page = transcript();
  const isWanted = (/** @type {HTMLElement} */ { dataset }) => "unsure" in dataset && (!speaker || dataset.speaker === speaker);
  const places = page.rows.flatMap(({ element }, index) => (isWanted(element) ? index : []));
  if (!places.length) return page.say(text.none_unsure);
  const at = page.rows.findIndex(({ element }) => element === page.row);
  const place = places.find((one) => one > at) ?? places[0];
  const row = page.rows[place].element;
  page.closeRow();
  document.querySelector("side-panel")?.lower();
  row.focus({ preventScroll: true });
  page.following.bring(row);
  page.say(fill(text.unsure_place, { number: places.indexOf(place) + 1, count: places.length }));
  run("play_row");
}
