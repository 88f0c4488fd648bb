// @ts-check
import { strings } from "../lib/html.js";
import { get } from "../lib/http.js";
import { showLibrary } from "../lib/library-list.js";
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
  /** How many match the filter. */
  #matching = 0;
  #offers = 0;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("change", () => this.#show(), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    // Other rows came, or one more.
    this.addEventListener("page:changed", () => this.#show(), { signal });
    document.addEventListener("htmx:afterSwap", (event) => this.#swapped(/** @type {CustomEvent} */ (event)), { signal });
    document.addEventListener("htmx:afterSettle", (event) => this.#ask(/** @type {CustomEvent} */ (event)), { signal });
    document.addEventListener("htmx:afterRequest", () => this.#answered(), { signal });
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
    if (target.closest("[data-close]")) return this.#dialog?.close();
    if (target.closest("[data-clear]")) return this.#clear();
    if (target.closest("[data-all]")) return this.#tickAll();
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

  /** All that match the filter, on whatever page. */
  #tickAll() {
    if (this.#all) this.#all.checked = true;
    this.#show();
  }

  get #dialog() {
    return this.querySelector("dialog");
  }

  get #all() {
    return /** @type {HTMLInputElement | null} */ (this.querySelector("#bulk-all"));
  }

  #clear() {
    for (const tick of this.#ticks) tick.checked = false;
    if (this.#all) this.#all.checked = false;
    this.#first = null;
    this.#show();
  }

  #show() {
    const ticks = this.#ticks;
    const count = ticks.filter((tick) => tick.checked).length;
    if ((!count || count < ticks.length) && this.#all) this.#all.checked = false;
    const isAll = this.#all?.checked ?? false;
    this.dataset.selected = String(count);
    const line = this.querySelector("[data-count]");
    const shown = isAll ? this.#matching : count;
    if (line) line.textContent = count ? (this.#texts.selected ?? "").replace("{count}", String(shown)) : "";
    void this.#offerAll(count > 0 && count === ticks.length && !isAll);
  }

  /** Once a whole page is ticked, those of the other pages can be, too. @param {boolean} wanted */
  async #offerAll(wanted) {
    const button = this.querySelector("[data-all]");
    if (!(button instanceof HTMLButtonElement)) return;
    const mine = (this.#offers += 1);
    button.hidden = true;
    if (!wanted || !this.querySelector(".pages")) return;
    const answer = await get(button.dataset.countUrl ?? "").catch(() => null);
    const count = answer?.ok ? (await answer.json()).count : 0;
    if (!count || mine !== this.#offers) return; // Another choice was made meanwhile.
    this.#matching = count;
    button.textContent = (this.#texts.select_all ?? "").replace("{count}", String(count));
    button.hidden = false;
  }

  /** Once htmx answers for the question's buttons. @param {CustomEvent} event */
  #ask(event) {
    if (event.detail.target === this.#dialog && !this.#dialog?.open) this.#dialog?.showModal();
  }

  /** @param {CustomEvent} event */
  #swapped(event) {
    const { target } = event.detail;
    if (!(target instanceof HTMLElement)) return;
    if (target.id === "bulk-actions") {
      this.#dialog?.close();
      const line = /** @type {HTMLElement} */ (target.firstElementChild);
      if (!line.matches(".bulk-action, .download")) return;
      this.#clear();
      return line.focus();
    }
    // What was done to the rows shows in the list.
    const line = event.detail.elt;
    if (line instanceof HTMLElement && line.matches(".bulk-action:is([data-state=done], [data-state=cancelled])")) {
      void showLibrary(location.href);
    }
  }

  /** A row that was ticked may have gone, of which no swap tells. */
  #answered() {
    if (this.#ticks.filter((tick) => tick.checked).length !== Number(this.dataset.selected)) this.#show();
  }
}

customElements.define("bulk-selection", BulkSelection);
