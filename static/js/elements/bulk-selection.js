// @ts-check
import { strings } from "../lib/html.js";
import { rangeOf } from "../lib/ranges.js";

/**
 * `<bulk-selection>`: the library's rows that are ticked, and the bar of what can be done with all of them.
 *
 * Shift with a click or an arrow key ticks all rows between; Ctrl+A ticks the page, Escape clears it.
 */
class BulkSelection extends HTMLElement {
  #abort = new AbortController();
  /** The tick that a range begins at. @type {HTMLInputElement | null} */
  #first = null;
  #texts = strings("library-strings");

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("change", () => this.#show(), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    document.addEventListener("htmx:afterSwap", (event) => this.#swapped(/** @type {CustomEvent} */ (event)), { signal });
    this.querySelector("[data-clear]")?.removeAttribute("hidden");
    this.#show();
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  get #ticks() {
    return /** @type {HTMLInputElement[]} */ ([...this.querySelectorAll(".recording-tick input")]);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const { target } = event;
    if (!(target instanceof Element)) return;
    if (target.closest("[data-clear]")) return this.#clear();
    if (!(target instanceof HTMLInputElement && target.matches(".recording-tick input"))) return;
    if (event.shiftKey && this.#first) this.#tickTo(target, target.checked);
    this.#first = target;
  }

  /** @param {HTMLInputElement} last @param {boolean} checked */
  #tickTo(last, checked) {
    for (const tick of rangeOf(this.#ticks, this.#first, last)) tick.checked = checked;
    this.#show();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { target, key } = event;
    if (!(target instanceof HTMLInputElement && target.matches(".recording-tick input"))) return;
    const ticks = this.#ticks;
    const step = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
    if (step) {
      const next = ticks[ticks.indexOf(target) + step];
      event.preventDefault();
      if (!next) return;
      if (event.shiftKey) {
        this.#first ??= target;
        target.checked = next.checked = true;
        this.#show();
      } else {
        this.#first = next;
      }
      next.focus();
    } else if (key === "a" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      for (const tick of ticks) tick.checked = true;
      this.#show();
    } else if (key === "Escape") {
      this.#clear();
    }
  }

  #clear() {
    for (const tick of this.#ticks) tick.checked = false;
    this.#first = null;
    this.#show();
  }

  #show() {
    const count = this.#ticks.filter((tick) => tick.checked).length;
    this.dataset.selected = String(count);
    const line = this.querySelector("[data-count]");
    if (line) line.textContent = count ? (this.#texts.selected ?? "").replace("{count}", String(count)) : "";
  }

  /** @param {CustomEvent} event */
  #swapped(event) {
    const { target } = event.detail;
    if (!(target instanceof HTMLElement)) return;
    const dialog = this.querySelector("dialog");
    if (target === dialog) return dialog?.showModal();
    if (target.id === "bulk-actions") {
      dialog?.close();
      if (target.querySelector(".bulk-action")) this.#clear();
      return;
    }
    // What was done to the rows shows in the list.
    const line = event.detail.elt;
    if (line instanceof HTMLElement && line.matches(".bulk-action:is([data-state=done], [data-state=cancelled])")) {
      const settings = { target: "#recordings", select: "#recordings", swap: "outerHTML" };
      void window.htmx.ajax("GET", location.href, settings).then(() => this.#show());
    }
  }
}

customElements.define("bulk-selection", BulkSelection);
