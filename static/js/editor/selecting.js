// @ts-check
/**
 * The rows that are selected: shown and counted, acted on by the commands for rows, and dropped as soon as the focus goes to
 * another row, a click goes elsewhere or Escape is pressed.
 */

import { register } from "../lib/commands.js";
import { fill } from "../lib/format.js";
import { strings } from "../lib/html.js";
import { shownText } from "../lib/row-text.js";
import { endOfTurn, extended, selectedIn, stepped } from "../lib/selection.js";
import { isComposing } from "../lib/shortcuts.js";
import { idOf, rowAround, rowById, textOf, transcript } from "../lib/transcript.js";

const text = strings("review-strings");
/** What can be used without leaving the selected rows. */
const CONTROLS = "button, a, summary, input, select, textarea, label, canvas, dialog, [role=slider], [popover], [data-selection]";

class Selecting {
  /** @type {import("../lib/selection.js").Selection | null} */
  #selection = null;
  /** The row that had the focus when the selection was made: when it comes anew, the focus has not moved. */
  #focused = "";
  /** @type {Set<HTMLElement>} */
  #marked = new Set();
  /** Rows that come anew are marked again. */
  #observer = new MutationObserver(() => this.#show());

  constructor() {
    const page = transcript();
    page.selecting = this;
    document.addEventListener("selectionchange", () => this.#takeDrag());
    document.addEventListener("mousedown", (event) => this.#press(event));
    document.addEventListener("keydown", (event) => this.#escape(event));
    document.addEventListener("copy", (event) => this.#copy(event));
    document.addEventListener("filter:changed", () => this.#show());
    page.addEventListener("focusin", (event) => this.#followFocus(event));
    document.querySelector("[data-deselect]")?.addEventListener("click", () => this.drop());
    register({
      select_above: () => this.#extend((from) => stepped(this.#selection, this.#order, from, -1)),
      select_below: () => this.#extend((from) => stepped(this.#selection, this.#order, from, 1)),
      select_turn_above: () => this.#extend((from) => extended(this.#selection, from, this.#endOfTurn(from, -1))),
      select_turn_below: () => this.#extend((from) => extended(this.#selection, from, this.#endOfTurn(from, 1))),
      select_to_top: () => this.#extend((from) => extended(this.#selection, from, this.#order[0])),
      select_to_bottom: () => this.#extend((from) => extended(this.#selection, from, this.#order.at(-1) ?? from)),
      export_rows: () => this.#export(),
      select_all: () => this.#select({ anchor: this.#order[0] ?? "", head: this.#order.at(-1) ?? "" }),
    });
  }

  /** Several rows, in their order, or none. @returns {HTMLElement[]} */
  get rows() {
    if (!this.#selection) return [];
    const rows = selectedIn(this.#selection, this.#order).flatMap((id) => rowById(id) ?? []);
    return rows.length > 1 ? rows : [];
  }

  drop() {
    if (!this.#selection) return;
    this.#selection = null;
    if (rowAt(document.getSelection()?.anchorNode) !== rowAt(document.getSelection()?.focusNode)) document.getSelection()?.removeAllRanges();
    this.#show();
  }

  get #shown() {
    return transcript().rows.filter(({ element }) => !element.hidden);
  }

  get #order() {
    return this.#shown.map(({ id }) => id);
  }

  /** @param {string} from @param {1 | -1} by */
  #endOfTurn(from, by) {
    return endOfTurn(this.#shown.map(({ id, element }) => ({ id, speaker: element.dataset.speaker ?? "" })), this.#selection?.head ?? from, by);
  }

  /** @param {(from: string) => import("../lib/selection.js").Selection} to from the row with the keyboard */
  #extend(to) {
    const page = transcript();
    const { row } = page;
    if (!row) return;
    if (page.editing.row) page.closeRow();
    this.#select(to(idOf(row)));
    const head = rowById(this.#selection?.head);
    if (!head) return;
    this.#focused = idOf(head);
    head.focus({ preventScroll: true });
    page.following.bring(head);
  }

  /** @param {import("../lib/selection.js").Selection} selection */
  #select(selection) {
    this.#selection = selection;
    this.#focused = idOf(rowAround(document.activeElement) ?? transcript());
    this.#show();
    const count = this.rows.length;
    transcript().say(count ? fill(text.selected, { count }) : "");
  }

  #show() {
    if (this.#selection && !selectedIn(this.#selection, this.#order).length) this.#selection = null;
    const rows = this.rows;
    const now = new Set(rows);
    for (const row of this.#marked) if (!now.has(row)) row.removeAttribute("data-selected");
    for (const row of now) if (!this.#marked.has(row)) row.setAttribute("data-selected", "");
    this.#marked = now;
    const bar = document.querySelector("[data-selection]");
    if (bar instanceof HTMLElement) bar.hidden = !rows.length;
    const line = document.querySelector("[data-selected-count]");
    if (line) line.textContent = rows.length ? fill(text.selected, { count: rows.length }) : "";
    this.#observer.disconnect();
    if (this.#selection) this.#observer.observe(transcript(), { childList: true, subtree: true });
  }

  /** Text that was selected over several rows means the rows. */
  #takeDrag() {
    const selection = document.getSelection();
    if (!selection || selection.isCollapsed || transcript().editing.row) return;
    const [one, other] = [rowAt(selection.anchorNode), rowAt(selection.focusNode)];
    if (!one || !other) return;
    if (one !== other) this.#select({ anchor: idOf(one), head: idOf(other) });
    else if (this.#selection?.anchor === idOf(one)) this.drop();
  }

  /** @param {MouseEvent} event */
  #press(event) {
    const target = event.target instanceof Element ? event.target : null;
    if (event.button !== 0 || target?.closest(CONTROLS)) return;
    const row = rowAround(target);
    if (!row || !event.shiftKey || row === transcript().row) return this.drop();
    event.preventDefault();
    document.getSelection()?.removeAllRanges();
    this.#extend((from) => extended(this.#selection, from, idOf(row)));
  }

  /** @param {FocusEvent} event */
  #followFocus({ target }) {
    const row = rowAround(target);
    if (!row || !this.#selection) return;
    const itsMenu = target instanceof Element && target.closest("[data-who], [data-more]");
    const selected = this.#marked.has(row);
    if (target instanceof Element && target.closest("row-editor")) this.drop();
    else if (idOf(row) !== this.#focused && !(itsMenu && selected)) this.drop();
  }

  /** @param {KeyboardEvent} event */
  #escape(event) {
    if (event.key !== "Escape" || !this.#selection || event.defaultPrevented || isComposing(event)) return;
    if (document.querySelector(":popover-open, dialog[open], details.menu[open]")) return;
    event.preventDefault();
    this.drop();
    transcript().say("");
  }

  /** The page where exports are chosen, for the time of the selected rows. */
  #export() {
    const rows = this.rows.length ? this.rows : transcript().rows.map(({ element }) => element);
    const times = { from_ms: rows[0]?.dataset.start ?? "", to_ms: rows.at(-1)?.dataset.end ?? "" };
    location.assign(`${location.pathname}export/?${new URLSearchParams(times)}`);
  }

  /** @param {ClipboardEvent} event */
  #copy(event) {
    const rows = this.rows;
    if (!rows.length || !(document.getSelection()?.isCollapsed ?? true)) return;
    event.preventDefault();
    event.clipboardData?.setData("text/plain", rows.map((row) => shownText(textOf(row))).join("\n"));
  }
}

/** @param {Node | null | undefined} node */
function rowAt(node) {
  return rowAround(node instanceof Element ? node : node?.parentElement);
}

new Selecting();
