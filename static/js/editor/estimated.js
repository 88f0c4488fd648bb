// @ts-check
/**
 * Words whose times are estimated, marked as the CSS highlight `estimated` for who asks for it. Only the groups of rows
 * near the window are marked, so that nothing grows with the transcript.
 */

import { register } from "../lib/commands.js";
import { addHighlight, removeHighlight } from "../lib/highlights.js";
import { storage } from "../lib/storage.js";
import { idOf, rowById, textOf } from "../lib/transcript.js";

const NAME = "estimated";
const KEPT = "flashweb.estimated";

export class EstimatedTimes {
  #transcript;
  #store = storage();
  #highlight = addHighlight(NAME);
  /** @type {IntersectionObserver | null} */
  #observer = null;
  /** The marked stretches of each row near the window. @type {Map<string, StaticRange[]>} */
  #marked = new Map();

  /**
   * @param {import("../lib/transcript.js").Transcript} transcript
   * @param {AbortSignal} signal
   */
  constructor(transcript, signal) {
    this.#transcript = transcript;
    if (!this.#highlight) {
      for (const button of document.querySelectorAll("[data-command=estimated]")) button.setAttribute("hidden", "");
      return;
    }
    const leave = register({ estimated: () => this.show(!this.#observer) });
    transcript.addEventListener("transcript:arranged", () => this.#observer && this.#watchGroups(), { signal });
    transcript.addEventListener("transcript:timed", () => this.#observer && this.#watchGroups(), { signal });
    signal.addEventListener("abort", () => {
      leave();
      this.#unmarkAll();
      removeHighlight(NAME);
    });
    this.show(this.#store.getItem(KEPT) === "yes");
  }

  /** @param {boolean} on */
  show(on) {
    this.#store.setItem(KEPT, on ? "yes" : "no");
    for (const button of document.querySelectorAll("[data-command=estimated]")) button.setAttribute("aria-pressed", String(on));
    if (on) this.#watchGroups();
    else this.#unmarkAll();
  }

  /** The words of a row became others. @param {string} id */
  changed(id) {
    if (!this.#marked.has(id)) return;
    this.#unmarkRow(id);
    const row = rowById(id);
    if (row) this.#markRow(row);
  }

  #watchGroups() {
    this.#unmarkAll();
    this.#observer = new IntersectionObserver((entries) => entries.forEach((entry) => this.#markVisible(entry)), { rootMargin: "50%" });
    for (const group of this.#transcript.children) this.#observer.observe(group);
  }

  #unmarkAll() {
    this.#observer?.disconnect();
    this.#observer = null;
    this.#marked.clear();
    this.#highlight?.clear();
  }

  /** @param {IntersectionObserverEntry} entry */
  #markVisible({ target, isIntersecting }) {
    const rows = target.matches("[data-utterance]") ? [target] : target.querySelectorAll("[data-utterance]");
    for (const row of /** @type {Iterable<HTMLElement>} */ (rows)) {
      const id = idOf(row);
      if (!isIntersecting) this.#unmarkRow(id);
      else if (!this.#marked.has(id)) this.#markRow(row);
    }
  }

  /** @param {HTMLElement} row */
  #markRow(row) {
    const id = idOf(row);
    const node = textOf(row).firstChild;
    const ranges = [];
    for (const [startOffset, endOffset] of node instanceof Text ? this.#transcript.estimatedIn(id) : []) {
      if (endOffset > /** @type {Text} */ (node).length) continue;
      const container = /** @type {Text} */ (node);
      ranges.push(new StaticRange({ startContainer: container, startOffset, endContainer: container, endOffset }));
    }
    for (const range of ranges) this.#highlight?.add(range);
    this.#marked.set(id, ranges);
  }

  /** @param {string} id */
  #unmarkRow(id) {
    for (const range of this.#marked.get(id) ?? []) this.#highlight?.delete(range);
    this.#marked.delete(id);
  }
}
