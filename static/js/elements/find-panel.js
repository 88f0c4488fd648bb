// @ts-check
import { register } from "../lib/commands.js";
import { fill } from "../lib/format.js";
import { addHighlight } from "../lib/highlights.js";
import { indexNear, rangeOf, rowOf } from "../lib/hits.js";
import { released } from "../lib/html.js";
import { get } from "../lib/http.js";
import { isComposing } from "../lib/shortcuts.js";
import { findTranscript } from "../lib/transcript.js";

const PAUSE_MS = 250;
const AGAIN_MS = 600;
const LONGEST_SELECTION = 100;

/**
 * `<find-panel>`: finds in the transcript of the page, marks what is found there, and replaces what stays ticked.
 * The hits come from the server; sentences stand in its `data-` attributes.
 */
export class FindPanel extends HTMLElement {
  #abort = new AbortController();
  #timer = 0;
  /** The number of the last question: answers to earlier ones are dropped. */
  #asked = 0;
  /** Ends when the list is the newest. @type {Promise<void>} */
  #refreshed = Promise.resolve();
  /** What was ticked and unticked by hand, which stays so when the list comes anew. @type {Map<string, boolean>} */
  #ticked = new Map();
  /** The hit that one is at, by its name. */
  #at = "";
  #marks = addHighlight("find");
  #mark = addHighlight("find-current", 1);

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.addEventListener("input", (event) => this.#takeInput(/** @type {InputEvent} */ (event)), { signal });
    this.addEventListener("compositionend", () => this.#planRefresh(PAUSE_MS), { signal });
    this.addEventListener("change", (event) => this.#tick(event), { signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("submit", (event) => this.#submit(event), { signal });
    const panel = this.closest("[data-panel]");
    panel?.addEventListener("panel:open", () => this.#planRefresh(0), { signal });
    panel?.addEventListener("panel:close", () => this.#unmarkHits(), { signal });
    const leave = register({
      find: () => this.#openPanel(false),
      replace: () => this.#openPanel(true),
      next_hit: () => this.step(1),
      previous_hit: () => this.step(-1),
    });
    signal.addEventListener("abort", leave);
    this.#watchRows(signal);
    this.#showReplacing(false);
    this.#takeFromAddress();
    if (this.#isOpen) this.#planRefresh(0);
  }

  disconnectedCallback() {
    this.#abort.abort();
    clearTimeout(this.#timer);
    this.#unmarkHits();
  }

  /** Rows that come, go or change make the hits stale. @param {AbortSignal} signal */
  #watchRows(signal) {
    document.addEventListener("transcript:redrawn", () => this.#marks?.size && this.#markAgain(), { signal });
    const transcript = this.#transcript;
    if (!transcript) return;
    const isRow = (/** @type {Node} */ node) => node instanceof Element && node.matches("[data-utterance]");
    const observer = new MutationObserver((records) => {
      /** @param {MutationRecord} record */
      const stale = ({ type, addedNodes, removedNodes }) =>
        type === "attributes" || [...addedNodes, ...removedNodes].some(isRow);
      if (records.some(stale)) this.#planRefresh(AGAIN_MS);
    });
    observer.observe(transcript, { childList: true, subtree: true, attributeFilter: ["data-version"] });
    signal.addEventListener("abort", () => observer.disconnect());
  }

  get #transcript() {
    return findTranscript();
  }

  get #isOpen() {
    const panel = this.closest("[data-panel]");
    return panel instanceof HTMLElement && !panel.hidden;
  }

  get #form() {
    return /** @type {HTMLFormElement} */ (this.querySelector("[data-find]"));
  }

  get #query() {
    return /** @type {HTMLInputElement} */ (this.#form.elements.namedItem("q"));
  }

  /** Null for those who only read. */
  get #replacement() {
    return /** @type {HTMLInputElement | null} */ (this.#form.elements.namedItem("replace"));
  }

  get #found() {
    return /** @type {HTMLElement} */ (this.querySelector("[data-found]"));
  }

  get #hits() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll("[data-hit]")]);
  }

  get #ticks() {
    return /** @type {HTMLInputElement[]} */ ([...this.querySelectorAll("[name=hits]")]);
  }

  get #fields() {
    return /** @type {HTMLFieldSetElement | null} */ (this.querySelector("[data-replacing-fields]"));
  }

  /** `?find=…&mode=…`, as the library's search links here. */
  #takeFromAddress() {
    const asked = new URLSearchParams(location.search);
    const query = asked.get("find");
    if (!query) return;
    this.#fill(query, asked.get("mode") ?? "", asked.get("replace"));
    this.#panels?.open("find", { focus: false });
  }

  get #panels() {
    return this.closest("side-panel");
  }

  /** @param {boolean} replacing */
  #openPanel(replacing) {
    const chosen = selected();
    if (chosen) this.#query.value = chosen;
    if (replacing) this.#showReplacing(true);
    this.#panels?.open("find");
    this.#query.select();
    if (replacing && this.#query.value) this.#replacement?.select();
    this.#planRefresh(0);
  }

  /**
   * Opens with the places that are written so, or sound like it.
   * @param {{find: string, replace: string}} words
   * @param {boolean} [asks] the focus comes to what is to replace them, else to the list
   */
  async showPlaces({ find, replace }, asks = false) {
    this.#ticked.clear();
    this.#fill(find, "sound", replace);
    this.#panels?.open("find", { focus: false });
    if (asks) this.#replacement?.select();
    else this.#found.focus({ preventScroll: true });
    await this.refresh();
  }

  /** @param {string} find @param {string} mode @param {string | null} replace */
  #fill(find, mode, replace) {
    const modes = /** @type {HTMLSelectElement} */ (this.#form.elements.namedItem("mode"));
    this.#query.value = find;
    if ([...modes.options].some(({ value }) => value === mode)) modes.value = mode;
    if (replace === null || !this.#replacement) return;
    this.#replacement.value = replace;
    this.#showReplacing(true);
  }

  /** Fields that are disabled are no part of the question: the server then shows no replacements. @param {boolean} shown */
  #showReplacing(shown) {
    const fields = this.#fields;
    if (!fields) return;
    fields.hidden = fields.disabled = !shown;
    this.querySelector("[data-replacing]")?.setAttribute("aria-expanded", String(shown));
  }

  /** @param {InputEvent} event */
  #takeInput(event) {
    const inForm = event.target instanceof Element && event.target.closest("[data-find]");
    if (!inForm || event.isComposing) return;
    if (event.target !== this.#replacement) this.#ticked.clear();
    this.#planRefresh(event.target instanceof HTMLSelectElement ? 0 : PAUSE_MS);
  }

  /** @param {number} pause */
  #planRefresh(pause) {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.refresh(), pause);
  }

  /** Asks the server and shows what is found. */
  refresh() {
    return (this.#refreshed = this.#refresh());
  }

  /** @returns {Promise<void>} */
  async #refresh() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (!this.#isOpen) return;
    const hint = this.querySelector("[data-regex-hint]");
    const asked = new URLSearchParams([...new FormData(this.#form)].map(([name, value]) => [name, String(value)]));
    if (hint instanceof HTMLElement) hint.hidden = asked.get("mode") !== "regex";
    const number = (this.#asked += 1);
    if (!asked.get("q")) return this.#showFound("");
    const answer = await get(`${this.#form.action}?${asked}`).catch(() => null);
    const html = answer && [200, 422].includes(answer.status) ? await answer.text() : null;
    await released(this.#found);
    if (this.#abort.signal.aborted) return;
    if (number !== this.#asked) return this.#refreshed;
    if (html === null) this.#say(this.dataset.trouble ?? "");
    else this.#showFound(html);
  }

  /** @param {string} html */
  #showFound(html) {
    const held = this.#found.contains(document.activeElement);
    this.#found.innerHTML = html;
    for (const tick of this.#ticks) tick.checked = this.#ticked.get(tick.value) ?? tick.defaultChecked;
    this.#showCount();
    if (!this.#markAgain()) this.#at = "";
    if (held) this.#found.focus({ preventScroll: true });
    this.#say(this.#found.querySelector(".found-count, .error")?.textContent?.trim() ?? "");
  }

  /** To those who do not see the panel. @param {string} sentence */
  #say(sentence) {
    const line = this.querySelector("[data-found-said]");
    if (line) line.textContent = sentence;
  }

  /** Every hit in the text of its row, without an element in it. */
  #markHits() {
    this.#unmarkHits();
    for (const hit of this.#hits) {
      const range = rangeOf(hit);
      if (range) this.#marks?.add(range);
    }
  }

  /** Whether the hit that one was at is still there. */
  #markAgain() {
    this.#markHits();
    const at = this.#hits.find(({ dataset }) => dataset.hit === this.#at);
    if (at) this.#markAt(at);
    return Boolean(at);
  }

  #unmarkHits() {
    this.#marks?.clear();
    this.#mark?.clear();
  }

  /**
   * To the next hit (1) or the one before (-1), from where one is; at the ends it goes round.
   * @param {1 | -1} by
   */
  step(by) {
    const hits = this.#hits;
    if (!hits.length) return;
    const at = hits.findIndex(({ dataset }) => dataset.hit === this.#at);
    const next = at >= 0 ? at + by : indexNear(hits, this.#transcript?.row, by);
    this.#goToHit(hits[(next + hits.length) % hits.length]);
  }

  /** @param {HTMLElement} hit */
  #goToHit(hit) {
    this.#at = hit.dataset.hit ?? "";
    this.#markAt(hit);
    hit.scrollIntoView({ block: "nearest" });
    const row = rowOf(hit);
    const following = this.#transcript?.following;
    following?.leave();
    if (row) following?.bring(row);
    const number = this.#hits.indexOf(hit) + 1;
    this.#say(fill(this.dataset.position ?? "", { number, count: this.#hits.length }));
  }

  /** @param {HTMLElement} hit */
  #markAt(hit) {
    for (const other of this.#hits) other.toggleAttribute("data-at", other === hit);
    this.#mark?.clear();
    const range = rangeOf(hit);
    if (range) this.#mark?.add(range);
  }

  /** @param {Event} event */
  #tick(event) {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || !field.matches("[data-all], [name=hits]")) return;
    for (const tick of field.matches("[data-all]") ? this.#ticks : [field]) {
      tick.checked = field.checked;
      this.#ticked.set(tick.value, field.checked);
    }
    this.#showCount();
  }

  /** Says on the button how many it will replace. */
  #showCount() {
    const button = this.querySelector("[data-replace]");
    if (!(button instanceof HTMLButtonElement)) return;
    const count = this.#ticks.filter(({ checked }) => checked).length;
    button.textContent = fill(this.dataset.tick ?? "", { count });
    button.disabled = !count;
    const all = this.querySelector("[data-all]");
    if (!(all instanceof HTMLInputElement)) return;
    all.checked = count > 0 && count === this.#ticks.length;
    all.indeterminate = count > 0 && count < this.#ticks.length;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target : null;
    const hit = target?.closest("[data-hit]");
    const play = target?.closest("[data-play-from]");
    if (target?.closest("[data-replacing]")) {
      this.#showReplacing(Boolean(this.#fields?.hidden));
      this.#planRefresh(0);
    } else if (hit instanceof HTMLElement && play instanceof HTMLElement) {
      this.#goToHit(hit);
      this.#transcript?.playFrom(Number(play.dataset.playFrom));
    } else if (hit instanceof HTMLElement && target?.closest("a") && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      this.#goToHit(hit);
      rowOf(hit)?.focus({ preventScroll: true });
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const field = event.target instanceof HTMLInputElement && event.target.closest("[data-find]") ? event.target : null;
    if (!field || isComposing(event) || event.altKey || event.ctrlKey || event.metaKey) return;
    const other = event.shiftKey ? this.#query : this.#replacement;
    if (event.key === "Tab" && other && other !== field && !this.#fields?.hidden) other.select();
    else if (event.key !== "Enter") return;
    else if (field === this.#replacement && !event.shiftKey) void this.#replaceNow();
    else this.step(event.shiftKey ? -1 : 1);
    event.preventDefault();
  }

  /**
   * Whether the list is that of what stands in these fields now.
   * @param {HTMLFormElement} list
   * @param {string[]} names
   */
  #answers(list, ...names) {
    const [asked, answered] = [this.#form, list].map((form) => new FormData(form));
    return names.every((name) => asked.get(name) === answered.get(name));
  }

  /** What stands there now is looked for first: the list may be that of an earlier text. */
  async #replaceNow() {
    await this.refresh();
    const form = this.querySelector("[data-replace]")?.closest("form");
    if (form && this.#answers(form, "q", "mode", "replace")) await this.#replaceTicked(form);
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    if (!this.#transcript) return; // A page of its own, which works without scripts.
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    // Of what is looked for anew, nobody has seen where it stands.
    if (form === this.#form || !this.#answers(form, "q", "mode")) this.#planRefresh(0);
    else if (!this.#answers(form, "replace")) void this.#replaceNow();
    else void this.#replaceTicked(form);
  }

  /** @param {HTMLFormElement} form */
  async #replaceTicked(form) {
    const { q, mode, replace } = Object.fromEntries(new FormData(form));
    const hits = this.#ticks.filter(({ checked }) => checked).map(({ value }) => value);
    const fields = () => ({ q: String(q), mode: String(mode), replace: String(replace), hits: hits.join(" ") });
    const { replaced: done, nothing, conflict } = this.dataset;
    const transcript = this.#transcript;
    if (!transcript || !hits.length) return;
    const rows = await transcript.editing.change(form.action, fields, { done, nothing, conflict });
    const left = rows ? new Set(hits.map((hit) => hit.split(":")[0])).size - rows.length : 0;
    if (left > 0) transcript.say(fill(this.dataset.left ?? "", { count: left }), "failed");
    await this.refresh();
  }
}

/** A short selection in the text or in its field: what one is about to look for. */
function selected() {
  const field = document.activeElement;
  const text =
    field instanceof HTMLTextAreaElement
      ? field.value.slice(field.selectionStart, field.selectionEnd)
      : String((!field?.closest("find-panel") && document.getSelection()) || "");
  return text.length <= LONGEST_SELECTION && !text.includes("\n") ? text.trim() : "";
}

customElements.define("find-panel", FindPanel);
