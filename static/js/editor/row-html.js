// @ts-check
/** Rows as the server renders them: read from an answer, and brought into the page without touching an open field. */

import { firstOf } from "../lib/html.js";
import { textOf } from "../lib/transcript.js";

/**
 * Marks what is new in the texts of a conflict.
 * @param {HTMLElement} note
 */
export function markDifferences(note) {
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (note.querySelectorAll("[data-marks]"))) {
    const text = (part.textContent ?? "").trim();
    const spans = (part.dataset.marks ?? "").split(" ").filter(Boolean);
    part.textContent = "";
    let at = 0;
    for (const [from, to] of spans.map((span) => span.split("-").map(Number))) {
      const mark = document.createElement("mark");
      mark.textContent = text.slice(from, to);
      part.append(text.slice(at, from), mark);
      at = to;
    }
    part.append(text.slice(at));
  }
  return note;
}

/** @param {string} html */
export function parseRow(html) {
  const row = firstOf(html);
  return row?.matches("[data-utterance]") ? row : null;
}

/**
 * The word times that came with a row; the page keeps them elsewhere.
 * @param {HTMLElement} row
 * @returns {import("../lib/words.js").Packed | null}
 */
export function takeWords(row) {
  const { words } = row.dataset;
  delete row.dataset.words;
  return words ? JSON.parse(words) : null;
}

/** Of the page, not of the server. */
const PRESENCE = ["data-here", "data-here-colour"];
const OWN_STATES = new Set(["data-editing", "data-state", "data-continues", ...PRESENCE]);
const OWN_PARTS = "[data-text], row-editor, [data-conflict], [data-invalid], [data-original]";

/**
 * Makes a row look like a fresh one around its text: its times, speaker and marks. Its text and its field are left alone.
 * @param {HTMLElement} row
 * @param {HTMLElement} fresh whose parts are taken
 */
export function updateRowShell(row, fresh) {
  const focused = row.contains(document.activeElement);
  for (const { name } of [...row.attributes]) {
    if (name.startsWith("data-") && !OWN_STATES.has(name) && !fresh.hasAttribute(name)) row.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) if (name.startsWith("data-")) row.setAttribute(name, value);
  for (const part of [...row.children]) if (!part.matches(OWN_PARTS)) part.remove();
  const parts = [...fresh.children];
  const text = parts.findIndex((part) => part.matches("[data-text]"));
  textOf(row).lang = textOf(fresh).lang;
  textOf(row).before(...parts.slice(0, text));
  row.append(...parts.slice(text + 1));
  if (focused && !row.contains(document.activeElement)) row.focus({ preventScroll: true });
}

/**
 * Shows at a fresh row, too, who is there.
 * @param {HTMLElement} row whose place it takes
 * @param {HTMLElement} fresh
 */
export function carryPresence(row, fresh) {
  for (const name of PRESENCE) {
    const value = row.getAttribute(name);
    if (value !== null) fresh.setAttribute(name, value);
  }
}
