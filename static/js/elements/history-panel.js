// @ts-check
import { register } from "../lib/commands.js";
import { fragmentOf, released } from "../lib/html.js";
import { get, notFetched } from "../lib/http.js";
import { findTranscript, rowById } from "../lib/transcript.js";

/** After a row changed, so that a burst of changes asks once. */
const CALM_MS = 600;

/**
 * `<history-panel data-url>`: who changed what, the newest first. The list is fetched when its panel opens and again when
 * rows change. Links in it with `data-history` show another part of it, buttons with `data-restore` put back what stood.
 */
class HistoryPanel extends HTMLElement {
  #abort = new AbortController();
  #timer = 0;
  #asked = 0;
  /** Which part is shown: `?row=…`, `?person=…`, or all. */
  #query = "";

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    signal.addEventListener("abort", register({ history: () => this.#showRow() }));
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.closest("[data-panel]")?.addEventListener("panel:open", () => void this.load(), { signal });
    document.addEventListener("transcript:news", () => this.#planLoad(), { signal });
    if (this.#isOpen) void this.load();
  }

  disconnectedCallback() {
    this.#abort.abort();
    clearTimeout(this.#timer);
  }

  get #transcript() {
    return findTranscript();
  }

  get #isOpen() {
    const panel = this.closest("[data-panel]");
    return panel instanceof HTMLElement && !panel.hidden;
  }

  #planLoad() {
    clearTimeout(this.#timer);
    if (this.#isOpen) this.#timer = window.setTimeout(() => void this.load(), CALM_MS);
  }

  async load() {
    clearTimeout(this.#timer);
    const asked = (this.#asked += 1);
    const answer = await get(`${this.dataset.url}${this.#query}`).catch(() => null);
    const html = answer?.ok ? await answer.text().catch(() => "") : "";
    await released(this);
    if (asked !== this.#asked || !this.isConnected) return;
    const list = this.querySelector("[data-steps]");
    if (html) {
      const held = this.#rememberPlace();
      list?.replaceWith(fragmentOf(html));
      held();
      return void this.dispatchEvent(new CustomEvent("page:changed", { bubbles: true }));
    }
    notFetched(list, this.dataset.failed);
  }

  /** What is unfolded and focused in the list: gives what makes it so in the next one. */
  #rememberPlace() {
    const stepOf = (/** @type {Element | null} */ element) => element?.closest("[data-step]")?.getAttribute("data-step");
    const controls = (/** @type {string} */ step) => [...this.querySelectorAll(`[data-step="${step}"] :is(a, button, summary)`)];
    const open = [...this.querySelectorAll("details[open]")].map(stepOf);
    const focused = this.contains(document.activeElement) ? document.activeElement : null;
    const step = stepOf(focused) ?? "";
    const at = focused ? controls(step).indexOf(focused) : -1;
    return () => {
      for (const one of open) this.querySelector(`[data-step="${one}"] details`)?.setAttribute("open", "");
      if (!focused || focused.isConnected) return;
      const again = controls(step)[at] ?? this.querySelector("[data-steps]");
      if (again instanceof HTMLElement) again.focus({ preventScroll: true });
    };
  }

  /** The history of the row where the person is. */
  #showRow() {
    const row = this.#transcript?.row;
    this.#query = row ? `?row=${row.dataset.utterance}` : "";
    const panels = this.closest("side-panel");
    if (this.#isOpen) void this.load();
    else panels?.open("history", { focus: false });
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target : null;
    const link = target?.closest("a");
    const button = target?.closest("[data-restore]");
    if (button instanceof HTMLElement) return void this.#restore(button);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (link.matches("[data-history]")) {
      this.#query = new URL(link.href).search;
      void this.load();
    } else if (link.dataset.go) {
      const row = rowById(link.dataset.go);
      row?.focus({ preventScroll: true });
      if (row) this.#transcript?.following?.bring(row);
    } else return;
    event.preventDefault();
  }

  /** @param {HTMLElement} button */
  async #restore({ dataset }) {
    const fields = {
      version: dataset.version ?? "",
      ...(dataset.base ? { base_version: dataset.base } : {}),
      ...(dataset.person ? { person: dataset.person } : {}),
    };
    await this.#transcript?.editing?.change(dataset.restore ?? "", () => fields, { done: this.dataset.restored, nothing: this.dataset.nothing });
    await this.load();
  }
}

customElements.define("history-panel", HistoryPanel);
