// @ts-check
import { fill } from "../lib/format.js";
import { partOf } from "../lib/html.js";
import { ownPreferences } from "../lib/preferences.js";
import { MAC } from "../lib/shortcuts.js";

/**
 * `<guided-tour>`: a few steps in a dialog. A line above the text offers them until the person has taken or declined them;
 * buttons anywhere with `data-tour` open them again.
 */
class GuidedTour extends HTMLElement {
  #abort = new AbortController();
  #step = 0;
  #next = "";

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-on-mac]"))) part.hidden = !MAC;
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-not-on-mac]"))) part.hidden = MAC;
    // Declined a moment ago, and not stored yet when this page was made.
    if (ownPreferences().values.tour_seen) this.querySelector("[data-invitation]")?.remove();
    this.#next = partOf(this, "[data-tour-next]", HTMLElement).textContent ?? "";
    document.addEventListener("click", (event) => this.#click(event), { signal });
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target : null;
    if (target?.closest("[data-tour]")) this.open();
    else if (target?.closest("[data-tour-no]")) this.#seen();
    else if (target?.closest("[data-tour-close]")) this.#dialog.close();
    else if (target?.closest("[data-tour-back]")) this.#show(this.#step - 1);
    else if (target?.closest("[data-tour-next]")) this.#show(this.#step + 1);
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  open() {
    for (const menu of document.querySelectorAll("details.menu[open]")) menu.removeAttribute("open");
    this.#seen();
    this.#show(0);
    this.#dialog.showModal();
  }

  /** The offer is not made again. */
  #seen() {
    const invitation = this.querySelector("[data-invitation]");
    if (!invitation) return;
    const held = invitation.contains(document.activeElement);
    ownPreferences().set({ tour_seen: true });
    invitation.remove();
    if (held) document.getElementById("main")?.focus({ preventScroll: true });
  }

  /** @param {number} step after the last one the tour ends */
  #show(step) {
    const steps = /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-step]"));
    if (step >= steps.length) return this.#dialog.close();
    this.#step = Math.max(0, step);
    steps.forEach((one, index) => (one.hidden = index !== this.#step));
    const count = partOf(this, "[data-tour-count]", HTMLElement);
    count.textContent = fill(count.dataset.pattern ?? "", { step: this.#step + 1, steps: steps.length });
    const next = partOf(this, "[data-tour-next]", HTMLElement);
    next.textContent = this.#step === steps.length - 1 ? (next.dataset.done ?? "") : this.#next;
    const back = partOf(this, "[data-tour-back]", HTMLButtonElement);
    if (this.#step === 0 && back === document.activeElement) next.focus();
    back.hidden = this.#step === 0;
  }
}

customElements.define("guided-tour", GuidedTour);
