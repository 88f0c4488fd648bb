// @ts-check
import { partOf } from "../lib/html.js";

/** `<tick-all hidden>` with a checkbox: ticks or unticks all others in its section, and says whether all are ticked. */
class TickAll extends HTMLElement {
  #abort = new AbortController();

  connectedCallback() {
    this.#abort = new AbortController();
    this.hidden = false;
    this.closest("section")?.addEventListener("change", (event) => this.#tick(event.target), { signal: this.#abort.signal });
    this.#show();
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  get #all() {
    return partOf(this, "input", HTMLInputElement);
  }

  get #ticks() {
    const ticks = /** @type {NodeListOf<HTMLInputElement>} */ (this.closest("section")?.querySelectorAll("input[type=checkbox]") ?? []);
    return [...ticks].filter((tick) => tick !== this.#all);
  }

  /** @param {EventTarget | null} target */
  #tick(target) {
    if (target === this.#all) for (const tick of this.#ticks) tick.checked = this.#all.checked;
    this.#show();
  }

  #show() {
    const count = this.#ticks.filter(({ checked }) => checked).length;
    this.#all.checked = count > 0 && count === this.#ticks.length;
    this.#all.indeterminate = count > 0 && count < this.#ticks.length;
  }
}

customElements.define("tick-all", TickAll);
