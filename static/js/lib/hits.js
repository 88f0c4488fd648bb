// @ts-check
/** Where the hits of a search stand in the text: `data-hit` is a row, its version and the number of the hit in it. */

import { rangeFrom, stretchOf } from "./row-text.js";
import { rowById, textOf } from "./transcript.js";

/** @param {HTMLElement} hit @returns {HTMLElement | null} */
export function rowOf(hit) {
  return rowById(hit.dataset.hit?.split(":")[0]);
}

/** Where the hit stands in the page; null where the row shows another text by now. @param {HTMLElement} hit */
export function rangeOf(hit) {
  const row = rowOf(hit);
  const stretch = stretchOf(row && textOf(row), Number(hit.dataset.from), Number(hit.dataset.to));
  const same = row?.dataset.version === hit.dataset.hit?.split(":")[1] && !row?.dataset.state;
  return same && stretch ? rangeFrom(stretch) : null;
}

/**
 * Which hit to begin with, forwards (1) or backwards (-1); below 0 the last one.
 * @param {HTMLElement[]} hits in the order of their rows
 * @param {HTMLElement | null | undefined} row that one is at
 * @param {1 | -1} by
 */
export function indexNear(hits, row, by) {
  const found = row ? hits.findIndex((hit) => rowOf(hit) === row || follows(row, rowOf(hit))) : 0;
  return by > 0 ? Math.max(found, 0) : found < 0 ? hits.length - 1 : found - 1;
}

/** @param {Element} row @param {Element | null} other whether it comes later in the page */
function follows(row, other) {
  return Boolean(other && row.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
}
