// @ts-check
import { filtering } from "../editor/filtering.js";
import { transcript } from "../editor/marks.js";
import { progress, verify } from "../editor/review.js";
import { speakers } from "../editor/speakers.js";
import { isActive, lastVisit } from "../lib/filters.js";
import { clock, fill } from "../lib/format.js";
import { storage } from "../lib/storage.js";
import { strings } from "../lib/strings.js";

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
  #observer = new MutationObserver(() => this.#later());
  #before = 0;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#visit(signal);
    this.addEventListener("change", () => this.#chosen(), { signal });
    this.addEventListener("submit", (event) => event.preventDefault(), { signal });
    for (const kind of ["transcript:marked", "speakers:changed"]) {
      document.addEventListener(kind, () => this.#later(), { signal });
    }
    document.addEventListener("filter:changed", () => this.#show(), { signal });
    document.addEventListener("click", (event) => this.#click(event), { signal });
    this.closest("[data-panel]")?.addEventListener("panel:open", () => this.#show(), { signal });
    transcript()?.addEventListener("transcript:timed", () => this.#later(), { signal });
    if (transcript()) this.#observer.observe(transcript(), { childList: true, subtree: true });
    filtering.begin();
    this.#show();
  }

  disconnectedCallback() {
    this.#abort.abort();
    this.#observer.disconnect();
    clearTimeout(this.#timer);
  }

  #later() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#show(), CALM_MS);
  }

  /** @param {AbortSignal} signal */
  #visit(signal) {
    const store = storage();
    const key = `flashweb.visit.${transcript()?.dataset.user}.${location.pathname}`;
    const now = () => Math.floor(Number(this.dataset.now) + performance.now() / 1000);
    const keep = () => store.setItem(key, JSON.stringify({ before: this.#before, seen: now() }));
    this.#before = lastVisit(JSON.parse(store.getItem(key) ?? "null"), now());
    keep();
    window.addEventListener("pagehide", keep, { signal });
  }

  /** @param {string} selector @returns {any} */
  #part(selector) {
    return this.querySelector(selector);
  }

  #show() {
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
    this.#part("[data-percent]").textContent = said;
    this.#part("[data-progress-rows]").textContent = details[0];
    this.#part("[data-progress-time]").textContent = details[1];
    Object.assign(this.#part("progress"), { max: Math.max(1, ms), value: verifiedMs });
    const bar = document.querySelector("[data-review-progress]");
    if (!(bar instanceof HTMLElement)) return;
    bar.textContent = `${percent}%`;
    bar.setAttribute("aria-label", said);
    bar.title = [said, ...details].join(" · ");
  }

  #showFilter() {
    const { filter } = filtering;
    const found = filtering.counts();
    for (const [kind, count] of Object.entries(found)) {
      this.#part(`[name=show][value=${kind}]`).checked = filter.kinds.includes(/** @type {any} */ (kind));
      this.#part(`[data-count=${kind}]`).textContent = String(count);
    }
    const chosen = this.#part("[name=speaker]");
    chosen.replaceChildren(
      chosen.options[0],
      ...speakers.list().map(({ id, shown, rows }) => new Option(`${shown} (${rows})`, id)),
    );
    chosen.value = filter.speaker;
    const last = this.#part("option[value=last]");
    last.disabled = !this.#before;
    last.textContent = this.#before ? fill(text.last_visit, { when: local(this.#before).replace("T", " ") }) : text.no_visit;
    const way = !filter.since ? "" : filter.since === this.#before ? "last" : "moment";
    const since = this.#part("[name=since]");
    if (way || since.value !== "moment") since.value = way;
    this.#part("[name=moment]").hidden = since.value !== "moment";
    if (way === "moment") this.#part("[name=moment]").value = local(filter.since);
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

  #chosen() {
    const way = this.#part("[name=since]").value;
    const moment = this.#part("[name=moment]");
    moment.hidden = way !== "moment";
    const since = way === "last" ? this.#before : way === "moment" ? Math.floor(Date.parse(moment.value) / 1000) || 0 : 0;
    const ticked = /** @type {NodeListOf<HTMLInputElement>} */ (this.querySelectorAll("[name=show]:checked"));
    const kinds = /** @type {any} */ ([...ticked].map(({ value }) => value));
    filtering.set({ kinds, speaker: this.#part("[name=speaker]").value, since });
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
