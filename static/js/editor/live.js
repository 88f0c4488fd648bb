// @ts-check
/** Brings what others change into the page, and what was missed while it slept or was offline. */

import { Activity } from "../lib/activity.js";
import { fill } from "../lib/format.js";
import { released } from "../lib/html.js";
import { get, post, requestKey } from "../lib/http.js";
import { idOf, rowAround, rowById } from "../lib/transcript.js";
import { showCommentCount } from "./marks.js";

const TOGETHER_MS = 60; // What comes in so short a time is fetched at once.
const AGAIN_MS = 10_000;
const ROWS_AT_ONCE = 100;
const STAY_MS = 700; // Who is at a row for less only passes by.
const AWAY_MS = 60_000; // A page that is hidden for so long has no stream: browsers keep few connections open.
const COLOURS = 8;
const MOST_NAMES = 5;
const WORK = ["keydown", "input", "pointerdown", "pointermove", "wheel"];

/**
 * What a change was, as the server tells it: the ids of its rows and their versions after it. `html` is the rows of this
 * change and of those that come with it, "" where they came with the one before; without it they are to be fetched, but
 * after a change that only moved them all by `shift_ms`.
 * @typedef {{version: number, kind: string, by: number | null, name: string, rows: Record<string, number>, html?: string, shift_ms?: number}} Change
 */

/** @typedef {{page: string, user: number, name: string, row: number | null}} Person */

export class Live {
  #page = uuid();
  /** The id of the row that this person is at. */
  #row = "";
  /** Whether the stream's server knows. */
  #isPlaced = false;
  #stay = 0;
  #transcript;
  #version;
  /** @type {EventSource | null} */
  #source = null;
  /** The rows that are to be fetched, with who changed them last. @type {Map<string, Change>} */
  #wanted = new Map();
  /** The versions, before the last news, of the rows that the person is at work on. @type {Map<string, number>} */
  #before = new Map();
  /** Changes are shown in their order. @type {Promise<unknown>} */
  #turn = Promise.resolve();
  #timer = 0;
  #away = 0;
  #said = "";

  /**
   * @param {import("../lib/transcript.js").Transcript} transcript with `data-live`, `data-rows` and `data-at` (addresses, the last not on the page of a guest) and `data-seen` (a version)
   * @param {AbortSignal} signal
   */
  constructor(transcript, signal) {
    this.#transcript = transcript;
    this.#version = Number(transcript.dataset.seen);
    signal.addEventListener("abort", () => this.#close());
    window.addEventListener("online", () => this.#open(), { signal });
    // A page that comes back from the browser's memory has no stream any more.
    window.addEventListener("pageshow", (event) => event.persisted && this.#open(), { signal });
    window.addEventListener("pagehide", () => this.#close(), { signal });
    document.addEventListener("visibilitychange", () => this.#pauseWhileHidden(), { signal });
    transcript.addEventListener("focusin", (/** @type {FocusEvent} */ event) => this.#reportPlace(event), { signal });
    if (transcript.hasAttribute("data-may-edit")) this.#reportWork(signal);
    this.#open();
  }

  #open() {
    this.#close();
    const { live, annotation } = this.#transcript.dataset;
    const source = new EventSource(`${live}?after=${this.#version}&annotation=${annotation}&page=${this.#page}`);
    this.#isPlaced = false;
    source.addEventListener("change", (event) => this.#takeChange(JSON.parse(event.data)));
    source.addEventListener("annotation", (event) => this.#takeAnnotations(JSON.parse(event.data)));
    source.addEventListener("people", (event) => this.#showPeople(JSON.parse(event.data)));
    source.addEventListener("reload", () => this.#reload());
    source.addEventListener("error", () => {
      // The browser goes on trying by itself unless the server said no: the session may have ended, for one.
      if (source.readyState === EventSource.CLOSED) void this.#explainEnd();
    });
    source.addEventListener("open", () => this.#showTrouble(""));
    this.#source = source;
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  #pauseWhileHidden() {
    clearTimeout(this.#away);
    if (document.hidden) this.#away = window.setTimeout(() => this.#close(), AWAY_MS);
    else if (!this.#source) this.#open();
  }

  /** The server has ended the stream: says why, and asks for it again and again. */
  async #explainEnd() {
    this.#timer = window.setTimeout(() => this.#open(), AGAIN_MS);
    const answer = await get(this.#transcript.dataset.rows ?? "").catch(() => null);
    const { live_signed_out: signedOut, live_no_access: noAccess } = this.#transcript.text;
    if (answer?.status === 401) this.#showTrouble(signedOut);
    else if (answer?.status === 404) this.#showTrouble(noAccess);
  }

  /** Says above the text why no news comes, or takes that back. @param {string} sentence */
  #showTrouble(sentence) {
    if (sentence !== this.#said && (sentence || this.#said)) this.#transcript.notify(sentence);
    this.#said = sentence;
  }

  /** @param {Change} change */
  #takeChange(change) {
    this.#version = change.version;
    this.#transcript.dispatchEvent(new CustomEvent("transcript:news", { bubbles: true, detail: change }));
    if (change.html !== undefined) {
      this.#turn = this.#turn.then(() => this.#showChange(change)).catch(() => {});
      return;
    }
    const { shift_ms: by, rows } = change;
    if (by) {
      this.#turn = this.#turn.then(() => this.#calm()).then(() => this.#transcript.editing.shiftRows(by, rows));
      return;
    }
    for (const [id, version] of Object.entries(rows)) {
      const row = rowById(id);
      // One's own change, whose answer was quicker.
      if (row && Number(row.dataset.version) >= version) continue;
      if (!this.#wanted.size) setTimeout(() => (this.#turn = this.#turn.then(() => this.#fetchRows())), TOGETHER_MS);
      this.#wanted.set(id, change);
    }
  }

  /** Shows rows that came with a change. @param {Change} change */
  async #showChange(change) {
    await this.#calm();
    if (change.html) {
      const atWork = /** @type {NodeListOf<HTMLElement>} */ (
        this.#transcript.querySelectorAll("[data-utterance][data-editing], [data-utterance][data-state]")
      );
      this.#before = new Map([...atWork].map(({ dataset }) => [dataset.utterance ?? "", Number(dataset.version)]));
      this.#transcript.editing.applyRows(change.html, { newer: true });
    }
    for (const [id, version] of Object.entries(change.rows)) {
      if ((this.#before.get(id) ?? Infinity) < version) this.#showWhoChanged(id, change);
    }
  }

  /** One's own change that is under way brings its rows itself, together with what is typed meanwhile. */
  async #calm() {
    await released(this.#transcript);
    await this.#transcript.editing.quiet;
  }

  async #fetchRows() {
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    for (let from = 0; from < wanted.length; from += ROWS_AT_ONCE) {
      const part = wanted.slice(from, from + ROWS_AT_ONCE);
      if (!(await this.#showRows(part.map(([id]) => id)))) {
        // It is asked for again when the stream is back.
        this.#version = Math.min(this.#version, ...part.map(([, { version }]) => version - 1));
        return this.#open();
      }
      for (const [id, change] of part) this.#showWhoChanged(id, change);
    }
  }

  /** @param {string[]} ids */
  async #showRows(ids) {
    const query = new URLSearchParams(ids.map((id) => ["id", id]));
    const answer = await get(`${this.#transcript.dataset.rows}?${query}`).catch(() => null);
    const html = answer?.ok ? await answer.text() : "";
    await this.#calm();
    if (html) this.#transcript.editing.applyRows(html);
    return answer?.ok ?? false;
  }

  /**
   * A row that one is typing in says who changed it meanwhile; what is typed is merged when it is saved.
   * @param {string} id
   * @param {Change} change
   */
  #showWhoChanged(id, { by, name }) {
    const row = rowById(id);
    if (!row?.matches("[data-editing], [data-state]") || String(by) === this.#transcript.dataset.user) return;
    row.dataset.changedBy = fill(this.#transcript.text.changed_by, { name });
  }

  #reload() {
    // What is unsaved is kept as a draft, but nobody is thrown out of a row that they type in.
    if (!this.#transcript.editing.row) location.reload();
  }

  /** Shows the others at which row this person is. @param {FocusEvent} event */
  #reportPlace(event) {
    const row = rowAround(event.target);
    const id = row ? idOf(row) : "";
    const { at } = this.#transcript.dataset;
    clearTimeout(this.#stay);
    if (!id || id === this.#row || !at) return;
    this.#stay = window.setTimeout(() => this.#tellPlace(id), STAY_MS);
  }

  /** @param {string} row */
  #tellPlace(row) {
    this.#row = row;
    post(this.#transcript.dataset.at ?? "", { page: this.#page, row }).catch(() => (this.#row = ""));
  }

  /** The server forgets where one is when the stream ends. @param {Person[]} people */
  #tellPlaceAgain(people) {
    const self = people.find(({ page }) => page === this.#page);
    if (this.#isPlaced || !self) return;
    this.#isPlaced = true;
    if (this.#row && String(self.row) !== this.#row) this.#tellPlace(this.#row);
  }

  /** Tells the server when the person is at work. Nothing counts while the page is hidden. @param {AbortSignal} signal */
  #reportWork(signal) {
    const { at = "" } = this.#transcript.dataset;
    const activity = new Activity((idle) => {
      if (this.#source?.readyState !== EventSource.OPEN) return;
      post(at, { page: this.#page, idle: String(idle) }).catch(() => {
        // The next one comes soon enough.
      });
    });
    const touch = () => document.hidden || activity.touch();
    for (const name of WORK) document.addEventListener(name, touch, { signal, passive: true, capture: true });
    const audio = document.querySelector("audio");
    audio?.addEventListener("timeupdate", () => audio.paused || document.hidden || activity.listen(), { signal });
    document.addEventListener("visibilitychange", () => (document.hidden ? activity.flush() : touch()), { signal });
    signal.addEventListener("abort", () => activity.stop());
    touch();
  }

  /** Somebody commented, or claimed an assignment. @param {{annotation: number, rows: Record<string, number>}} news */
  #takeAnnotations({ annotation, rows }) {
    this.#transcript.dataset.annotation = String(annotation);
    for (const [id, count] of Object.entries(rows)) {
      const row = rowById(id);
      if (row) showCommentCount(row, count);
    }
    this.#transcript.dispatchEvent(new CustomEvent("transcript:annotated", { bubbles: true }));
  }

  /** Who else is here, in the bar, and at which row. @param {Person[]} people */
  #showPeople(people) {
    this.#tellPlaceAgain(people);
    const others = people.filter(({ page }) => page !== this.#page);
    const bar = document.querySelector("[data-people]");
    const { user } = this.#transcript.dataset;
    // The same person on two pages is here once, and one's own other pages are nobody.
    const names = new Map(others.filter((one) => String(one.user) !== user).map((one) => [one.user, one.name]));
    const items = [...names].slice(0, MOST_NAMES).map(([id, name]) => {
      const item = document.createElement("li");
      item.dataset.colour = String((id % COLOURS) + 1);
      item.textContent = name;
      return item;
    });
    if (names.size > MOST_NAMES) {
      const rest = document.createElement("li");
      rest.textContent = `+${names.size - MOST_NAMES}`;
      rest.title = [...names.values()].slice(MOST_NAMES).join(", ");
      items.push(rest);
    }
    bar?.replaceChildren(...items);
    for (const row of document.querySelectorAll("[data-utterance][data-here]")) {
      row.removeAttribute("data-here");
      row.removeAttribute("data-here-colour");
    }
    for (const { row: id, name, user: who } of others) {
      const row = id ? rowById(String(id)) : null;
      if (!row) continue;
      row.dataset.here = row.dataset.here ? `${row.dataset.here}, ${name}` : name;
      row.dataset.hereColour = String((who % COLOURS) + 1);
    }
  }
}

/** A name for this page, as the server takes it. */
function uuid() {
  const key = requestKey();
  return key.includes("-") ? key : key.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
