// @ts-check
import { isRegistered, run } from "../lib/commands.js";
import { partOf, strings } from "../lib/html.js";
import { ownPreferences } from "../lib/preferences.js";
import { MAC, boundTo, isComposing, keyLabel } from "../lib/shortcuts.js";
import { exactClock, moved, parseClock } from "../lib/times.js";
import { rowAround, transcript } from "../lib/transcript.js";

const preferences = ownPreferences();
const GAP_PX = 4;
/** There the menu is a sheet. */
const PHONE = "(max-width: 40rem)";
/** What a menu needs above or below its button. */
const ROOM_PX = 300;
const AWAY_PX = 40;
const text = strings("shortcut-strings");

/** `<row-menu popover>`: what can be done with a row, for all rows: their buttons with `data-more` open it. */
export class RowMenu extends HTMLElement {
  #abort = new AbortController();
  /** @type {HTMLElement | null} */
  #row = null;
  #byKey = false;
  /** Where the row's button stood. */
  #top = 0;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    // Before the button opens it.
    document.addEventListener("click", (event) => this.#openFor(event), { signal, capture: true });
    document.addEventListener("keydown", (event) => this.#key(event), { signal, capture: true });
    document.addEventListener("scroll", () => this.#closeWhenScrolled(), { signal, passive: true });
    this.addEventListener("toggle", (event) => this.#toggled(/** @type {ToggleEvent} */ (event).newState === "open"), { signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("change", (event) => this.#takeTime(event), { signal });
    // The field of the row keeps the focus and its caret.
    this.addEventListener("mousedown", (event) => this.#buttonOf(event) && event.preventDefault(), { signal });
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  get #transcript() {
    return transcript();
  }

  /** The menu does not hang about where its row has gone. */
  #closeWhenScrolled() {
    const top = this.#row?.querySelector("[data-more]")?.getBoundingClientRect().top ?? 0;
    if (this.#open && Math.abs(top - this.#top) > AWAY_PX) this.hidePopover();
  }

  get #open() {
    return this.matches(":popover-open");
  }

  /** @param {Event} event */
  #buttonOf(event) {
    return event.target instanceof Element ? event.target.closest("button") : null;
  }

  /** @param {MouseEvent} event */
  #openFor(event) {
    const button = this.#buttonOf(event);
    const row = button?.matches("[data-more]") ? rowAround(button) : null;
    if (!button || !row) return;
    // The button of the same row closes it; that of another one takes it over.
    if (this.#open && row === this.#row) return;
    if (this.#open) event.preventDefault();
    this.#byKey = event.detail === 0;
    this.#place(row, button);
  }

  /**
   * @param {HTMLElement} row
   * @param {HTMLElement} button
   */
  #place(row, button) {
    this.#row = row;
    this.#transcript.chosen = row;
    const box = button.getBoundingClientRect();
    this.#top = box.top;
    const top = document.querySelector("[data-deck]")?.getBoundingClientRect().bottom ?? 0;
    const [above, below] = [box.top - Math.max(0, top), window.innerHeight - box.bottom];
    const right = document.documentElement.clientWidth - box.right;
    const up = above > below;
    this.style.inset = up ? `auto ${right}px ${window.innerHeight - box.top + GAP_PX}px auto` : `${box.bottom + GAP_PX}px ${right}px auto auto`;
    this.style.maxInlineSize = `${box.right - 2 * GAP_PX}px`;
    this.style.maxBlockSize = `${Math.max(above, below) - 3 * GAP_PX}px`;
    if (matchMedia(PHONE).matches) {
      this.removeAttribute("style"); // A sheet.
    } else if (Math.max(above, below) < ROOM_PX) {
      // On a phone that lies on its side: left of the button, over the whole height.
      this.style.inset = `${GAP_PX}px ${right + box.width + GAP_PX}px auto auto`;
      this.style.maxBlockSize = `${window.innerHeight - 2 * GAP_PX}px`;
    }
    const impossible = this.#impossible(row);
    const shortcuts = boundTo(preferences.values.keys);
    const names = { Enter: text.key_enter, Escape: text.key_escape, Space: text.key_space };
    for (const item of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-command]"))) {
      const { command = "" } = item.dataset;
      const [key] = shortcuts.find((shortcut) => shortcut.command === command)?.keys ?? [];
      const label = item.querySelector("kbd");
      item.hidden = !isRegistered(command) || impossible.has(command);
      if (label) label.textContent = key ? keyLabel(key, { mac: MAC, names }) : "";
    }
    partOf(this, "[data-menu-who]", HTMLElement).hidden = !row.querySelector("[data-who]");
    this.#showTimes();
  }

  /** The commands that would do nothing with this row. @param {HTMLElement} row */
  #impossible(row) {
    const { rows, editing } = this.#transcript;
    const at = rows.findIndex(({ element }) => element === row);
    const [above, below] = [rows[at - 1]?.element, rows[at + 1]?.element];
    const commands = new Set();
    if (editing.row !== row) for (const command of ["split", "words_above", "words_below"]) commands.add(command);
    if (!above) for (const command of ["merge_above", "words_above"]) commands.add(command);
    if (!below) for (const command of ["merge_below", "words_below"]) commands.add(command);
    if (!below || below.dataset.speaker !== row.dataset.speaker) commands.add("select_turn_below");
    if (rows.slice(0, at + 1).every(({ element }) => element.hasAttribute("data-verified"))) commands.add("verify_until");
    return commands;
  }

  /** The exact times of the row. */
  #showTimes() {
    const bounds = this.#row && this.#transcript.structure?.boundsOf(this.#row);
    for (const edge of /** @type {const} */ (["start", "end"])) {
      const field = partOf(this, `[data-edge=${edge}]`, HTMLInputElement);
      field.value = bounds ? exactClock(bounds[edge]) : "";
      field.removeAttribute("aria-invalid");
    }
  }

  /** @param {boolean} open */
  #toggled(open) {
    if (open && this.#byKey) this.#items[0]?.focus();
    if (!open) this.#forgetRow();
  }

  #forgetRow() {
    this.#transcript.chosen = this.#row = null;
  }

  get #items() {
    return [.../** @type {NodeListOf<HTMLButtonElement>} */ (this.querySelectorAll("button, input"))].filter((item) => !item.hidden);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!this.#open || isComposing(event)) return;
    if (event.key === "Escape") this.hidePopover();
    else if (["ArrowDown", "ArrowUp"].includes(event.key) && this.contains(document.activeElement)) {
      const items = this.#items;
      const at = items.findIndex((item) => item === document.activeElement);
      items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length]?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const button = this.#buttonOf(event);
    const row = this.#row;
    if (!button || !row) return;
    // The page itself would run it once more.
    event.stopPropagation();
    if (button.matches("[data-menu-who]")) {
      this.hidePopover();
      /** @type {HTMLElement | null} */ (row.querySelector("[data-who]"))?.click();
      return;
    }
    run(button.dataset.command ?? "");
    if (button.matches("[data-stays]")) return this.#showTimes();
    this.hidePopover();
    this.#forgetRow();
  }

  /** An exact time was typed. @param {Event} event */
  #takeTime(event) {
    const field = /** @type {HTMLInputElement} */ (event.target);
    const ms = parseClock(field.value);
    if (!this.#row) return;
    field.setAttribute("aria-invalid", String(Number.isNaN(ms)));
    if (Number.isNaN(ms)) return this.#transcript.say(this.#transcript.text.no_time, "failed");
    const edge = /** @type {import("../lib/times.js").Edge} */ (field.dataset.edge);
    const { structure, duration } = this.#transcript;
    structure?.move(this.#row, moved(structure.boundsOf(this.#row), edge, ms, duration), { edge, now: true });
    this.#showTimes();
  }
}

customElements.define("row-menu", RowMenu);
