// @ts-check
import { clock, fill } from "../lib/format.js";
import { GrowingFile } from "../lib/growing-file.js";
import { partOf, strings } from "../lib/html.js";
import { requestKey } from "../lib/http.js";
import { chunksOf, forgetFile, keepChunk, keepFile, listKept } from "../lib/kept-files.js";

/** @typedef {import("../lib/kept-files.js").KeptFile} KeptFile */

/** How much is recorded before it is sent, in ms: as much is lost when the device dies. */
const CHUNK_MS = 4000;
/** What browsers record, the best first, with what its files are called. */
const TYPES = { "audio/webm;codecs=opus": "webm", "audio/ogg;codecs=opus": "ogg", "audio/mp4": "m4a", "audio/webm": "webm" };
const BITS_PER_SECOND = 64_000;
/** Browsers' names of errors, and the sentences about them. */
const TROUBLES = {
  NotAllowedError: "microphone_denied",
  SecurityError: "microphone_denied",
  NotFoundError: "microphone_missing",
  NotReadableError: "microphone_busy",
};

/**
 * `<audio-recorder data-user>`: records with the microphone. Each recording is a file that grows, which the
 * `upload-area` around sends like any other. What a page that was closed has left, and what other apps have shared
 * with this one, is sent when a page is open again.
 */
class AudioRecorder extends HTMLElement {
  #abort = new AbortController();
  #text = strings("library-strings");

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    for (const button of document.querySelectorAll("[data-record]")) {
      if (button instanceof HTMLButtonElement) button.hidden = false;
      button.addEventListener("click", () => void this.#record(), { signal });
    }
    void this.#sendKept();
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  /** @param {string} sentence */
  #say(sentence) {
    const line = partOf(this, "[data-recorder-trouble]", HTMLElement);
    line.hidden = !sentence;
    line.textContent = sentence;
  }

  async #record() {
    this.#say("");
    const type = typeof MediaRecorder === "undefined" ? undefined : Object.keys(TYPES).find((name) => MediaRecorder.isTypeSupported(name));
    if (!window.isSecureContext) return this.#say(this.#text.microphone_insecure);
    if (!type || !navigator.mediaDevices) return this.#say(this.#text.cannot_record);
    const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-record]"));
    for (const button of buttons) button.disabled = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false } });
      await this.#recordFrom(stream, type);
    } catch (error) {
      const name = error instanceof Error ? error.name : "";
      this.#say(this.#text[TROUBLES[/** @type {keyof typeof TROUBLES} */ (name)] ?? "microphone_busy"]);
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  }

  /**
   * @param {MediaStream} stream
   * @param {string} type
   * @returns {Promise<void>} when it has ended
   */
  async #recordFrom(stream, type) {
    const recorder = new MediaRecorder(stream, { mimeType: type, audioBitsPerSecond: BITS_PER_SECOND });
    const ended = new AbortController();
    const { signal } = ended;
    const now = new Date();
    const name = `${fill(this.#text.recording_name, { time: timeOf(now) })}.${TYPES[/** @type {keyof typeof TYPES} */ (type)]}`;
    const file = new GrowingFile(name, { type: type.split(";")[0], lastModified: now.getTime() });
    const controls = this.#controls(recorder, signal);
    const kept = recordOf(file, this.dataset.user ?? "");
    const release = await lock(kept.id);
    const forget = () => {
      if (recorder.state !== "inactive") recorder.stop();
      void forgetFile(kept.id).then(release);
    };
    kept.fields = this.#hand({ file, controls, forget, fields: null });
    await keepFile(kept);
    file.onAccepted = (accepted) => void keepFile({ ...kept, accepted });
    recorder.addEventListener("dataavailable", ({ data }) => {
      file.add(data);
      if (data.size) void keepChunk(kept.id, data);
    });
    // What was recorded is sent before the system may put the page to sleep.
    const flush = () => document.hidden && recorder.state === "recording" && recorder.requestData();
    document.addEventListener("visibilitychange", flush, { signal });
    showLevel(stream, partOf(controls, "[data-level]", HTMLElement), signal);
    stayAwake(signal);
    recorder.start(CHUNK_MS);
    // A microphone that is unplugged ends it, too.
    await new Promise((resolve) => recorder.addEventListener("stop", resolve, { once: true }));
    ended.abort();
    for (const track of stream.getTracks()) track.stop();
    controls.remove();
    file.end();
  }

  /**
   * Hands a file to the `upload-area`.
   * @param {import("./upload-area.js").Given} given
   * @returns {Record<string, string>} the options that it goes with
   */
  #hand(given) {
    this.dispatchEvent(new CustomEvent("file:add", { bubbles: true, detail: given }));
    return given.fields ?? {};
  }

  /**
   * @param {MediaRecorder} recorder
   * @param {AbortSignal} signal
   * @returns {HTMLElement}
   */
  #controls(recorder, signal) {
    const template = partOf(this, "template", HTMLTemplateElement);
    const controls = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    const pause = partOf(controls, "[data-pause]", HTMLButtonElement);
    const time = partOf(controls, "[data-time]", HTMLElement);
    const note = partOf(controls, "[data-note]", HTMLElement);
    const watch = new StopWatch();
    const track = recorder.stream.getAudioTracks()[0];
    const show = () => {
      const { state } = recorder;
      controls.dataset.state = state;
      pause.textContent = state === "paused" ? this.#text.resume : this.#text.pause;
      note.textContent = state === "paused" ? this.#text.paused : track.muted ? this.#text.interrupted : "";
      if (state === "recording") watch.start();
      else watch.stop();
    };
    for (const name of ["start", "pause", "resume"]) recorder.addEventListener(name, show, { signal });
    for (const name of ["mute", "unmute"]) track.addEventListener(name, show, { signal });
    pause.addEventListener("click", () => (recorder.state === "paused" ? recorder.resume() : recorder.pause()), { signal });
    partOf(controls, "[data-finish]", HTMLElement).addEventListener("click", () => recorder.stop(), { signal, once: true });
    const timer = setInterval(() => (time.textContent = clock(watch.ms)), 250);
    signal.addEventListener("abort", () => clearInterval(timer));
    return controls;
  }

  /** Sends what was kept, unless another page is at it. */
  async #sendKept() {
    for (const kept of await listKept(this.dataset.user ?? "")) {
      const release = await lock(kept.id);
      if (!release) continue;
      const chunks = await chunksOf(kept.id);
      const forget = () => void forgetFile(kept.id).then(release);
      if (!chunks.length) forget();
      else this.#hand({ file: fileOf(kept, chunks), controls: null, forget, fields: kept.grows ? kept.fields : null });
    }
  }
}

/**
 * @param {KeptFile} kept
 * @param {Blob[]} chunks
 */
function fileOf(kept, chunks) {
  if (!kept.grows) return new File(chunks, kept.name, kept);
  const file = new GrowingFile(kept.name, kept);
  for (const chunk of chunks) file.add(chunk);
  file.end();
  file.accepted = kept.accepted;
  file.onAccepted = (accepted) => void keepFile({ ...kept, accepted });
  return file;
}

/**
 * @param {GrowingFile} file
 * @param {string} by
 * @returns {KeptFile}
 */
const recordOf = ({ name, type, lastModified }, by) => ({ id: requestKey(), by, name, type, lastModified, grows: true, accepted: 0, fields: {} });

/** `2026-11-28 18:40`, here. @param {Date} date */
function timeOf(date) {
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Time that was recorded, without pauses. */
class StopWatch {
  #before = 0;
  /** @type {number | null} */
  #since = null;

  start() {
    this.#since ??= performance.now();
  }

  stop() {
    this.#before = this.ms;
    this.#since = null;
  }

  get ms() {
    return this.#before + (this.#since === null ? 0 : performance.now() - this.#since);
  }
}

/**
 * Claims a file for this page, as long as it is open.
 * @param {string} id
 * @returns {Promise<(() => void) | null>} releases it; null if another page has it
 */
function lock(id) {
  if (!navigator.locks) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    void navigator.locks.request(`flashweb.${id}`, { ifAvailable: true }, (held) => {
      if (!held) return resolve(null);
      return new Promise((release) => resolve(() => release(undefined)));
    });
  });
}

/**
 * How loud it is, as `--level` from 0 to 1 on a scale of 50 dB.
 * @param {MediaStream} stream
 * @param {HTMLElement} meter
 * @param {AbortSignal} signal
 */
function showLevel(stream, meter, signal) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const draw = () => {
    if (signal.aborted) return;
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const level = Math.min(1, Math.max(0, 1 + (10 * Math.log10(power + 1e-9)) / 50));
    meter.style.setProperty("--level", level.toFixed(2));
    requestAnimationFrame(draw);
  };
  draw();
  signal.addEventListener("abort", () => void context.close());
}

/** Keeps the screen on: most phones stop a recording when it goes off. @param {AbortSignal} signal */
function stayAwake(signal) {
  /** @type {WakeLockSentinel | undefined} */
  let held;
  const ask = async () => {
    if (document.hidden) return;
    held = await navigator.wakeLock?.request("screen").catch(() => undefined);
    if (signal.aborted) void held?.release();
  };
  void ask();
  document.addEventListener("visibilitychange", () => void ask(), { signal });
  signal.addEventListener("abort", () => void held?.release());
}

customElements.define("audio-recorder", AudioRecorder);
