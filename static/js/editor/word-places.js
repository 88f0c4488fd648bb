// @ts-check
/** At which word a row opens: the one that was clicked, or the one being spoken. */

import { register } from "../lib/commands.js";
import { offsetOf } from "../lib/row-text.js";
import { carried, wordAround } from "../lib/splicing.js";
import { Timeline } from "../lib/timeline.js";
import { idOf, rowAround, textOf } from "../lib/transcript.js";
import { caretAt } from "./word-highlight.js";

/** Who hears a wrong word presses the key so much after its beginning, at the usual speed. */
const REACTION_MS = 500;

/** @typedef {{row: HTMLElement, from?: number, to?: number}} Place a word in the stored text of a row; without one, the row */

export class WordPlaces {
  #page;
  #audio;
  #wordsOf;
  /** The row under the first press of two; empty where that was on something else, which may have stood above the rows. */
  #pressed = "";
  #wasPaused = true;

  /**
   * @param {import("../lib/transcript.js").Transcript} page
   * @param {HTMLAudioElement} audio
   * @param {(row: {id: string, start: number}) => import("../lib/words.js").Words | null} wordsOf
   * @param {AbortSignal} signal
   */
  constructor(page, audio, wordsOf, signal) {
    this.#page = page;
    this.#audio = audio;
    this.#wordsOf = wordsOf;
    document.addEventListener("mousedown", (event) => this.#notePress(event), { signal, capture: true });
    page.addEventListener("dblclick", (event) => this.#doubleClick(event), { signal });
    if (page.hasAttribute("data-may-edit")) signal.addEventListener("abort", register({ edit_spoken: () => this.#editSpoken() }));
  }

  /** The character at which a row opens where nothing was pointed at: the word being spoken. @param {HTMLElement} row */
  caretIn(row) {
    const spoken = this.#spokenAt(0);
    return spoken?.row === row ? spoken.from : undefined;
  }

  /** @param {number} back in ms, from the playhead @returns {Place | null} null before anything was played */
  #spokenAt(back) {
    const audio = this.#audio;
    const { rows } = this.#page;
    if (!audio.currentTime && audio.paused) return null;
    const { row: index, word } = new Timeline(rows).at(Math.max(0, audio.currentTime * 1000 - back), this.#wordsOf);
    const row = rows[Math.max(0, index)];
    const words = row && word >= 0 ? this.#wordsOf(row) : null;
    return row ? { row: row.element, from: words?.from[word], to: words?.to[word] } : null;
  }

  #editSpoken() {
    const audio = this.#audio;
    const place = this.#spokenAt(audio.paused ? 0 : REACTION_MS * audio.playbackRate);
    if (!place) return this.#page.edit();
    const { row, from, to } = place;
    const { editing } = this.#page;
    const typed = editing.row === row ? editing.typing?.field.value : undefined;
    const stored = String(textOf(row).textContent);
    const [start, end] = [from, to].map((at) => (at !== undefined && typed !== undefined ? carried(at, stored, typed) : at));
    this.#page.edit(row, start, end);
    this.#page.following.bring(row);
  }

  /** @param {MouseEvent} event */
  #notePress(event) {
    if (event.detail > 1) return;
    const row = rowAround(event.target);
    this.#pressed = row ? idOf(row) : "";
    this.#wasPaused = this.#audio.paused;
  }

  /** @param {MouseEvent} event */
  #doubleClick(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const row = rowAround(target);
    if (!row || target.closest("button, row-editor, [data-conflict], [data-invalid], [data-original]")) return;
    if (this.#pressed !== idOf(row)) return;
    const caret = caretAt(event.clientX, event.clientY);
    const offset = caret ? offsetOf(textOf(row), caret.node, caret.offset) : -1;
    const [from, to] = offset >= 0 ? wordUnder(row, offset) : [];
    document.getSelection()?.removeAllRanges();
    // The first of the two clicks started to play; who wants to write had silence before.
    if (this.#wasPaused) this.#audio.pause();
    this.#page.edit(row, from, to);
  }
}

/**
 * What the browser selected by the double click, or the word there.
 * @param {HTMLElement} row
 * @param {number} offset
 * @returns {[number, number]}
 */
function wordUnder(row, offset) {
  const element = textOf(row);
  const text = String(element.textContent);
  const selection = document.getSelection();
  const range = selection?.rangeCount ? selection.getRangeAt(0) : null;
  if (!range || range.collapsed) return wordAround(text, offset);
  const from = offsetOf(element, range.startContainer, range.startOffset);
  const to = offsetOf(element, range.endContainer, range.endOffset);
  return from < 0 || to < 0 ? wordAround(text, offset) : [from, from + text.slice(from, to).trimEnd().length];
}
