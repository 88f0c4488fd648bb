// @ts-check
/**
 * Keeps what one reads in its place when something above it grows, goes or comes. For browsers that don't: Safari.
 */

import { idOf, rowAround, rowById } from "../lib/transcript.js";

/** After scrolling; meanwhile a correction would stop the finger's swing. */
const REST_MS = 200;
/** Where a row is looked for below the bar: there are gaps between them. */
const BELOW_PX = [8, 40, 72];

/** The row that is read, and where it and the page stood. @type {{id: string, top: number, scrolled: number} | null} */
let anchor = null;
let timer = 0;
let corrected = -1;

document.addEventListener("scroll", rest, { passive: true });
new ResizeObserver(correct).observe(/** @type {Element} */ (document.getElementById("main")));

/** Waits until scrolling has come to rest. */
function rest() {
  if (window.scrollY === corrected) return;
  corrected = -1;
  anchor = null;
  clearTimeout(timer);
  timer = window.setTimeout(setAnchor, REST_MS);
}

function setAnchor() {
  const row = window.scrollY > 0 ? topRow() : null;
  anchor = row && { id: idOf(row), top: row.getBoundingClientRect().top, scrolled: window.scrollY };
}

/** Something has changed the height of the page. */
function correct() {
  if (!anchor) return;
  const row = anchor.scrolled === window.scrollY ? rowById(anchor.id) : null;
  const by = row && !row.hidden ? row.getBoundingClientRect().top - anchor.top : 0;
  if (Math.abs(by) >= 1) {
    window.scrollBy({ top: by, behavior: "instant" });
    corrected = window.scrollY;
  }
  setAnchor();
}

/** The first row that is seen below the bar. */
function topRow() {
  const bar = document.querySelector("[data-deck]")?.getBoundingClientRect().bottom ?? 0;
  const middle = document.documentElement.clientWidth / 2;
  for (const below of BELOW_PX) {
    const row = rowAround(document.elementFromPoint(middle, Math.max(0, bar) + below));
    if (row) return row;
  }
  return null;
}
