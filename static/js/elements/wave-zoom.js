// @ts-check
import { coloursOf } from "../lib/html.js";
import { PAIRS_PER_SECOND } from "../lib/peaks.js";
import { edgeAt, moved, snapped } from "../lib/times.js";
import { findTranscript } from "../lib/transcript.js";
import { lastAtMost } from "../lib/words.js";

const PIXELS_PER_SECOND = 40;
const LONGEST_S = 20;
const SHORTEST_S = 8;
const CLICK_PX = 4;
const EDGE_PX = 8;
const FINGER_PX = 22;
const HATCH_PX = 6;
/** So many rows before the window may still reach into it. */
const LONG_ROWS = 3;
const AHEAD_MS = 30_000;
const PAUSE_MS = 25;

/** @typedef {{id: string, start: number, end: number}} Row */

/**
 * `<wave-zoom>`: the waveform around the playhead with the borders of the rows. Click to go there, drag to wind; who may
 * edit drags a row's start or end, which snaps to pauses and to other rows unless Alt is held.
 *
 * Events: `zoom:moving` with `detail` `{id, bounds}` while a row's edge is dragged (`bounds` null: given up), and
 * `zoom:moved` with `{id, bounds, edge}` at the end; both bubble.
 */
export class WaveZoom extends HTMLElement {
  /** @type {HTMLAudioElement} */
  audio;
  #abort = new AbortController();
  #frame = 0;
  #painted = 0;
  #changed = false;
  #peaks = new Int8Array(0);
  /** @type {import("../lib/peaks.js").Peaks | null} */
  #source = null;
  #scale = 1;
  #durationMs = 0;
  /** @type {Row[]} */
  #rows = [];
  /** Bounds that the server does not have yet. @type {Map<string, {start: number, end: number}>} */
  #moving = new Map();
  /** The edge under the pointer. @type {{row: Row, edge: import("../lib/times.js").Edge} | null} */
  #edge = null;
  #starts = new Float64Array(0);
  #colours = { wave: "", line: "", ground: "", playhead: "", edge: "", overlap: "" };

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
      () => this.#takeRows(findTranscript()?.rows ?? []),
      { signal },
    );
    this.addEventListener("pointerdown", (event) => this.#startDrag(event), { signal });
    // A thumb that holds an edge scrolls nothing, whichever way it slips.
    this.addEventListener("touchstart", (event) => this.#edge && event.preventDefault(), { signal, passive: false });
    this.addEventListener("pointermove", (event) => this.#findEdge(event), { signal });
    this.addEventListener("pointerleave", () => this.#markEdge(null), { signal });
    const observer = new ResizeObserver(repaint);
    observer.observe(this);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  disconnectedCallback() {
    this.#abort.abort();
    cancelAnimationFrame(this.#frame);
  }

  /**
   * @param {import("../lib/peaks.js").Peaks} peaks which come in blocks, those around the playhead first
   * @param {number} loudest by which quiet recordings are drawn larger, from 0 to 1
   * @param {number} durationMs
   * @param {Row[]} rows
   */
  load(peaks, loudest, durationMs, rows) {
    this.#source = peaks;
    this.#peaks = peaks.values;
    peaks.onBlock = () => this.draw();
    this.#scale = 1 / loudest;
    this.#durationMs = durationMs;
    this.#takeRows(rows);
    this.#repaint();
  }

  /** @param {Row[]} rows in the order of their starts */
  #takeRows(rows) {
    this.#rows = rows;
    this.#starts = Float64Array.from(rows, (row) => row.start);
    this.draw();
  }

  /**
   * Shows bounds that a row may get; null: its own ones.
   * @param {string} id
   * @param {{start: number, end: number} | null} bounds
   */
  preview(id, bounds) {
    if (bounds) this.#moving.set(id, bounds);
    else this.#moving.delete(id);
    this.draw();
  }

  draw() {
    this.#changed = true;
    this.#planFrame();
  }

  #planFrame() {
    if (!this.#frame) this.#frame = requestAnimationFrame((now) => this.#paint(now));
  }

  #repaint() {
    this.#colours = coloursOf(this, {
      wave: "--wave",
      line: "--line-strong",
      ground: "--accent-ground",
      playhead: "--amber-mark",
      edge: "--accent",
      overlap: "--danger",
    });
    this.draw();
  }

  /** What is shown: from `from` ms on, `pixels` to a millisecond. */
  #window() {
    const seconds = Math.min(LONGEST_S, Math.max(SHORTEST_S, this.clientWidth / PIXELS_PER_SECOND));
    const now = (this.audio.currentTime ?? 0) * 1000;
    const length = Math.min(seconds * 1000, this.#durationMs || Infinity);
    const from = Math.max(0, Math.min(now - length / 2, this.#durationMs - length));
    return { from, now, length, pixels: this.clientWidth / length };
  }

  /** @param {number} now */
  #paint(now) {
    this.#frame = 0;
    // While it plays, every second frame will do: a third of the work of playing is in this picture.
    if (!this.#changed && now - this.#painted < PAUSE_MS) return this.#planFrame();
    this.#changed = false;
    this.#painted = now;
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
    if (this.audio && !this.audio.paused && !this.audio.ended) this.#planFrame();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {{from: number, now: number, length: number, pixels: number}} view
   */
  #paintRows(context, view) {
    const { from, now, pixels } = view;
    const height = this.clientHeight;
    const rows = this.#visible(view);
    for (const { start, end } of rows) {
      const left = (start - from) * pixels;
      const width = (end - start) * pixels;
      context.fillStyle = this.#colours.ground;
      if (start <= now && now < end) context.fillRect(left, 0, width, height);
      context.fillStyle = this.#colours.line;
      context.fillRect(Math.round(left), 0, 1, height);
      context.fillRect(Math.round(left + width) - 1, height / 2, 1, height / 2);
      context.fillRect(left, height - 3, width, 3);
    }
    rows.forEach((row, index) => {
      for (const next of rows.slice(index + 1)) {
        const overlap = { start: Math.max(row.start, next.start), end: Math.min(row.end, next.end) };
        if (overlap.start < overlap.end) this.#hatchOverlap(context, view, overlap);
      }
    });
    const marked = this.#edge && rows.find(({ id }) => id === this.#edge?.row.id);
    if (!this.#edge || !marked) return;
    context.fillStyle = this.#colours.edge;
    context.fillRect(Math.round((marked[this.#edge.edge] - from) * pixels) - 1, 0, 3, height);
  }

  /**
   * The rows that reach into what is shown, as they are being moved.
   * @param {{from: number, length: number}} view
   * @returns {Row[]}
   */
  #visible({ from, length }) {
    const first = Math.max(0, lastAtMost(this.#starts, from) - LONG_ROWS);
    const rows = this.#rows.slice(first, lastAtMost(this.#starts, from + length) + 1 + LONG_ROWS);
    return this.#moving.size ? rows.map((row) => ({ ...row, ...this.#moving.get(row.id) })) : rows;
  }

  /**
   * Two rows at the same time.
   * @param {CanvasRenderingContext2D} context
   * @param {{from: number, pixels: number}} view
   * @param {{start: number, end: number}} overlap
   */
  #hatchOverlap(context, { from, pixels }, { start, end }) {
    const [left, width, height] = [(start - from) * pixels, (end - start) * pixels, this.clientHeight];
    context.save();
    context.beginPath();
    context.rect(left, 0, width, height);
    context.clip();
    context.beginPath();
    for (let x = left - height; x < left + width; x += HATCH_PX) {
      context.moveTo(x, height);
      context.lineTo(x + height, 0);
    }
    context.strokeStyle = this.#colours.overlap;
    context.globalAlpha = 0.55;
    context.stroke();
    context.restore();
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

  /** The time under the pointer. @param {PointerEvent} event */
  #timeAt(event) {
    const { from, pixels } = this.#window();
    return from + (event.clientX - this.getBoundingClientRect().left) / pixels;
  }

  /** The edge of a row that the pointer would take hold of. @param {PointerEvent} event */
  #edgeAt(event) {
    if (!document.querySelector("flash-transcript[data-may-edit]")) return null;
    const view = this.#window();
    const within = (event.pointerType === "touch" ? FINGER_PX : EDGE_PX) / view.pixels;
    return edgeAt(this.#timeAt(event), within, this.#visible(view));
  }

  /** @param {PointerEvent} event */
  #findEdge(event) {
    if (!event.buttons) this.#markEdge(this.#edgeAt(event));
  }

  /** @param {{row: Row, edge: import("../lib/times.js").Edge} | null} edge */
  #markEdge(edge) {
    if (edge?.row.id === this.#edge?.row.id && edge?.edge === this.#edge?.edge) return;
    this.#edge = edge;
    this.toggleAttribute("data-edge", Boolean(edge));
    this.draw();
  }

  /** How loud a fiftieth of a second is. @param {number} pair */
  #level(pair) {
    return (this.#peaks[2 * pair + 1] ?? 0) - (this.#peaks[2 * pair] ?? 0);
  }

  /**
   * Where a dragged edge of a row comes to stand.
   * @param {PointerEvent} event
   * @param {{row: Row, edge: import("../lib/times.js").Edge}} held
   * @param {number} grip from the pointer to the edge, in ms
   */
  #boundsAt(event, { row, edge }, grip) {
    const view = this.#window();
    const others = this.#visible(view).filter(({ id }) => id !== row.id);
    const at = this.#timeAt(event) + grip;
    const edges = others.flatMap(({ start, end }) => [start, end]);
    const to = event.altKey ? at : snapped(at, EDGE_PX / view.pixels, edges, (pair) => this.#level(pair));
    return moved(row, edge, to, this.#durationMs);
  }

  /**
   * @param {PointerEvent} event
   * @param {{row: Row, edge: import("../lib/times.js").Edge}} held
   */
  #drag(event, held) {
    const { row, edge } = held;
    const grip = row[edge] - this.#timeAt(event);
    const released = new AbortController();
    const { signal } = released;
    this.#abort.signal.addEventListener("abort", () => released.abort(), { signal });
    const tell = (/** @type {string} */ name, /** @type {object} */ detail) =>
      this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { id: row.id, ...detail } }));
    /** @type {{start: number, end: number} | null} */
    let bounds = null;
    this.setPointerCapture(event.pointerId);
    this.#markEdge(held);
    const move = (/** @type {PointerEvent} */ to) => {
      if (!bounds && Math.abs(to.clientX - event.clientX) < CLICK_PX) return;
      bounds = this.#boundsAt(to, held, grip);
      tell("zoom:moving", { bounds });
    };
    const end = (/** @type {Event} */ by) => {
      released.abort();
      if (by.type === "pointerup" && !bounds) this.#seek(this.#timeAt(event));
      else if (by.type === "pointerup") tell("zoom:moved", { bounds, edge });
      else tell("zoom:moving", { bounds: null });
    };
    const escape = (/** @type {KeyboardEvent} */ key) => {
      if (key.key !== "Escape") return;
      key.preventDefault();
      end(key);
    };
    this.addEventListener("pointermove", move, { signal });
    for (const name of ["pointerup", "pointercancel"]) this.addEventListener(name, end, { signal });
    document.addEventListener("keydown", escape, { signal, capture: true });
  }

  /** @param {PointerEvent} event */
  #startDrag(event) {
    const { audio } = this;
    if (event.button !== 0 || !audio) return;
    const held = this.#edgeAt(event);
    if (held) return this.#drag(event, held);
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
