// @ts-check
import { register } from "../lib/commands.js";
import { addHighlight, removeHighlight } from "../lib/highlights.js";
import { fragmentOf, released } from "../lib/html.js";
import { get, notFetched } from "../lib/http.js";
import { rangeFrom, stretchOf } from "../lib/row-text.js";
import { storage } from "../lib/storage.js";
import { findTranscript, rowById, textOf } from "../lib/transcript.js";

const KEPT = "flashweb.checks.spacing";
/** After a row changed, so that a burst of changes asks once. */
const CALM_MS = 800;
const NAME = "warned-of";

/**
 * `<checks-panel data-url data-settle-url>`: what the checks warn of, rule by rule. The list is fetched when its panel opens
 * and again when rows change; nothing is asked for while it is folded away, but for the command `next_warning`.
 */
class ChecksPanel extends HTMLElement {
  #abort = new AbortController();
  #store = storage();
  #fresh = false;
  #timer = 0;
  /** The last request; older answers are dropped. */
  #asked = 0;
  /** The warning that was shown last, by its row and key. */
  #at = "";
  #observer = new MutationObserver((records) => this.#changed(records));
  /** @type {Highlight | null} */
  #marks = null;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const leave = register({ next_warning: () => this.next() });
    signal.addEventListener("abort", leave);
    this.#marks = addHighlight(NAME);
    const spacing = this.#spacing;
    if (spacing) {
      const kept = this.#store.getItem(KEPT) ?? "";
      if ([...spacing.options].some(({ value }) => value === kept)) spacing.value = kept;
      spacing.addEventListener("change", () => this.#changeSpacing(spacing.value), { signal });
    }
    this.addEventListener("click", (event) => this.#click(event), { signal });
    document.addEventListener("transcript:redrawn", () => this.#markAgain(), { signal });
    this.closest("[data-panel]")?.addEventListener("panel:open", () => this.#fresh || this.load(), { signal });
    this.closest("[data-panel]")?.addEventListener("panel:close", () => this.#marks?.clear(), { signal });
    if (this.#transcript) this.#observer.observe(this.#transcript, { childList: true, subtree: true });
    if (this.#isOpen) void this.load();
  }

  disconnectedCallback() {
    this.#abort.abort();
    this.#observer.disconnect();
    clearTimeout(this.#timer);
    removeHighlight(NAME);
  }

  get #transcript() {
    return findTranscript();
  }

  get #spacing() {
    const field = this.querySelector("select");
    return field instanceof HTMLSelectElement ? field : null;
  }

  get #isOpen() {
    const panel = this.closest("[data-panel]");
    return panel instanceof HTMLElement && !panel.hidden;
  }

  /** @returns {HTMLElement} */
  get #list() {
    return /** @type {HTMLElement} */ (this.querySelector("[data-checked]"));
  }

  /** The warnings that nobody has ignored, in the order of time. */
  get #items() {
    const found = /** @type {HTMLElement[]} */ ([...this.querySelectorAll("[data-rule]:not([data-ignored]) [data-check]")]);
    const place = (/** @type {HTMLElement} */ { dataset }) => [Number(dataset.ms), Number(dataset.row), Number(dataset.from)];
    return found.sort((one, other) => {
      const [a, b] = [place(one), place(other)];
      return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
    });
  }

  /** @param {string} value */
  #changeSpacing(value) {
    this.#store.setItem(KEPT, value);
    void this.load();
  }

  /** @param {MutationRecord[]} records */
  #changed(records) {
    const rows = records.some(({ addedNodes, removedNodes }) =>
      [...addedNodes, ...removedNodes].some((node) => node instanceof Element && node.matches("[data-utterance]")),
    );
    if (!rows) return;
    this.#fresh = false;
    clearTimeout(this.#timer);
    if (this.#isOpen) this.#timer = setTimeout(() => void this.load(), CALM_MS);
  }

  /** Fetches the list anew. What had the focus in it has it again, or its neighbour. */
  async load() {
    clearTimeout(this.#timer);
    const asked = (this.#asked += 1);
    this.#list.setAttribute("aria-busy", "true");
    const query = new URLSearchParams({ spacing: this.#spacing?.value ?? "" });
    const answer = await get(`${this.dataset.url}?${query}`).catch(() => null);
    const html = answer?.ok ? await answer.text().catch(() => "") : "";
    await released(this);
    if (asked !== this.#asked || !this.isConnected) return;
    this.#list.removeAttribute("aria-busy");
    if (!html) return notFetched(this.#list, this.dataset.failed);
    const held = this.#rememberFocus();
    const open = this.querySelector(".check-ignored")?.hasAttribute("open");
    this.#list.replaceWith(fragmentOf(html));
    this.querySelector(".check-ignored")?.toggleAttribute("open", Boolean(open));
    this.#fresh = true;
    held?.();
  }

  /**
   * Where the focus stands in the list: gives what puts it back there.
   * @returns {(() => void) | null}
   */
  #rememberFocus() {
    const focused = document.activeElement;
    if (!(focused instanceof HTMLElement) || !this.#list.contains(focused)) return null;
    const item = focused.closest("[data-check]");
    const its = item?.closest("[data-ignored]") ? "[data-ignored] [data-check]" : "[data-rule]:not([data-ignored]) [data-check]";
    const items = [...this.querySelectorAll(its)];
    const names = items.map(nameOf);
    const index = item ? items.indexOf(item) : -1;
    const way = focused.dataset.settle;
    return () => {
      const now = [...this.querySelectorAll(its)];
      const known = new Map(now.map((one) => [nameOf(one), one]));
      // Itself, else the next of those that are still there, else the last one.
      const same = index < 0 ? null : (names.slice(index).map((name) => known.get(name)).find(Boolean) ?? now.at(-1));
      const target =
        (way && same?.querySelector(`[data-settle=${way}]`)) || same?.querySelector("[data-show]") || this.querySelector("[data-check-count]");
      if (target instanceof HTMLElement) target.focus({ preventScroll: true });
      target?.scrollIntoView({ block: "nearest" });
    };
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target : null;
    const item = target?.closest("[data-check]");
    const button = target?.closest("[data-settle]");
    if (button instanceof HTMLElement) void this.#settle(button, item ?? null);
    else if (target?.closest("[data-show]") && item instanceof HTMLElement && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      this.#showWarning(item);
    }
  }

  /**
   * @param {HTMLElement} button
   * @param {Element | null} item null: all of its rule
   */
  async #settle(button, item) {
    const way = button.dataset.settle ?? "";
    const rule = button.closest("[data-rule]");
    const fields = {
      way,
      message: rule instanceof HTMLElement ? (rule.dataset.rule ?? "") : "",
      spacing: this.#spacing?.value ?? "",
      ...(item instanceof HTMLElement ? { row: item.dataset.row ?? "", key: item.dataset.key ?? "" } : {}),
    };
    const done = way === "mend" ? this.dataset.mended : way === "dismiss" ? this.dataset.dismissed : undefined;
    await this.#transcript?.editing?.change(this.dataset.settleUrl ?? "", () => fields, { done });
    await this.load();
  }

  /** To the next warning after the row where the person is, and from the last to the first. */
  async next() {
    if (!this.#fresh) await this.load();
    const items = this.#items;
    if (!items.length) return this.#transcript?.say(this.dataset.none ?? "");
    const row = this.#transcript?.row;
    const last = items.findIndex((item) => nameOf(item) === this.#at);
    const within = last >= 0 && row?.dataset.utterance === items[last].dataset.row;
    const start = Number(row?.dataset.start ?? 0);
    const after = (/** @type {HTMLElement} */ item) =>
      Number(item.dataset.ms) > start || item.dataset.row === row?.dataset.utterance;
    this.#showWarning((within ? items[last + 1] : items.find(after)) ?? items[0]);
  }

  /** Goes to the row and marks the place. @param {HTMLElement} item */
  #showWarning(item) {
    const transcript = this.#transcript;
    const row = rowById(item.dataset.row);
    if (!row || !transcript) return;
    this.#at = nameOf(item);
    transcript.closeRow?.();
    row.focus({ preventScroll: true });
    transcript.following?.bring(row);
    this.#markPlace(row, Number(item.dataset.from), Number(item.dataset.to));
    for (const shown of this.querySelectorAll("[data-check][aria-current]")) shown.removeAttribute("aria-current");
    item.setAttribute("aria-current", "true");
    if (this.#isOpen) item.scrollIntoView({ block: "nearest" });
  }

  #markAgain() {
    const item = this.#marks?.size ? this.querySelector("[data-check][aria-current]") : null;
    const row = item instanceof HTMLElement ? rowById(item.dataset.row) : null;
    if (item instanceof HTMLElement && row) this.#markPlace(row, Number(item.dataset.from), Number(item.dataset.to));
  }

  /**
   * @param {HTMLElement} row
   * @param {number} from
   * @param {number} to
   */
  #markPlace(row, from, to) {
    this.#marks?.clear();
    const stretch = from === to ? null : stretchOf(textOf(row), from, to);
    if (stretch) this.#marks?.add(rangeFrom(stretch));
  }
}

/** @param {Element} item */
const nameOf = (item) => (item instanceof HTMLElement ? `${item.dataset.row} ${item.dataset.key}` : "");

customElements.define("checks-panel", ChecksPanel);
