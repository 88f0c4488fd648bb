// @ts-check
/**
 * How a person listens: stepping back before going on, waiting while they type, one row alone or over and over, playing
 * as long as a key is held.
 */

import { idOf } from "../lib/transcript.js";

/** A stop a moment before the row's end: at the end itself the next row would be the one spoken. */
const SHORT_OF_MS = 1;
/** How far outside a row the playhead still counts as in it: players don't seek to the millisecond. */
const NEAR_MS = 60;
const EVENTS = ["play", "playing", "seeked", "ratechange", "timeupdate"];

/**
 * @typedef {object} Rows
 * @property {() => HTMLElement | undefined} row that keys act on
 * @property {(ms: number) => HTMLElement | undefined} rowAt the row spoken then, or the next one
 * @property {(id: string) => HTMLElement | null} byId the row as it stands
 * @property {(ms: number) => void} playFrom
 */

export class Listening {
  #audio;
  #preferences;
  #rows;
  /** The row that the sound stays in, and what comes at its end. @type {{id: string, then: "stop" | "again"} | null} */
  #stay = null;
  #timer = 0;
  /** Where the person paused; null where there is nothing to step back from. @type {number | null} */
  #paused = null;
  #stopping = false;
  #held = false;
  #waiting = false;
  #composing = false;
  #typing = 0;
  /** Told when looping begins and ends. @type {(looping: boolean) => void} */
  onLoop = () => {};

  /**
   * @param {HTMLAudioElement} audio
   * @param {import("../lib/preferences.js").Preferences} preferences
   * @param {Rows} rows
   */
  constructor(audio, preferences, rows) {
    this.#audio = audio;
    this.#preferences = preferences;
    this.#rows = rows;
    for (const name of EVENTS) audio.addEventListener(name, () => this.#watchEnd());
    audio.addEventListener("play", () => (this.#waiting = false));
    audio.addEventListener("pause", () => this.#notePause());
    audio.addEventListener("seeking", () => this.#followSeek());
    audio.addEventListener("ended", () => this.#restartLoop());
    document.addEventListener("transcript:play", () => this.#stay?.then === "stop" && this.#leaveRow());
    document.addEventListener("row-editor:input", () => this.#waitWhileTyping());
    document.addEventListener("compositionstart", (event) => this.#noteComposing(event, true));
    document.addEventListener("compositionend", (event) => this.#noteComposing(event, false));
    window.addEventListener("blur", () => this.release());
  }

  toggle() {
    const { paused } = this.#audio;
    this.#waiting = false;
    if (!paused) return this.#audio.pause();
    if (this.#stay?.then === "stop") this.#leaveRow();
    this.#resumePlaying();
  }

  hold() {
    this.#held = true;
    if (this.#audio.paused) this.toggle();
  }

  /** The key that was held is up again. */
  release() {
    if (this.#held) this.#audio.pause();
    this.#held = false;
  }

  /** @param {number} seconds from where the playhead is; looping keeps it in its row */
  skip(seconds) {
    const { start, end } = (this.looping && this.#stayBounds()) || { start: 0, end: Infinity };
    const ms = this.#ms + seconds * 1000;
    this.#audio.currentTime = Math.max(start, Math.min(ms, end - SHORT_OF_MS)) / 1000;
  }

  /** One row from its start to its end. @param {HTMLElement | undefined} [row] */
  playRow(row = this.#rows.row()) {
    if (!row) return;
    const again = this.looping;
    this.#rows.playFrom(Number(row.dataset.start));
    this.#stay = { id: idOf(row), then: again ? "again" : "stop" };
    this.#watchEnd();
  }

  /** From the start of the row, and on. */
  playOn() {
    const row = this.#rows.row();
    this.#leaveRow();
    if (row) this.#rows.playFrom(Number(row.dataset.start));
  }

  get looping() {
    return this.#stay?.then === "again";
  }

  /** Over and over, or no longer. */
  loop() {
    const row = this.#rows.row();
    if (this.looping || !row) return this.#leaveRow();
    this.#stay = { id: idOf(row), then: "again" };
    this.onLoop(true);
    const { start, end } = this.#stayBounds() ?? { start: 0, end: 0 };
    if (this.#ms < start || this.#ms >= end) this.#rows.playFrom(start);
    else if (this.#audio.paused) this.#resumePlaying();
    this.#watchEnd();
  }

  #leaveRow() {
    const looped = this.looping;
    this.#stay = null;
    clearTimeout(this.#timer);
    if (looped) this.onLoop(false);
  }

  get #ms() {
    return this.#audio.currentTime * 1000;
  }

  /** Of the row that the sound stays in, in ms: its times may have been changed meanwhile. */
  #stayBounds() {
    const row = this.#stay && this.#rows.byId(this.#stay.id);
    return row ? { start: Number(row.dataset.start), end: Number(row.dataset.end) } : null;
  }

  #resumePlaying() {
    const audio = this.#audio;
    const back = this.#preferences.values.step_back_ms;
    if (this.#paused !== null && !audio.ended && Math.abs(this.#ms - this.#paused) < NEAR_MS) {
      const start = this.#stayBounds()?.start ?? 0;
      audio.currentTime = Math.max(Math.min(start, this.#ms), this.#ms - back) / 1000;
    }
    audio.play().catch(() => {
      // Interrupted by a pause, or nothing to play: the player says so.
    });
  }

  #notePause() {
    this.#paused = this.#stopping ? null : this.#ms;
    this.#stopping = false;
    clearTimeout(this.#timer);
  }

  /** Whether the end of the row is reached, and when to look again. */
  #watchEnd() {
    clearTimeout(this.#timer);
    if (!this.#stay || this.#audio.paused) return;
    const bounds = this.#stayBounds();
    if (!bounds) return this.#leaveRow();
    const left = bounds.end - SHORT_OF_MS - this.#ms;
    if (left > 0) this.#timer = window.setTimeout(() => this.#watchEnd(), Math.ceil(left / this.#audio.playbackRate));
    else if (this.looping) this.#audio.currentTime = bounds.start / 1000;
    else this.#stopAt(bounds.end);
  }

  /** @param {number} end */
  #stopAt(end) {
    this.#stopping = true;
    this.#leaveRow();
    this.#audio.pause();
    this.#audio.currentTime = (end - SHORT_OF_MS) / 1000;
  }

  /** The playhead was put elsewhere: looping goes on there. */
  #followSeek() {
    const bounds = this.#stayBounds();
    if (!bounds || (this.#ms > bounds.start - NEAR_MS && this.#ms < bounds.end + NEAR_MS)) return;
    const row = this.looping ? this.#rows.rowAt(this.#ms) : null;
    if (row) this.#stay = { id: idOf(row), then: "again" };
    else this.#leaveRow();
  }

  #restartLoop() {
    const start = this.looping ? this.#stayBounds()?.start : null;
    if (start != null) this.#rows.playFrom(start);
  }

  #waitWhileTyping() {
    const { pause_typing: wanted, typing_wait_ms: wait } = this.#preferences.values;
    if (!wanted) return;
    if (!this.#audio.paused) {
      this.#audio.pause();
      this.#waiting = true;
    }
    clearTimeout(this.#typing);
    if (this.#waiting) this.#typing = window.setTimeout(() => this.#resumeAfterTyping(), wait);
  }

  #resumeAfterTyping() {
    if (this.#waiting && !this.#composing && this.#audio.paused) this.#resumePlaying();
  }

  /**
   * @param {CompositionEvent} event
   * @param {boolean} composing
   */
  #noteComposing(event, composing) {
    if (!(event.target instanceof Element && event.target.closest("row-editor"))) return;
    this.#composing = composing;
    this.#waitWhileTyping();
  }
}
