// @ts-check
import { fill } from "../lib/format.js";
import { partOf, strings } from "../lib/html.js";
import { idOf, rowAround, rowById, transcript } from "../lib/transcript.js";
import { chosen } from "./marks.js";
import { renameOrMerge } from "./merging.js";
import { speakers } from "./speakers.js";

const text = strings("review-strings");
const PHONE = "(max-width: 40rem)";

/** `<speaker-menu popover>`: who speaks the row, or the rows that are selected. One for all rows; their labels open it. */
class SpeakerMenu extends HTMLElement {
  #abort = new AbortController();
  /** @type {HTMLElement[]} */
  #rows = [];
  /** @type {HTMLElement | null} the label that it belongs to */
  #label = null;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    transcript().addEventListener("click", (event) => this.#openFor(event), { signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("submit", (event) => void this.#submit(/** @type {SubmitEvent} */ (event)), { signal });
    this.addEventListener("toggle", (event) => this.#toggled(/** @type {ToggleEvent} */ (event).newState), { signal });
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  get #name() {
    return partOf(this, "[name=name]", HTMLInputElement);
  }

  /** @param {MouseEvent} event */
  #openFor(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-who]") : null;
    const row = rowAround(button);
    if (!(button instanceof HTMLElement) || !row) return;
    const selected = chosen();
    this.#openAt(button, selected.length > 1 && selected.includes(row) ? selected : [row]);
  }

  /**
   * @param {HTMLElement} button
   * @param {HTMLElement[]} rows
   */
  #openAt(button, rows) {
    this.#rows = rows;
    this.#label = button;
    this.#showChoices();
    const run = speakers.run(rows[0]).length - 1;
    partOf(this, "[data-run]", HTMLElement).hidden = rows.length > 1 || run < 1;
    partOf(this, "[data-run] input", HTMLInputElement).checked = false;
    partOf(this, "[data-run-says]", HTMLElement).textContent = fill(text.run, { count: run });
    partOf(this, "[data-chosen]", HTMLElement).hidden = rows.length < 2;
    partOf(this, "[data-chosen]", HTMLElement).textContent = fill(text.rows_chosen, { count: rows.length });
    partOf(this, "[data-form]", HTMLElement).hidden = true;
    partOf(this, "[data-more]", HTMLElement).hidden = false;
    partOf(this, "[data-rename]", HTMLElement).hidden = !rows[0].dataset.speaker;
    this.showPopover();
    this.#place();
    partOf(this, "[aria-pressed=true], [data-choices] button, button", HTMLElement).focus();
  }

  #showChoices() {
    const now = this.#rows[0].dataset.speaker;
    partOf(this, "[data-choices]", HTMLElement).replaceChildren(
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

  /** Below the label, or above it where there is more room; on a phone it is a sheet. */
  #place() {
    if (!this.#label?.isConnected) return;
    const { style } = this;
    for (const side of ["top", "bottom", "left"]) style.removeProperty(side);
    if (matchMedia(PHONE).matches) return;
    const at = this.#label.getBoundingClientRect();
    const below = window.innerHeight - at.bottom;
    if (below >= this.offsetHeight + 16 || below >= at.top) style.top = `${at.bottom + 4}px`;
    else style.top = `${Math.max(8, at.top - this.offsetHeight - 4)}px`;
    style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - this.offsetWidth - 8))}px`;
  }

  /** @param {string} state */
  #toggled(state) {
    const page = transcript();
    page.chosen = state === "open" ? this.#rows[0] : null;
    const row = this.#rows[0] && rowById(idOf(this.#rows[0]));
    if (state === "closed" && (document.activeElement === document.body || this.contains(document.activeElement))) {
      row?.focus({ preventScroll: true });
    }
  }

  /** The rows as they stand now, with those below where that was asked for. */
  #takeRows() {
    const rows = partOf(this, "[data-run] input", HTMLInputElement).checked ? speakers.run(this.#rows[0]) : this.#rows;
    this.hidePopover();
    return rows;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button || button.type === "submit") return;
    if (button.dataset.choose) void speakers.assign(this.#takeRows(), button.dataset.choose);
    else this.#askName(button.matches("[data-rename]"));
  }

  /** @param {boolean} renames */
  #askName(renames) {
    const form = partOf(this, "[data-form]", HTMLElement);
    form.hidden = false;
    partOf(this, "[data-more]", HTMLElement).hidden = true;
    partOf(this, "[data-label-new]", HTMLElement).hidden = renames;
    partOf(this, "[data-label-rename]", HTMLElement).hidden = !renames;
    for (const button of form.querySelectorAll("button")) button.hidden = (button.value === "new") === renames;
    this.#place();
    this.#name.value = renames ? (speakers.of(this.#rows[0].dataset.speaker ?? "")?.name ?? "") : "";
    this.#name.focus();
    this.#name.select();
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    const shown = [...this.querySelectorAll("[data-form] button")].filter((button) => button instanceof HTMLButtonElement).find(({ hidden }) => !hidden);
    const pressed = event.submitter instanceof HTMLButtonElement && !event.submitter.hidden ? event.submitter : shown;
    const way = pressed?.value;
    const name = this.#name.value.trim();
    const speaker = this.#rows[0].dataset.speaker ?? "";
    if (way === "here" && !name) return this.#name.focus();
    const rows = this.#takeRows();
    if (way === "everywhere") await renameOrMerge(speaker, name);
    else await speakers.assignNew(rows, name);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.altKey || event.metaKey) return;
    const inField = event.target instanceof HTMLInputElement && event.target.type !== "checkbox";
    const number = /^[1-9]$/.test(event.key) && !inField ? Number(event.key) : 0;
    const speaker = number && speakers.list().find((one) => one.number === number);
    if (speaker) void speakers.assign(this.#takeRows(), speaker.id);
    else if (!["ArrowDown", "ArrowUp"].includes(event.key)) return;
    else this.#focusNext(event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {1 | -1} by */
  #focusNext(by) {
    const parts = /** @type {HTMLElement[]} */ ([...this.querySelectorAll("button, input")]).filter((part) => part.offsetParent);
    const at = parts.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    parts[(at + by + parts.length) % parts.length]?.focus();
  }
}

customElements.define("speaker-menu", SpeakerMenu);
