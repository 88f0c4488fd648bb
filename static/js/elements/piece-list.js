// @ts-check
import { fill } from "../lib/format.js";
import { reasonOf } from "../editor/row-html.js";
import { fieldsOf, get, notFetched, post } from "../lib/http.js";

/** After something changed, so that a burst of it asks once. */
const CALM_MS = 600;
/** A claim runs out by itself, which nobody tells. */
const AGAIN_MS = 60_000;

/** `<piece-list data-url>`: the pieces that people have claimed, here and at the rows with which they begin. */
class PieceList extends HTMLElement {
  #abort = new AbortController();
  #timer = 0;
  #asked = 0;
  /** The rows with which pieces begin, by their ids. @type {Map<string, HTMLElement>} */
  #begins = new Map();
  #observer = new MutationObserver(() => this.#drawn());

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.addEventListener("submit", (event) => void this.#submit(/** @type {SubmitEvent} */ (event)), { signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
    document.addEventListener("transcript:aside", () => this.#later(CALM_MS), { signal });
    document.addEventListener("transcript:marked", () => this.#isOpen && this.#later(CALM_MS), { signal });
    document.addEventListener("transcript:arranged", () => this.#draw(), { signal });
    this.closest("[data-panel]")?.addEventListener("panel:open", () => void this.load(), { signal });
    if (this.#transcript) this.#observer.observe(this.#transcript, { childList: true, subtree: true });
    void this.load();
  }

  disconnectedCallback() {
    this.#abort.abort();
    this.#observer.disconnect();
    clearTimeout(this.#timer);
  }

  get #transcript() {
    return /** @type {any} */ (document.querySelector("flash-transcript"));
  }

  get #isOpen() {
    const panel = this.closest("[data-panel]");
    return panel instanceof HTMLElement && !panel.hidden;
  }

  /** @param {number} ms */
  #later(ms) {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.load(), ms);
  }

  async load() {
    const asked = (this.#asked += 1);
    const answer = await get(this.dataset.url ?? "").catch(() => null);
    const html = answer?.ok ? await answer.text().catch(() => "") : "";
    if (asked !== this.#asked || !this.isConnected) return;
    // Nothing is taken from under the hand of who chooses how long a piece is.
    const inField = this.contains(document.activeElement) && document.activeElement?.matches("input");
    if (html && !inField) this.#show(html);
    else if (!html && !this.querySelector("[data-piece]")) notFetched(this.querySelector("[data-pieces]"), this.dataset.failed);
    if (this.querySelector("[data-piece]")) this.#later(AGAIN_MS);
  }

  /** @param {string} html */
  #show(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const held = this.contains(document.activeElement) ? [...this.querySelectorAll("button, summary")].indexOf(/** @type {any} */ (document.activeElement)) : -1;
    const open = this.querySelector("details")?.open;
    this.querySelector("[data-pieces]")?.replaceWith(template.content);
    this.querySelector("details")?.toggleAttribute("open", Boolean(open));
    const buttons = /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("button, summary"));
    if (held >= 0) buttons[Math.min(held, buttons.length - 1)]?.focus({ preventScroll: true });
    this.#draw();
  }

  /** @returns {HTMLElement[]} */
  get #pieces() {
    return [...this.querySelectorAll("[data-piece]")].map((piece) => /** @type {HTMLElement} */ (piece));
  }

  /** The first row that starts in the piece. @param {HTMLElement} piece @returns {HTMLElement | undefined} */
  #firstRow({ dataset }) {
    // A row that was moved to before the first piece belongs to it.
    const from = dataset.piece === "1" ? 0 : Number(dataset.start);
    const found = this.#transcript?.rows.find((/** @type {any} */ { start }) => start >= from);
    return found && found.start < Number(dataset.end) ? found.element : undefined;
  }

  /** Says at the first row of each piece which one begins there, and whose it is. */
  #draw() {
    for (const row of document.querySelectorAll("[data-utterance][data-begins]")) {
      for (const name of ["data-begins", "data-begins-own"]) row.removeAttribute(name);
      row.querySelector("[data-play]")?.removeAttribute("data-begins-says");
    }
    this.#begins.clear();
    for (const piece of this.#pieces) {
      const row = this.#firstRow(piece);
      if (!row) continue;
      const { piece: number = "", who = "" } = piece.dataset;
      row.dataset.begins = [fill(this.dataset.named ?? "", { number }), who].filter(Boolean).join(" · ");
      row.querySelector("[data-play]")?.setAttribute("data-begins-says", row.dataset.begins);
      row.toggleAttribute("data-begins-own", "own" in piece.dataset);
      this.#begins.set(row.id, row);
    }
  }

  /** Rows that came anew have lost what was said at them. */
  #drawn() {
    const lost = [...this.#begins].some(([id, row]) => document.getElementById(id)?.dataset.begins !== row.dataset.begins || !row.dataset.begins);
    if (lost) this.#draw();
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    event.preventDefault();
    const before = new Set(this.#pieces.filter(({ dataset }) => "own" in dataset).map(({ dataset }) => dataset.piece));
    const fields = fieldsOf(form);
    this.#asked += 1;
    const answer = await post(form.action, fields).catch(() => null);
    const html = (await answer?.text().catch(() => "")) ?? "";
    if (!answer?.ok || !html) {
      return this.#transcript?.say((answer?.status === 422 && reasonOf(html)) || this.dataset.failed, "failed");
    }
    this.#show(html);
    this.#later(AGAIN_MS);
    if (!form.matches("[data-next]")) return;
    const piece = this.#pieces.find(({ dataset }) => "own" in dataset && !before.has(dataset.piece));
    if (piece) this.#goTo(piece);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const link = event.target instanceof Element ? event.target.closest("a[data-go-ms]") : null;
    const piece = link?.closest("[data-piece]");
    if (!(piece instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#goTo(piece);
  }

  /** @param {HTMLElement} piece */
  #goTo(piece) {
    const row = this.#firstRow(piece);
    row?.focus({ preventScroll: true });
    if (row) this.#transcript?.following?.bring(row);
  }
}

customElements.define("piece-list", PieceList);
