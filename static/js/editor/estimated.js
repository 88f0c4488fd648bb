// @ts-check
/**
 * Words whose times are estimated, marked as the CSS highlight `estimated` for who asks for it. Only the groups of rows
 * near the window are marked, so that nothing grows with the transcript.
 */

import { register } from "../lib/commands.js";
import { storage } from "../lib/storage.js";
import { textOf } from "./row-html.js";

const NAME = "estimated";
const KEPT = "flashweb.estimated";

export class EstimatedTimes {
  #transcript;
  #store = storage();
  #highlight = typeof Highlight === "undefined" || !CSS.highlights ? null : new Highlight();
  /** @type {IntersectionObserver | null} */
  #observer = null;
  /** The marked stretches of each row near the window. @type {Map<string, StaticRange[]>} */
  #marked = new Map();

  /**
   * @param {HTMLElement & {rows: {id: string, element: HTMLElement}[], estimatedIn: (id: string) => [number, number][]}} transcript
   * @param {AbortSignal} signal
   */
  constructor(transcript, signal) {
    this.#transcript = transcript;
    if (!this.#highlight) return;
    CSS.highlights.set(NAME, this.#highlight);
    const leave = register({ estimated: () => this.show(!this.#observer) });
    transcript.addEventListener("transcript:arranged", () => this.#observer && this.#watch(), { signal });
    transcript.addEventListener("transcript:timed", () => this.#observer && this.#watch(), { signal });
    signal.addEventListener("abort", () => {
      leave();
      this.#forget();
      CSS.highlights.delete(NAME);
    });
    this.show(this.#store.getItem(KEPT) === "yes");
  }

  /** @param {boolean} on */
  show(on) {
    this.#store.setItem(KEPT, on ? "yes" : "no");
    for (const button of document.querySelectorAll("[data-command=estimated]")) button.setAttribute("aria-pressed", String(on));
    if (on) this.#watch();
    else this.#forget();
  }

  /** The words of a row became others. @param {string} id */
  changed(id) {
    if (!this.#marked.has(id)) return;
    this.#unmark(id);
    const row = document.getElementById(`u${id}`);
    if (row) this.#mark(row);
  }

  #watch() {
    this.#forget();
    this.#observer = new IntersectionObserver((entries) => entries.forEach((entry) => this.#see(entry)), { rootMargin: "50%" });
    for (const group of this.#transcript.children) this.#observer.observe(group);
  }

  #forget() {
    this.#observer?.disconnect();
    this.#observer = null;
    this.#marked.clear();
    this.#highlight?.clear();
  }

  /** @param {IntersectionObserverEntry} entry */
  #see({ target, isIntersecting }) {
    const rows = target.matches("[data-utterance]") ? [target] : target.querySelectorAll("[data-utterance]");
    for (const row of /** @type {Iterable<HTMLElement>} */ (rows)) {
      const id = row.dataset.utterance ?? "";
      if (!isIntersecting) this.#unmark(id);
      else if (!this.#marked.has(id)) this.#mark(row);
    }
  }

  /** @param {HTMLElement} row */
  #mark(row) {
    const id = row.dataset.utterance ?? "";
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
  #unmark(id) {
    for (const range of this.#marked.get(id) ?? []) this.#highlight?.delete(range);
    this.#marked.delete(id);
  }
}
