// @ts-check
/**
 * Words of one kind, marked as the CSS highlight of its name for who asks for it by the command of that name: those with
 * estimated times, or fillers. Only the groups of rows near the window are marked, so that nothing grows with the
 * transcript.
 */

import { register } from "../lib/commands.js";
import { addHighlight, removeHighlight } from "../lib/highlights.js";
import { stretchOf } from "../lib/row-text.js";
import { storage } from "../lib/storage.js";
import { idOf, rowById, textOf } from "../lib/transcript.js";

/**
 * @typedef {object} Kind
 * @property {string} name
 * @property {(id: string) => [number, number][]} stretchesIn the words of a row, as stretches of its text
 * @property {(ids?: Iterable<string>) => Promise<void>} [load] gets what `stretchesIn` needs of these rows, or of all
 */

const RELOAD_MS = 1500;

export class MarkedWords {
  #transcript;
  #kind;
  #kept;
  #store = storage();
  /** @type {ReturnType<typeof addHighlight>} */
  #highlight;
  #on = false;
  #reload = 0;
  /** The rows that have changed since. @type {Set<string>} */
  #changed = new Set();
  /** @type {IntersectionObserver | null} */
  #observer = null;
  /** The marked stretches of each row near the window. @type {Map<string, StaticRange[]>} */
  #marked = new Map();

  /**
   * @param {import("../lib/transcript.js").Transcript} transcript
   * @param {Kind} kind
   * @param {AbortSignal} signal
   */
  constructor(transcript, kind, signal) {
    this.#transcript = transcript;
    this.#kind = kind;
    this.#kept = `flashweb.${kind.name}`;
    this.#highlight = addHighlight(kind.name);
    if (!this.#highlight) {
      for (const button of this.#buttons) button.setAttribute("hidden", "");
      return;
    }
    const leave = register({ [kind.name]: () => this.show(!this.#on) });
    for (const news of ["transcript:arranged", "transcript:timed", "transcript:redrawn"]) {
      transcript.addEventListener(news, () => this.#observer && this.#watchGroups(), { signal });
    }
    signal.addEventListener("abort", () => {
      leave();
      window.clearTimeout(this.#reload);
      this.#unmarkAll();
      removeHighlight(kind.name);
    });
    this.show(this.#store.getItem(this.#kept) === "yes");
  }

  get #buttons() {
    return document.querySelectorAll(`[data-command=${this.#kind.name}]`);
  }

  /** @param {boolean} on */
  show(on) {
    this.#on = on;
    this.#store.setItem(this.#kept, on ? "yes" : "no");
    for (const button of this.#buttons) button.setAttribute("aria-pressed", String(on));
    if (!on) this.#unmarkAll();
    else if (this.#kind.load) void this.#kind.load().then(() => this.#on && this.#watchGroups());
    else this.#watchGroups();
  }

  async #loadChanged() {
    const ids = [...this.#changed];
    this.#changed.clear();
    await this.#kind.load?.(ids);
    for (const id of ids) this.#markAgain(id);
  }

  /** The words of a row became others. @param {string} id */
  changed(id) {
    if (this.#on && this.#kind.load) {
      window.clearTimeout(this.#reload);
      this.#changed.add(id);
      this.#reload = window.setTimeout(() => this.#loadChanged(), RELOAD_MS);
    }
    this.#markAgain(id);
  }

  /** @param {string} id */
  #markAgain(id) {
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
    const ranges = [];
    for (const [from, to] of this.#kind.stretchesIn(id)) {
      const stretch = stretchOf(textOf(row), from, to);
      if (stretch) ranges.push(new StaticRange(stretch));
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

/** The words that are fillers: few people ask for them. @param {string} url @returns {Kind} */
export function fillersAt(url) {
  /** @type {import("./fillers.js").Fillers | null} */
  let fillers = null;
  return {
    name: "fillers",
    stretchesIn: (id) => fillers?.stretchesIn(id) ?? [],
    load: async (ids) => {
      fillers ??= new (await import("./fillers.js")).Fillers(url);
      await fillers.load(ids);
    },
  };
}
