// @ts-check
/** Brings what others change into the page, and what was missed while it slept or was offline. */

import { fill } from "../lib/format.js";
import { get } from "../lib/http.js";

const TOGETHER_MS = 60; // What comes in so short a time is fetched at once.
const AGAIN_MS = 10_000;
const ROWS_AT_ONCE = 100;

/**
 * What a change was, as the server tells it: the ids of its rows and their versions after it.
 * @typedef {{version: number, kind: string, by: number | null, name: string, rows: Record<string, number>}} Change
 */

export class Live {
  #transcript;
  #version;
  /** @type {EventSource | null} */
  #source = null;
  /** The rows that are to be fetched, with who changed them last. @type {Map<string, Change>} */
  #wanted = new Map();
  #timer = 0;

  /**
   * @param {any} transcript the `<flash-transcript>`, with `data-live` and `data-rows` (addresses) and `data-seen` (a version)
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
    this.#open();
  }

  #open() {
    this.#close();
    const source = new EventSource(`${this.#transcript.dataset.live}?after=${this.#version}`);
    source.addEventListener("change", (event) => this.#changed(JSON.parse(event.data)));
    source.addEventListener("reload", () => this.#reload());
    source.addEventListener("error", () => {
      // The browser goes on trying by itself unless the server said no: the session may have ended, for one.
      if (source.readyState === EventSource.CLOSED) this.#timer = window.setTimeout(() => this.#open(), AGAIN_MS);
    });
    this.#source = source;
  }

  #close() {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#source = null;
  }

  /** @param {Change} change */
  #changed(change) {
    this.#version = change.version;
    this.#transcript.dispatchEvent(new CustomEvent("transcript:news", { bubbles: true }));
    for (const [id, version] of Object.entries(change.rows)) {
      const row = document.getElementById(`u${id}`);
      // One's own change, whose answer was quicker.
      if (row && Number(row.dataset.version) >= version) continue;
      if (!this.#wanted.size) setTimeout(() => void this.#fetch(), TOGETHER_MS);
      this.#wanted.set(id, change);
    }
    if (change.kind === "renamed") void this.#rows([]);
  }

  async #fetch() {
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    for (let from = 0; from < wanted.length; from += ROWS_AT_ONCE) {
      const part = wanted.slice(from, from + ROWS_AT_ONCE);
      if (!(await this.#rows(part.map(([id]) => id)))) {
        // It is asked for again when the stream is back.
        this.#version = Math.min(this.#version, ...part.map(([, { version }]) => version - 1));
        return this.#open();
      }
      for (const [id, change] of part) this.#tell(id, change);
    }
  }

  /** @param {string[]} ids */
  async #rows(ids) {
    const query = new URLSearchParams(ids.map((id) => ["id", id]));
    const answer = await get(`${this.#transcript.dataset.rows}?${query}`).catch(() => null);
    if (answer?.ok) this.#transcript.editing.applyRows(await answer.text());
    return answer?.ok ?? false;
  }

  /**
   * A row that one is typing in says who changed it meanwhile; what is typed is merged when it is saved.
   * @param {string} id
   * @param {Change} change
   */
  #tell(id, { by, name }) {
    const row = document.getElementById(`u${id}`);
    if (!row?.matches("[data-editing], [data-state]") || String(by) === this.#transcript.dataset.user) return;
    row.dataset.changedBy = fill(this.#transcript.text.changed_by, { name });
  }

  #reload() {
    // What is unsaved is kept as a draft, but nobody is thrown out of a row that he types in.
    if (!this.#transcript.editing.row) location.reload();
  }
}
