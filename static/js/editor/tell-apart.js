// @ts-check
import { fill } from "../lib/format.js";
import { firstOf, partOf, reasonOf, released } from "../lib/html.js";
import { fieldsOf, get, notFetched, post } from "../lib/http.js";
import { storage } from "../lib/storage.js";
import { Stretch } from "../lib/stretch.js";
import { rowById, transcript } from "../lib/transcript.js";

/** @typedef {HTMLInputElement | HTMLSelectElement} Field */

/** While the machine is at it. */
const AGAIN_MS = 2000;
/** After rows changed, so that a burst of changes asks once. */
const CALM_MS = 1000;
/** How far it is, is read out after so many per cent more. */
const STEP = 25;
/** Changes that say nothing new of who speaks, unless something is proposed for their rows. */
const ELSEWHERE = ["edited", "replaced", "moved", "verified", "flagged", "dismissed"];

/**
 * `<tell-apart data-url data-seen-key>`: asks the machine to tell the speakers apart, and shows how far it is and what
 * came of it: voices to listen to, and what is proposed for which row. It works in all of its side panel: parts of it
 * stand at the speakers. Forms in there with `data-answer="panel"` are answered with what it shows next, those with
 * `data-answer="rows"` with the rows that have changed.
 */
class TellApart extends HTMLElement {
  #abort = new AbortController();
  #store = storage();
  #timer = 0;
  /** The last request; older answers are dropped. */
  #asked = 0;
  /** Whether the machine was at it when this was last looked at. */
  #wasAtIt = false;
  /** Whether any row had a speaker when this was last shown. */
  #isSomebodyKnown = false;
  #step = -1;
  /** What was ticked or not by hand, which stays so when the list comes anew. @type {Map<string, boolean>} */
  #ticked = new Map();
  /** The button of what is being played. @type {HTMLElement | null} */
  #played = null;
  /** @type {Stretch} */
  #stretch;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#stretch = new Stretch(this.#audio, signal, (plays) => plays || this.#showPlayed(null));
    const panel = this.#panel;
    panel.addEventListener("click", (event) => this.#click(event), { signal });
    panel.addEventListener("submit", (event) => this.#submit(/** @type {SubmitEvent} */ (event)), { signal });
    this.addEventListener("change", (event) => this.#change(event), { signal });
    panel.addEventListener("panel:open", () => void this.load(), { signal });
    panel.addEventListener("panel:close", () => clearTimeout(this.#timer), { signal });
    document.addEventListener("transcript:annotated", () => (this.#isOpen || this.#wasAtIt) && this.#planLoad(0), { signal });
    document.addEventListener("transcript:news", (event) => this.#takeNews(/** @type {CustomEvent} */ (event).detail), { signal });
    void this.load();
  }

  disconnectedCallback() {
    this.#abort.abort();
    clearTimeout(this.#timer);
  }

  get #panel() {
    return /** @type {HTMLElement} */ (this.closest("[data-panel]"));
  }

  get #isOpen() {
    return !this.#panel.hidden;
  }

  get #audio() {
    return /** @type {HTMLAudioElement} */ (document.querySelector("audio"));
  }

  /** @returns {HTMLElement} */
  get #shown() {
    return /** @type {HTMLElement} */ (this.querySelector("[data-diarization]"));
  }

  /** @returns {HTMLInputElement[]} */
  get #ticks() {
    return [.../** @type {NodeListOf<HTMLInputElement>} */ (this.querySelectorAll("[data-tick]"))];
  }

  /** Laying the voices on all rows anew costs the server something. @param {import("./live.js").Change} change */
  #takeNews({ kind, rows }) {
    const isListed = (/** @type {string} */ id) => Boolean(this.querySelector(`[data-proposal="${id}"]`));
    if (this.#isOpen && (!ELSEWHERE.includes(kind) || Object.keys(rows).some(isListed))) this.#planLoad(CALM_MS);
  }

  /** @param {number} pause */
  #planLoad(pause) {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.load(), pause);
  }

  async load() {
    clearTimeout(this.#timer);
    const asked = (this.#asked += 1);
    const html = await fetchHtml(this.dataset.url ?? "");
    await released(this.#panel);
    if (asked !== this.#asked || !this.isConnected) return;
    if (html) await this.#show(html);
    else if (!this.#shown.dataset.state) notFetched(this.#shown, this.dataset.failed);
    else if (this.#wasAtIt && this.#isOpen) this.#planLoad(AGAIN_MS);
  }

  /** @param {string} html of `_diarization.html` */
  async #show(html) {
    const held = this.#rememberPlace();
    const isFirst = !this.#shown.dataset.state;
    this.#shown.replaceWith(firstOf(html) ?? "");
    // Where nobody is known, there is nothing else to see, and rows get their speakers at once. The form folds when they
    // have them, unless somebody is in it.
    const known = transcript().rows.some(({ element }) => element.dataset.speaker);
    for (const hint of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-when]"))) {
      hint.hidden = hint.dataset.when !== (known ? "somebody" : "nobody");
    }
    this.#showRange();
    held();
    const form = this.querySelector("[data-ask]");
    const isNew = known && !this.#isSomebodyKnown && !form?.contains(document.activeElement);
    if (isFirst || isNew) form?.toggleAttribute("open", !known);
    this.#isSomebodyKnown = known;
    document.dispatchEvent(new CustomEvent("voices:changed"));
    this.#sayHowFar();
    this.#tellOnce();
    if (this.#wasAtIt && this.#isOpen) this.#planLoad(AGAIN_MS);
    await this.#showProposals();
  }

  /** Says when it begins and ends, and a few times in between how far it is. */
  #sayHowFar() {
    const { state = "", says = "", done = "" } = this.#shown.dataset;
    const atIt = ["queued", "running"].includes(state);
    const step = atIt ? Math.floor(Number(done) / STEP) : -1;
    if (atIt ? step > this.#step : this.#wasAtIt) this.#say(step > 0 ? `${says} ${done}%` : says);
    this.#step = step;
    this.#wasAtIt = atIt;
  }

  /** To those who don't see the panel. @param {string} sentence */
  #say(sentence) {
    const line = this.querySelector("[data-said]");
    if (line) line.textContent = sentence;
  }

  /** A quiet line in the page, until the panel has been opened, or the line dismissed. */
  #tellOnce() {
    const { job = "", news, says = "", undoUrl = "" } = this.#shown.dataset;
    const key = this.dataset.seenKey ?? "";
    const forget = () => {
      this.#store.setItem(key, job);
      document.querySelector("[data-news-line]")?.remove();
    };
    if (this.#wasAtIt) return;
    if (news === undefined || this.#isOpen || this.#store.getItem(key) === job) return forget();
    if (document.querySelector("[data-news-line]")) return;
    const template = partOf(this, "[data-news-template]", HTMLTemplateElement);
    const line = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    partOf(line, "[data-news-close]", HTMLElement).addEventListener("click", forget);
    partOf(line, "[data-news-undo]", HTMLElement).addEventListener("click", () => {
      forget();
      void this.#changeRows(undoUrl, { diarization: job }, this.dataset.undone);
    });
    transcript().after(line);
    // The text comes into a line that is there already: only then do screen readers read it.
    requestAnimationFrame(() => line.querySelector("[data-news-text]")?.replaceChildren(says));
  }

  async #showProposals() {
    const place = /** @type {HTMLElement} */ (this.querySelector("[data-proposal-place]"));
    const { proposals = "0", proposalsUrl = "" } = this.#shown.dataset;
    if (proposals === "0") {
      if (place.contains(document.activeElement)) this.#shown.focus({ preventScroll: true });
      return place.replaceChildren();
    }
    const asked = this.#asked;
    const html = this.#isOpen ? await fetchHtml(proposalsUrl) : "";
    await released(this.#panel);
    if (!html || asked !== this.#asked || !this.isConnected) return;
    const held = this.#rememberPlace();
    place.innerHTML = html;
    for (const tick of this.#ticks) tick.checked = this.#ticked.get(tick.value) ?? tick.defaultChecked;
    held();
    this.#showCount();
  }

  /** What is unfolded, filled in and focused: gives what makes it so again. */
  #rememberPlace() {
    const unfolded = [.../** @type {NodeListOf<HTMLDetailsElement>} */ (this.querySelectorAll("details[data-key]"))];
    const open = new Map(unfolded.map((one) => [one.dataset.key, one.open]));
    const fields = [.../** @type {NodeListOf<Field>} */ (this.querySelectorAll("[data-asks] :is(select, input[type=number])"))];
    const values = new Map(fields.map(({ id, value }) => [id, value]));
    const focused = this.contains(document.activeElement) ? document.activeElement : null;
    const keys = () => [.../** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-key]"))];
    const before = keys();
    const at = before.findIndex((one) => one === (focused?.closest("summary")?.parentElement ?? focused));
    const names = before.map(({ dataset }) => dataset.key);
    return () => {
      for (const one of /** @type {NodeListOf<HTMLDetailsElement>} */ (this.querySelectorAll("details[data-key]"))) {
        one.open = open.get(one.dataset.key) ?? one.open;
      }
      for (const [id, value] of values) {
        const field = /** @type {Field | null} */ (this.querySelector(`#${id}`));
        if (field) field.value = value;
      }
      this.#showRange();
      if (!focused || focused.isConnected) return;
      // Itself, else the next that is still there, else the whole.
      const now = new Map(keys().map((one) => [one.dataset.key, one]));
      const next = at < 0 ? null : names.slice(at).map((name) => now.get(name)).find((one) => one?.checkVisibility());
      const target = next instanceof HTMLDetailsElement ? next.querySelector("summary") : next;
      (target ?? this.#shown).focus({ preventScroll: true });
    };
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target : null;
    const sample = target?.closest("[data-sample]");
    const proposal = target?.closest("[data-proposal]");
    if (sample instanceof HTMLElement) this.#playSample(sample);
    else if (proposal instanceof HTMLElement && target?.closest("a") && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      const row = rowById(proposal.dataset.proposal);
      document.querySelector("side-panel")?.lower();
      row?.focus({ preventScroll: true });
      if (row) transcript().following.bring(row);
    }
  }

  /** @param {HTMLElement} button */
  #playSample(button) {
    if (this.#played === button) return this.#audio.pause();
    const [start, end] = (button.dataset.sample ?? "").split("-").map(Number);
    transcript().playFrom(start);
    this.#stretch.hold(start, end);
    this.#showPlayed(button);
  }

  /** @param {HTMLElement | null} button */
  #showPlayed(button) {
    this.#played?.setAttribute("aria-pressed", "false");
    this.#played = button;
    button?.setAttribute("aria-pressed", "true");
  }

  /** @param {Event} event */
  #change(event) {
    const field = event.target;
    if (field instanceof HTMLSelectElement) this.#showRange(true);
    else if (field instanceof HTMLInputElement && field.matches("[data-tick], [data-all]")) {
      for (const tick of field.matches("[data-all]") ? this.#ticks : [field]) {
        tick.checked = field.checked;
        this.#ticked.set(tick.value, field.checked);
      }
      this.#showCount();
    }
  }

  /** The two numbers of a range, where that is chosen. @param {boolean} [chosen] just now */
  #showRange(chosen = false) {
    const select = this.querySelector("[data-count-choice]");
    const range = this.querySelector("[data-range]");
    if (!(select instanceof HTMLSelectElement) || !(range instanceof HTMLElement)) return;
    range.hidden = select.value !== "range";
    if (chosen && !range.hidden) range.querySelector("input")?.select();
  }

  /** Says on the button how many it will take. */
  #showCount() {
    const button = this.querySelector("[data-take]");
    if (!(button instanceof HTMLButtonElement)) return;
    const count = this.#ticks.filter(({ checked }) => checked).length;
    const all = /** @type {HTMLInputElement | null} */ (this.querySelector("[data-all]"));
    const total = Number(button.dataset.take);
    // All are more than those that are listed.
    const taken = all && count === this.#ticks.length ? total : count;
    button.textContent = fill(this.dataset.takes ?? "", { count: taken });
    button.disabled = !count;
    if (all) Object.assign(all, { checked: count > 0 && count === this.#ticks.length, indeterminate: count > 0 && count < this.#ticks.length });
  }

  /** @param {SubmitEvent} event */
  #submit(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const { answer, done } = form.dataset;
    if (!answer) return;
    event.preventDefault();
    if (answer === "panel") void this.#ask(form);
    else if (form.matches("[data-take-form]")) void this.#take(form);
    else void this.#changeRows(form.action, fieldsOf(form), done);
  }

  /** @param {HTMLFormElement} form */
  async #ask(form) {
    const { count, ...fields } = fieldsOf(form);
    if (count !== undefined && count !== "range") Object.assign(fields, { min_voices: count, max_voices: count });
    this.#asked += 1;
    clearTimeout(this.#timer);
    const answer = await post(form.action, fields).catch(() => null);
    const html = (await answer?.text().catch(() => "")) ?? "";
    if (answer?.ok && html) {
      this.#ticked.clear();
      await this.#show(html);
      if (form.matches("[data-starts]")) this.#shown.focus({ preventScroll: true });
      if (form.matches("[data-starts]")) this.#shown.scrollIntoView({ block: "nearest" });
      return;
    }
    transcript().say((answer && answer.status < 500 && (reasonOf(html) || plain(html))) || (this.dataset.failed ?? ""), "failed");
    this.#planLoad(0);
  }

  /** @param {HTMLFormElement} form */
  async #take(form) {
    const fields = fieldsOf(form);
    const ticked = this.#ticks.filter(({ checked }) => checked).map(({ value }) => value);
    if (ticked.length === this.#ticks.length) Object.assign(fields, { all: "true" });
    else Object.assign(fields, { rows: ticked.join(",") });
    this.#ticked.clear();
    await this.#changeRows(form.action, fields, form.dataset.done);
  }

  /**
   * @param {string} url
   * @param {Record<string, string>} fields
   * @param {string} [done]
   */
  async #changeRows(url, fields, done) {
    const { nothing, conflict } = this.dataset;
    await transcript().editing.change(url, () => fields, { done, nothing, conflict });
    await this.load();
  }
}

/** @param {string} url @returns {Promise<string>} "" where there is no answer */
async function fetchHtml(url) {
  const answer = await get(url).catch(() => null);
  return answer?.ok ? answer.text().catch(() => "") : "";
}

/** A sentence that came alone. @param {string} body */
const plain = (body) => (body.trim().startsWith("<") ? "" : body.trim());

customElements.define("tell-apart", TellApart);
