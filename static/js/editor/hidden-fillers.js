// @ts-check
/**
 * The text without fillers and repetitions, for who reads it so. What is left out stands in hidden elements of the row, whose
 * text as a whole is the same as ever: words, comments and whatever is found keep their places in it. In the field of a row
 * stands all of it.
 */

import { idOf, rowAround, rowById, textOf, transcript } from "../lib/transcript.js";
import { Fillers } from "./fillers.js";

const RELOAD_MS = 500;
const page = transcript();
const fillers = new Fillers(page.dataset.fillers ?? "");
/** @type {Set<string>} */
const changed = new Set();
let on = false;
let timer = 0;

/** @param {boolean} wanted */
export async function hide(wanted) {
  on = wanted;
  if (on) await fillers.load();
  if (on === wanted) redraw(page.rows.map(({ id }) => id));
}

/** @param {Iterable<string>} ids of rows */
function redraw(ids) {
  for (const id of ids) {
    const row = rowById(id);
    const text = row && textOf(row);
    if (text?.childElementCount) showWhole(text);
    if (text && on && !row.dataset.state) hidePlaces(text, fillers.hiddenIn(id));
  }
  page.dispatchEvent(new CustomEvent("transcript:redrawn", { bubbles: true }));
}

/** @param {string} id */
function note(id) {
  if (!on) return;
  changed.add(id);
  clearTimeout(timer);
  timer = window.setTimeout(reload, RELOAD_MS);
}

page.marked.push({ changed: note });
// What was typed and taken back again has become one text, too.
page.addEventListener("focusout", ({ target }) => {
  const row = target instanceof HTMLTextAreaElement ? rowAround(target) : null;
  if (row) note(idOf(row));
});

async function reload() {
  const ids = [...changed];
  changed.clear();
  await fillers.load(ids);
  if (on) redraw(ids);
}

/**
 * Hides what a text leaves out; each place is from, to, and what is shown instead. A letter that becomes a capital stays one
 * that can be copied.
 * @param {Element} text in one node
 * @param {[number, number, string][]} places
 */
function hidePlaces(text, places) {
  const whole = String(text.textContent);
  if (!places.length || places[places.length - 1][1] > whole.length) return;
  /** @type {(string | Element)[]} */
  const parts = [];
  let at = 0;
  if (places[0][0] === 0 && places[0][1] === whole.length && !places[0][2]) parts.push(element("instead", "", "…"));
  for (const [from, to, instead] of places) {
    const stretch = whole.slice(from, to);
    const capital = instead && stretch.toUpperCase() === instead;
    parts.push(whole.slice(at, from));
    if (instead && !capital) parts.push(element("instead", "", instead));
    if (stretch) parts.push(element(capital ? "capital" : "left-out", stretch));
    at = to;
  }
  text.replaceChildren(...[...parts, whole.slice(at)].filter(Boolean));
}

/** The text in one node again. @param {Element} text */
function showWhole(text) {
  text.replaceChildren(String(text.textContent));
}

/** @param {string} className @param {string} content @param {string} [instead] */
function element(className, content, instead) {
  const made = document.createElement("span");
  made.className = className;
  made.textContent = content;
  if (instead) made.dataset.instead = instead;
  return made;
}
