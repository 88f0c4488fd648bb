// @ts-check
import { chosen, idOf, transcript } from "../editor/marks.js";
import { renameOrMerge } from "../editor/merging.js";
import { speakers } from "../editor/speakers.js";
import { fill } from "../lib/format.js";
import { strings } from "../lib/strings.js";

const text = strings("review-strings");
const PHONE = "(max-width: 40rem)";

/** `<speaker-menu popover>`: who speaks the row, or the rows that are selected. One for all rows; their labels open it. */
class SpeakerMenu extends HTMLElement {
  #abort = new AbortController();
  /** @type {HTMLElement[]} */
  #rows = [];

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    transcript()?.addEventListener("click", (/** @type {MouseEvent} */ event) => this.#opener(event), { signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("submit", (event) => void this.#submit(/** @type {SubmitEvent} */ (event)), { signal });
    this.addEventListener("toggle", (event) => this.#toggled(/** @type {any} */ (event).newState), { signal });
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  /** @param {string} selector @returns {any} */
  #part(selector) {
    return this.querySelector(selector);
  }

  /** @param {MouseEvent} event */
  #opener(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-who]") : null;
    const row = button?.closest("[data-utterance]");
    if (!(button instanceof HTMLElement) || !(row instanceof HTMLElement)) return;
    const selected = chosen();
    this.#open(button, selected.length > 1 && selected.includes(row) ? selected : [row]);
  }

  /**
   * @param {HTMLElement} button
   * @param {HTMLElement[]} rows
   */
  #open(button, rows) {
    this.#rows = rows;
    this.#choices();
    const run = speakers.run(rows[0]).length - 1;
    this.#part("[data-run]").hidden = rows.length > 1 || run < 1;
    this.#part("[data-run] input").checked = false;
    this.#part("[data-run-says]").textContent = fill(text.run, { count: run });
    this.#part("[data-chosen]").hidden = rows.length < 2;
    this.#part("[data-chosen]").textContent = fill(text.rows_chosen, { count: rows.length });
    this.#part("[data-form]").hidden = true;
    this.#part("[data-more]").hidden = false;
    this.#part("[data-rename]").hidden = !rows[0].dataset.speaker;
    this.showPopover();
    this.#place(button);
    this.#part("[aria-pressed=true], [data-choices] button, button")?.focus();
  }

  #choices() {
    const now = this.#rows[0].dataset.speaker;
    this.#part("[data-choices]").replaceChildren(
      ...speakers.list().map(({ id, shown, colour, number }) => {
        const item = document.createElement("li");
        const button = item.appendChild(document.createElement("button"));
        button.type = "button";
        button.className = "speaker-choice";
        button.dataset.choose = id;
        button.dataset.colour = colour;
        button.setAttribute("aria-pressed", String(id === now));
        button.appendChild(document.createElement("span")).textContent = shown;
        if (number) button.appendChild(document.createElement("kbd")).textContent = String(number);
        return item;
      }),
    );
  }

  /** Below the label, or above it where there is more room; on a phone it is a sheet. @param {HTMLElement} button */
  #place(button) {
    const { style } = this;
    for (const side of ["top", "bottom", "left"]) style.removeProperty(side);
    if (matchMedia(PHONE).matches) return;
    const at = button.getBoundingClientRect();
    const below = window.innerHeight - at.bottom;
    if (below >= this.offsetHeight + 16 || below >= at.top) style.top = `${at.bottom + 4}px`;
    else style.top = `${Math.max(8, at.top - this.offsetHeight - 4)}px`;
    style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - this.offsetWidth - 8))}px`;
  }

  /** @param {string} state */
  #toggled(state) {
    const page = transcript();
    page.chosen = state === "open" ? this.#rows[0] : null;
    const row = this.#rows[0] && document.getElementById(`u${idOf(this.#rows[0])}`);
    if (state === "closed" && (document.activeElement === document.body || this.contains(document.activeElement))) {
      row?.focus({ preventScroll: true });
    }
  }

  /** The rows as they stand now, with those below where that was asked for. */
  #take() {
    const rows = this.#part("[data-run] input").checked ? speakers.run(this.#rows[0]) : this.#rows;
    this.hidePopover();
    return rows;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button || button.type === "submit") return;
    if (button.dataset.choose) void speakers.assign(this.#take(), button.dataset.choose);
    else this.#ask(button.matches("[data-rename]"));
  }

  /** @param {boolean} renames */
  #ask(renames) {
    const form = this.#part("[data-form]");
    form.hidden = false;
    this.#part("[data-more]").hidden = true;
    this.#part("[data-label-new]").hidden = renames;
    this.#part("[data-label-rename]").hidden = !renames;
    for (const button of form.querySelectorAll("button")) button.hidden = (button.value === "new") === renames;
    form.elements.name.value = renames ? (speakers.of(this.#rows[0].dataset.speaker ?? "")?.name ?? "") : "";
    form.elements.name.focus();
    form.elements.name.select();
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    const shown = [...this.#part("[data-form]").querySelectorAll("button")].find(({ hidden }) => !hidden);
    const way = /** @type {HTMLButtonElement | null} */ (event.submitter)?.hidden ? shown.value : (/** @type {any} */ (event.submitter)?.value ?? shown.value);
    const name = this.#part("[name=name]").value.trim();
    const speaker = this.#rows[0].dataset.speaker ?? "";
    if (way === "here" && !name) return this.#part("[name=name]").focus();
    const rows = this.#take();
    if (way === "everywhere") await renameOrMerge(speaker, name);
    else await speakers.assignNew(rows, name);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.altKey || event.metaKey) return;
    const inField = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
    const number = /^[1-9]$/.test(event.key) && !inField ? Number(event.key) : 0;
    const speaker = number && speakers.list().find((one) => one.number === number);
    if (speaker) void speakers.assign(this.#take(), speaker.id);
    else if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
    else this.#step(event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {1 | -1} by */
  #step(by) {
    const parts = /** @type {HTMLElement[]} */ ([...this.querySelectorAll("button, input")]).filter((part) => part.offsetParent);
    const at = parts.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    parts[(at + by + parts.length) % parts.length]?.focus();
  }
}

customElements.define("speaker-menu", SpeakerMenu);
