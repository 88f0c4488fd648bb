// @ts-check
import { KINDS, isActive, lastVisit } from "../lib/filters.js";
import { clock, fill } from "../lib/format.js";
import { partOf, strings } from "../lib/html.js";
import { storage } from "../lib/storage.js";
import { transcript } from "../lib/transcript.js";
import { filtering } from "./filtering.js";
import { progress, verify } from "./review.js";
import { speakers } from "./speakers.js";

const text = strings("review-strings");
/** After rows changed, so that a burst of changes counts once. */
const CALM_MS = 150;

/**
 * `<review-panel data-now>`: how far the review has come, in the panel and in the bar, and which rows are shown. `data-now`
 * is the server's time in seconds, by which it is known what changed since the last visit.
 */
class ReviewPanel extends HTMLElement {
  #abort = new AbortController();
  #timer = 0;
  #observer = new MutationObserver(() => this.#planShow());
  #before = 0;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#noteVisit(signal);
    this.addEventListener("change", () => this.#takeFilter(), { signal });
    this.addEventListener("submit", (event) => event.preventDefault(), { signal });
    for (const kind of ["transcript:marked", "speakers:changed"]) {
      document.addEventListener(kind, () => this.#planShow(), { signal });
    }
    document.addEventListener("filter:changed", () => this.#showAll(), { signal });
    document.addEventListener("click", (event) => this.#click(event), { signal });
    this.closest("[data-panel]")?.addEventListener("panel:open", () => this.#showAll(), { signal });
    transcript().addEventListener("transcript:timed", () => this.#planShow(), { signal });
    this.#observer.observe(transcript(), { childList: true, subtree: true });
    filtering.begin();
    this.#showAll();
  }

  disconnectedCallback() {
    this.#abort.abort();
    this.#observer.disconnect();
    clearTimeout(this.#timer);
  }

  #planShow() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#showAll(), CALM_MS);
  }

  /** @param {AbortSignal} signal */
  #noteVisit(signal) {
    const store = storage();
    const key = `flashweb.visit.${transcript().dataset.user}.${location.pathname}`;
    const now = () => Math.floor(Number(this.dataset.now) + performance.now() / 1000);
    const keep = () => store.setItem(key, JSON.stringify({ before: this.#before, seen: now() }));
    this.#before = lastVisit(JSON.parse(store.getItem(key) ?? "null"), now());
    keep();
    window.addEventListener("pagehide", keep, { signal });
  }

  #showAll() {
    this.#showProgress();
    this.#showNote();
    const panel = this.closest("[data-panel]");
    if (panel instanceof HTMLElement && !panel.hidden) this.#showFilter();
  }

  #showProgress() {
    const { rows, verifiedRows, ms, verifiedMs } = progress();
    const percent = rows ? Math.floor((100 * verifiedRows) / rows) : 0;
    const said = fill(text.percent, { percent });
    const details = [
      fill(text.progress_rows, { done: verifiedRows, all: rows }),
      fill(text.progress_minutes, { done: clock(verifiedMs), all: clock(ms), percent: ms ? Math.floor((100 * verifiedMs) / ms) : 0 }),
    ];
    partOf(this, "[data-percent]", HTMLElement).textContent = said;
    partOf(this, "[data-progress-rows]", HTMLElement).textContent = details[0];
    partOf(this, "[data-progress-time]", HTMLElement).textContent = details[1];
    Object.assign(partOf(this, "progress", HTMLProgressElement), { max: Math.max(1, ms), value: verifiedMs });
    const bar = document.querySelector("[data-review-progress]");
    if (!(bar instanceof HTMLElement)) return;
    bar.textContent = said;
    bar.style.setProperty("--percent", String(percent));
    bar.title = [said, ...details].join(" · ");
  }

  /** Those that the person can ask for. */
  get #kinds() {
    return KINDS.filter((kind) => this.querySelector(`[name=show][value=${kind}]`));
  }

  #showFilter() {
    const { filter } = filtering;
    const found = filtering.counts();
    for (const kind of this.#kinds) {
      partOf(this, `[name=show][value=${kind}]`, HTMLInputElement).checked = filter.kinds.includes(kind);
      partOf(this, `[data-count=${kind}]`, HTMLElement).textContent = String(found[kind]);
    }
    const chosen = partOf(this, "[name=speaker]", HTMLSelectElement);
    chosen.replaceChildren(
      chosen.options[0],
      ...speakers.list().map(({ id, shown, rows }) => new Option(`${shown} (${rows})`, id)),
    );
    chosen.value = filter.speaker;
    const last = partOf(this, "option[value=last]", HTMLOptionElement);
    last.disabled = !this.#before;
    last.textContent = this.#before ? fill(text.last_visit, { when: local(this.#before).replace("T", " ") }) : text.no_visit;
    const way = !filter.since ? "" : filter.since === this.#before ? "last" : "moment";
    const since = partOf(this, "[name=since]", HTMLSelectElement);
    if (way || since.value !== "moment") since.value = way;
    partOf(this, "[name=moment]", HTMLInputElement).hidden = since.value !== "moment";
    if (way === "moment") partOf(this, "[name=moment]", HTMLInputElement).value = local(filter.since);
  }

  /** The sentence above the text. */
  #showNote() {
    const note = document.querySelector("[data-filter-note]");
    if (!(note instanceof HTMLElement)) return;
    note.hidden = !isActive(filtering.filter);
    const line = note.querySelector("[data-filter-says]");
    if (line) line.textContent = note.hidden ? "" : filtering.says();
    const all = note.querySelector("[data-filter-verify]");
    if (all instanceof HTMLElement) all.hidden = !filtering.found.count;
  }

  #takeFilter() {
    const way = partOf(this, "[name=since]", HTMLSelectElement).value;
    const moment = partOf(this, "[name=moment]", HTMLInputElement);
    moment.hidden = way !== "moment";
    const since = way === "last" ? this.#before : way === "moment" ? Math.floor(Date.parse(moment.value) / 1000) || 0 : 0;
    const kinds = this.#kinds.filter((kind) => partOf(this, `[name=show][value=${kind}]`, HTMLInputElement).checked);
    filtering.set({ kinds, speaker: partOf(this, "[name=speaker]", HTMLSelectElement).value, since });
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const button = event.target instanceof Element ? event.target.closest("[data-filter-verify]") : null;
    if (!button) return;
    const rows = filtering.matching().filter((row) => !("verified" in row.dataset));
    if (rows.length) void verify(rows);
    else transcript().say(text.none_left);
  }
}

/** A moment as `<input type="datetime-local">` writes it. @param {number} seconds */
function local(seconds) {
  const away = new Date(seconds * 1000).getTimezoneOffset() * 60;
  return new Date((seconds - away) * 1000).toISOString().slice(0, 16);
}

customElements.define("review-panel", ReviewPanel);
