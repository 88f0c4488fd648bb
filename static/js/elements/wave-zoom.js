// @ts-check
import { PAIRS_PER_SECOND } from "../lib/peaks.js";
import { lastAtMost } from "../lib/words.js";

const PIXELS_PER_SECOND = 40;
const LONGEST_S = 20;
const SHORTEST_S = 8;
const CLICK_PX = 4;
const AHEAD_MS = 30_000;

/** `<wave-zoom>`: the waveform around the playhead with the borders of the rows. Click to go there, drag to wind. */
export class WaveZoom extends HTMLElement {
  #abort = new AbortController();
  #frame = 0;
  #peaks = new Int8Array(0);
  /** @type {import("../lib/peaks.js").Peaks | null} */
  #source = null;
  #scale = 1;
  #durationMs = 0;
  /** @type {{start: number, end: number}[]} */
  #rows = [];
  #starts = new Float64Array(0);
  #colours = { wave: "", line: "", ground: "", playhead: "" };

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.audio = /** @type {HTMLAudioElement} */ (document.querySelector("audio"));
    for (const name of ["play", "seeking", "seeked", "pause", "loadedmetadata"]) {
      this.audio.addEventListener(name, () => this.draw(), { signal });
    }
    const repaint = () => this.#repaint();
    document.addEventListener("theme:changed", repaint, { signal });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint, { signal });
    document.addEventListener(
      "transcript:arranged",
      (event) => this.#arrange(/** @type {any} */ (event.target).rows),
      { signal },
    );
    this.addEventListener("pointerdown", (event) => this.#press(event), { signal });
    const observer = new ResizeObserver(repaint);
    observer.observe(this);
    signal.addEventListener("abort", () => observer.disconnect());
    this.#repaint();
  }

  disconnectedCallback() {
    this.#abort.abort();
    cancelAnimationFrame(this.#frame);
  }

  /**
   * @param {import("../lib/peaks.js").Peaks} peaks which come in pieces, those around the playhead first
   * @param {number} loudest by which quiet recordings are drawn larger, from 0 to 1
   * @param {number} durationMs
   * @param {{start: number, end: number}[]} rows
   */
  load(peaks, loudest, durationMs, rows) {
    this.#source = peaks;
    this.#peaks = peaks.values;
    peaks.onPiece = () => this.draw();
    this.#scale = 1 / loudest;
    this.#durationMs = durationMs;
    this.#arrange(rows);
    this.#repaint();
  }

  /** @param {{start: number, end: number}[]} rows in the order of their starts */
  #arrange(rows) {
    this.#rows = rows;
    this.#starts = Float64Array.from(rows, (row) => row.start);
    this.draw();
  }

  draw() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#paint());
  }

  #repaint() {
    const style = getComputedStyle(this);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    this.#colours = {
      wave: colour("--wave"),
      line: colour("--line-strong"),
      ground: colour("--accent-ground"),
      playhead: colour("--amber-mark"),
    };
    this.draw();
  }

  /** What is shown: from `from` ms on, `pixels` to a millisecond. */
  #window() {
    const seconds = Math.min(LONGEST_S, Math.max(SHORTEST_S, this.clientWidth / PIXELS_PER_SECOND));
    const now = (this.audio?.currentTime ?? 0) * 1000;
    const length = Math.min(seconds * 1000, this.#durationMs || Infinity);
    const from = Math.max(0, Math.min(now - length / 2, this.#durationMs - length));
    return { from, now, length, pixels: this.clientWidth / length };
  }

  #paint() {
    this.#frame = 0;
    const canvas = this.querySelector("canvas");
    const context = canvas?.getContext("2d");
    if (!canvas || !context || !this.clientWidth) return;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(this.clientWidth * ratio);
    const height = Math.round(this.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.clientWidth, this.clientHeight);
    const view = this.#window();
    this.#source?.want(view.from, view.from + view.length + AHEAD_MS);
    this.#paintRows(context, view);
    this.#paintWave(context, view);
    context.fillStyle = this.#colours.playhead;
    context.fillRect((view.now - view.from) * view.pixels - 1, 0, 2, this.clientHeight);
    if (this.audio && !this.audio.paused && !this.audio.ended) this.draw();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {{from: number, now: number, length: number, pixels: number}} view
   */
  #paintRows(context, { from, now, length, pixels }) {
    const height = this.clientHeight;
    let index = Math.max(0, lastAtMost(this.#starts, from));
    for (; index < this.#rows.length && this.#rows[index].start < from + length; index += 1) {
      const { start, end } = this.#rows[index];
      const left = (start - from) * pixels;
      context.fillStyle = this.#colours.ground;
      if (start <= now && now < end) context.fillRect(left, 0, (end - start) * pixels, height);
      context.fillStyle = this.#colours.line;
      context.fillRect(Math.round(left), 0, 1, height);
      context.fillRect(left, height - 3, (end - start) * pixels, 3);
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {{from: number, length: number, pixels: number}} view
   */
  #paintWave(context, { from, length, pixels }) {
    const pairMs = 1000 / PAIRS_PER_SECOND;
    const first = Math.floor(from / pairMs);
    const last = Math.min(Math.ceil((from + length) / pairMs), this.#peaks.length / 2 - 1);
    const middle = this.clientHeight / 2;
    const scale = (this.#scale * (middle - 3)) / 128;
    const x = (/** @type {number} */ pair) => ((pair + 0.5) * pairMs - from) * pixels;
    context.beginPath();
    for (let pair = first; pair <= last; pair += 1) {
      context.lineTo(x(pair), middle - Math.max(this.#peaks[2 * pair + 1] * scale, 0.5));
    }
    for (let pair = last; pair >= first; pair -= 1) {
      context.lineTo(x(pair), middle - Math.min(this.#peaks[2 * pair] * scale, -0.5));
    }
    context.fillStyle = this.#colours.wave;
    context.fill();
  }

  /** @param {PointerEvent} event */
  #press(event) {
    const { audio } = this;
    if (event.button !== 0 || !audio) return;
    const view = this.#window();
    const left = this.getBoundingClientRect().left;
    const released = new AbortController();
    const { signal } = released;
    this.#abort.signal.addEventListener("abort", () => released.abort(), { signal });
    let dragged = false;
    this.setPointerCapture(event.pointerId);
    this.addEventListener(
      "pointermove",
      (move) => {
        const by = move.clientX - event.clientX;
        dragged ||= Math.abs(by) >= CLICK_PX;
        if (dragged) this.#seek(view.now - by / view.pixels);
      },
      { signal },
    );
    this.addEventListener(
      "pointerup",
      (up) => {
        released.abort();
        if (!dragged) this.#seek(view.from + (up.clientX - left) / view.pixels);
      },
      { signal },
    );
    this.addEventListener("pointercancel", () => released.abort(), { signal });
  }

  /** @param {number} ms */
  #seek(ms) {
    if (!this.audio) return;
    this.audio.currentTime = Math.max(0, Math.min(ms, this.#durationMs)) / 1000;
    this.dispatchEvent(new CustomEvent("player:jump", { bubbles: true }));
  }
}

customElements.define("wave-zoom", WaveZoom);
