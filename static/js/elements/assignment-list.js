// @ts-check
import { fill } from "../lib/format.js";
import { fragmentOf, reasonOf, released } from "../lib/html.js";
import { fieldsOf, get, notFetched, post } from "../lib/http.js";
import { findTranscript } from "../lib/transcript.js";

/** After something changed, so that a burst of it asks once. */
const CALM_MS = 600;
/** A claim runs out by itself, which nobody tells. */
const AGAIN_MS = 60_000;

/** `<assignment-list data-url>`: the assignments that people have claimed, here and at the rows with which they begin. */
class AssignmentList extends HTMLElement {
  #abort = new AbortController();
  #timer = 0;
  #asked = 0;
  /** The rows with which assignments begin, by their ids. @type {Map<string, HTMLElement>} */
  #begins = new Map();
  #observer = new MutationObserver(() => this.#redrawLost());

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.addEventListener("submit", (event) => void this.#submit(/** @type {SubmitEvent} */ (event)), { signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
    document.addEventListener("transcript:annotated", () => this.#planLoad(CALM_MS), { signal });
    document.addEventListener("transcript:marked", () => this.#isOpen && this.#planLoad(CALM_MS), { signal });
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
    return findTranscript();
  }

  get #isOpen() {
    const panel = this.closest("[data-panel]");
    return panel instanceof HTMLElement && !panel.hidden;
  }

  /** @param {number} ms */
  #planLoad(ms) {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.load(), ms);
  }

  async load() {
    const asked = (this.#asked += 1);
    const answer = await get(this.dataset.url ?? "").catch(() => null);
    const html = answer?.ok ? await answer.text().catch(() => "") : "";
    await released(this);
    if (asked !== this.#asked || !this.isConnected) return;
    // Nothing is taken from under the hand of who chooses how long an assignment is.
    const inField = this.contains(document.activeElement) && document.activeElement?.matches("input");
    if (html && !inField) this.#show(html);
    else if (!html && !this.querySelector("[data-assignment]")) notFetched(this.querySelector("[data-assignments]"), this.dataset.failed);
    if (this.querySelector("[data-assignment]")) this.#planLoad(AGAIN_MS);
  }

  /** @param {string} html */
  #show(html) {
    const held = this.contains(document.activeElement) ? [...this.querySelectorAll("button, summary")].findIndex((one) => one === document.activeElement) : -1;
    const open = this.querySelector("details")?.open;
    this.querySelector("[data-assignments]")?.replaceWith(fragmentOf(html));
    this.querySelector("details")?.toggleAttribute("open", Boolean(open));
    const buttons = /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("button, summary"));
    if (held >= 0) buttons[Math.min(held, buttons.length - 1)]?.focus({ preventScroll: true });
    this.#draw();
  }

  /** @returns {HTMLElement[]} */
  get #assignments() {
    return [...this.querySelectorAll("[data-assignment]")].map((assignment) => /** @type {HTMLElement} */ (assignment));
  }

  /** The first row that starts in the assignment. @param {HTMLElement} assignment @returns {HTMLElement | undefined} */
  #findFirstRow({ dataset }) {
    // A row that was moved to before the first assignment belongs to it.
    const from = dataset.assignment === "1" ? 0 : Number(dataset.start);
    const found = this.#transcript?.rows.find(({ start }) => start >= from);
    return found && found.start < Number(dataset.end) ? found.element : undefined;
  }

  /** Says at the first row of each assignment which one begins there, and whose it is. */
  #draw() {
    for (const row of document.querySelectorAll("[data-utterance][data-begins]")) {
      for (const name of ["data-begins", "data-begins-own"]) row.removeAttribute(name);
      row.querySelector("[data-play]")?.removeAttribute("data-begins-says");
    }
    this.#begins.clear();
    for (const assignment of this.#assignments) {
      const row = this.#findFirstRow(assignment);
      if (!row) continue;
      const { assignment: number = "", holder = "" } = assignment.dataset;
      row.dataset.begins = [fill(this.dataset.named ?? "", { number }), holder].filter(Boolean).join(" · ");
      row.querySelector("[data-play]")?.setAttribute("data-begins-says", row.dataset.begins);
      row.toggleAttribute("data-begins-own", "own" in assignment.dataset);
      this.#begins.set(row.id, row);
    }
  }

  /** Rows that came anew have lost what was said at them. */
  #redrawLost() {
    const lost = [...this.#begins].some(([id, row]) => document.getElementById(id)?.dataset.begins !== row.dataset.begins || !row.dataset.begins);
    if (lost) this.#draw();
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    event.preventDefault();
    const before = new Set(this.#assignments.filter(({ dataset }) => "own" in dataset).map(({ dataset }) => dataset.assignment));
    const fields = fieldsOf(form);
    this.#asked += 1;
    const answer = await post(form.action, fields).catch(() => null);
    const html = (await answer?.text().catch(() => "")) ?? "";
    if (!answer?.ok || !html) {
      return this.#transcript?.say((answer?.status === 422 && reasonOf(html)) || (this.dataset.failed ?? ""), "failed");
    }
    this.#show(html);
    this.#planLoad(AGAIN_MS);
    if (!form.matches("[data-next]")) return;
    const assignment = this.#assignments.find(({ dataset }) => "own" in dataset && !before.has(dataset.assignment));
    if (assignment) this.#goTo(assignment);
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const link = event.target instanceof Element ? event.target.closest("a[data-go-ms]") : null;
    const assignment = link?.closest("[data-assignment]");
    if (!(assignment instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#goTo(assignment);
  }

  /** @param {HTMLElement} assignment */
  #goTo(assignment) {
    const row = this.#findFirstRow(assignment);
    row?.focus({ preventScroll: true });
    if (row) this.#transcript?.following?.bring(row);
  }
}

customElements.define("assignment-list", AssignmentList);
