// @ts-check
import { register } from "../lib/commands.js";
import { fill } from "../lib/format.js";
import { partOf, strings } from "../lib/html.js";
import { isComposing } from "../lib/shortcuts.js";
import { named } from "../lib/speakers.js";
import { idOf, rowAround, rowById, transcript } from "../lib/transcript.js";
import { chosen } from "./marks.js";
import { renameOrMerge } from "./merging.js";
import { speakers } from "./speakers.js";

const text = strings("review-strings");
const PHONE = "(max-width: 40rem)";

/**
 * `<speaker-menu popover>`: who speaks the row, or the rows that are selected. One for all rows; their labels open it. What is
 * typed in its field chooses among the speakers, or names a new one; Enter assigns.
 */
class SpeakerMenu extends HTMLElement {
  #abort = new AbortController();
  /** @type {HTMLElement[]} */
  #rows = [];
  /** @type {HTMLElement | null} what it belongs to */
  #label = null;
  /** The number key that asked for a new speaker, or 0. */
  #number = 0;
  #renames = false;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    transcript().addEventListener("click", (event) => this.#openFor(event), { signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("input", () => this.#showChoices(), { signal });
    this.addEventListener("submit", (event) => void this.#submit(/** @type {SubmitEvent} */ (event)), { signal });
    this.addEventListener("toggle", (event) => this.#toggled(/** @type {ToggleEvent} */ (event).newState), { signal });
    document.addEventListener("speaker:wanted", (event) => this.#ask(/** @type {CustomEvent} */ (event).detail), { signal });
    if (transcript().hasAttribute("data-may-edit")) signal.addEventListener("abort", register({ speaker_menu: () => this.#ask({ rows: chosen() }) }));
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
    const { selected } = transcript();
    this.#openAt(button, selected.includes(row) ? selected : [row]);
  }

  /** @param {{rows: HTMLElement[], number?: number}} wanted */
  #ask({ rows, number = 0 }) {
    const row = rows.includes(/** @type {HTMLElement} */ (transcript().row)) ? transcript().row : rows[0];
    const label = row?.querySelector("[data-who]");
    if (!row || !(label instanceof HTMLElement)) return;
    transcript().following.bring(row);
    this.#openAt(label, rows, number);
  }

  /**
   * @param {HTMLElement} button
   * @param {HTMLElement[]} rows
   * @param {number} [number]
   */
  #openAt(button, rows, number = 0) {
    this.#rows = rows;
    this.#label = button;
    this.#number = number;
    this.#name.value = "";
    this.#setRenaming(false);
    const run = speakers.run(rows[0]).length - 1;
    partOf(this, "[data-run]", HTMLElement).hidden = rows.length > 1 || run < 1;
    partOf(this, "[data-run] input", HTMLInputElement).checked = false;
    partOf(this, "[data-run-says]", HTMLElement).textContent = fill(text.run, { count: run });
    partOf(this, "[data-chosen]", HTMLElement).hidden = rows.length < 2;
    partOf(this, "[data-chosen]", HTMLElement).textContent = fill(text.rows_chosen, { count: rows.length });
    this.showPopover();
    this.#place();
    this.#name.focus();
  }

  /** The speakers whose names have what was typed in them; Enter takes the one that is marked, or makes a new one. */
  #showChoices() {
    const now = this.#rows[0].dataset.speaker;
    const typed = this.#name.value.trim();
    const { matches, exact } = named(speakers.list(), typed);
    const items = this.#renames
      ? []
      : matches.map(({ id, shown, colour, number }) => {
          const button = this.#makeChoice(shown);
          button.dataset.choose = id;
          button.dataset.colour = colour;
          button.setAttribute("aria-pressed", String(id === now));
          if (number) button.appendChild(document.createElement("kbd")).textContent = String(number);
          return button;
        });
    if (typed && !exact && !this.#renames) {
      const made = this.#makeChoice(fill(text.add_speaker, { name: typed }));
      made.dataset.add = "";
      items.push(made);
    }
    const taken = typed ? (items.find(({ dataset }) => dataset.choose === exact?.id && exact) ?? items[0]) : null;
    if (taken) taken.dataset.taken = "";
    partOf(this, "[data-choices]", HTMLElement).replaceChildren(
      ...items.map((button) => {
        const item = document.createElement("li");
        item.append(button);
        return item;
      }),
    );
  }

  /** @param {string} said */
  #makeChoice(said) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "speaker-choice";
    button.appendChild(document.createElement("span")).textContent = said;
    return button;
  }

  /** Below the label, or above it where there is more room; on a phone it is a sheet. */
  #place() {
    if (!this.#label?.isConnected) return;
    const { style } = this;
    for (const side of ["top", "bottom", "left"]) style.removeProperty(side);
    if (matchMedia(PHONE).matches) return;
    const at = this.#label.getBoundingClientRect();
    const below = window.innerHeight - at.bottom;
    if (below >= this.offsetHeight + 16 || below >= at.top) style.top = `${Math.min(at.bottom + 4, window.innerHeight - this.offsetHeight - 8)}px`;
    else style.top = `${Math.max(8, at.top - this.offsetHeight - 4)}px`;
    style.left = `${Math.max(8, Math.min(at.left, window.innerWidth - this.offsetWidth - 8))}px`;
  }

  /** @param {string} state */
  #toggled(state) {
    const page = transcript();
    page.chosen = state === "open" ? this.#rows[0] : null;
    const row = this.#rows[0] && rowById(idOf(this.#rows[0]));
    if (state === "closed" && (document.activeElement === document.body || this.contains(document.activeElement))) {
      const held = row?.querySelector("textarea") ?? rowAround(this.#label) ?? row;
      held?.focus({ preventScroll: true });
    }
  }

  /** The rows as they stand now, with those below where that was asked for. */
  #takeRows() {
    const rows = partOf(this, "[data-run] input", HTMLInputElement).checked ? speakers.run(this.#rows[0]) : this.#rows;
    this.hidePopover();
    if (document.activeElement === this.#label) rowAround(this.#label)?.focus({ preventScroll: true });
    return rows;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!button || button.type === "submit") return;
    if (button.matches("[data-rename]")) this.#setRenaming(true);
    else void this.#take(button);
  }

  /** @param {HTMLElement} button of a choice */
  async #take(button) {
    const name = this.#name.value.trim();
    const rows = this.#takeRows();
    if (button.dataset.choose) await speakers.assign(rows, button.dataset.choose);
    else await speakers.assignNew(rows, name, this.#number);
  }

  /** @param {boolean} renames */
  #setRenaming(renames) {
    this.#renames = renames;
    const speaker = this.#rows[0].dataset.speaker ?? "";
    partOf(this, "[data-label-name]", HTMLElement).textContent = this.#labelFor(renames);
    partOf(this, "[data-rename]", HTMLElement).hidden = renames || !speaker;
    partOf(this, "[data-renaming]", HTMLElement).hidden = !renames;
    if (renames) {
      this.#name.value = speakers.of(speaker)?.name ?? "";
      partOf(this, "[data-run]", HTMLElement).hidden = true;
    }
    this.#showChoices();
    if (!renames) return;
    this.#place();
    this.#name.focus();
    this.#name.select();
  }

  /** @param {boolean} renames */
  #labelFor(renames) {
    if (renames) return text.name_new;
    if (this.#number) return fill(text.name_number, { number: this.#number });
    return speakers.list().length ? text.name_any : text.name_first;
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    event.preventDefault();
    const name = this.#name.value.trim();
    if (!this.#renames) {
      const taken = this.querySelector("[data-taken]");
      if (taken instanceof HTMLElement) await this.#take(taken);
      // Without a name the new speaker is told by a number.
      else if (this.#number || !speakers.list().length) await speakers.assignNew(this.#takeRows(), "", this.#number);
      return;
    }
    const here = event.submitter instanceof HTMLButtonElement && event.submitter.value === "here";
    if (here && !name) return this.#name.focus();
    const speaker = this.#rows[0].dataset.speaker ?? "";
    const rows = this.#takeRows();
    if (here) await speakers.assignNew(rows, name);
    else await renameOrMerge(speaker, name);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (isComposing(event) || event.ctrlKey || event.altKey || event.metaKey) return;
    const writing = event.target === this.#name && (this.#name.value || this.#renames || this.#number);
    const number = /^[1-9]$/.test(event.key) && !writing ? Number(event.key) : 0;
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
