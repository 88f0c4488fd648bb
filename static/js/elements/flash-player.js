// @ts-check
import { clock, fill } from "../lib/format.js";
import { coloursOf, partOf, strings } from "../lib/html.js";
import { Peaks, drawn, loudest } from "../lib/peaks.js";
import { ownPreferences } from "../lib/preferences.js";
import { SPEEDS, remembered, stepped } from "../lib/speeds.js";
import { storage } from "../lib/storage.js";
import { findTranscript } from "../lib/transcript.js";

const preferences = ownPreferences();
const FOLDED = "flashweb.zoom-folded";
/** What playback copies are. */
const PLAYBACK = 'audio/mp4; codecs="mp4a.40.2"';
const ASK_MS = 500;
/** There the room belongs to the text. */
const PHONE = "(max-width: 40rem)";
/** Seconds by which keys wind on the overview. @type {Record<string, number>} */
const WINDS = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 };

/**
 * `<flash-player data-audio data-peaks data-overview-peaks data-duration>` (ms): the tape deck of the page's one `<audio>`, which keeps the
 * time. Event: `player:jump` when the playhead was put elsewhere on a waveform.
 */
export class FlashPlayer extends HTMLElement {
  /** @type {HTMLAudioElement} */
  audio;
  #abort = new AbortController();
  #store = storage();
  #text = strings("editor-strings");
  /** @type {{destroy(): void, setOptions(options: object): void} | null} */
  #wave = null;
  #second = -1;
  /** Where the sound stood when it failed, in seconds. */
  #failed = Infinity;
  #asking = 0;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.audio = /** @type {HTMLAudioElement} */ (document.querySelector("audio"));
    const { audio } = this;
    this.#speeds(signal);
    if (!audio.getAttribute("src")) audio.src = this.dataset.audio ?? "";
    for (const name of ["play", "pause", "ended", "emptied"]) {
      audio.addEventListener(name, () => this.#showPlaying(), { signal });
    }
    for (const name of ["timeupdate", "seeking"]) audio.addEventListener(name, () => this.#showTime(), { signal });
    audio.addEventListener("error", () => this.#showSilence(), { signal });
    audio.addEventListener("timeupdate", () => this.#withdrawSilence(), { signal });
    audio.addEventListener("play", () => audio.canPlayType(PLAYBACK) || this.#showSilence(), { signal });
    if (audio.error) this.#showSilence();
    partOf(this, "[data-fold]", HTMLElement).addEventListener("click", () => this.#turnFold(), { signal });
    partOf(this, "[data-overview]", HTMLElement).addEventListener("keydown", (event) => this.#windByKey(event), { signal });
    document.addEventListener("theme:changed", () => this.#recolour(), { signal });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#recolour(), { signal });
    this.#setFolded((this.#store.getItem(FOLDED) ?? (matchMedia(PHONE).matches ? "yes" : "no")) === "yes");
    this.#showPlaying();
    this.#showTime();
    void this.#loadWaveforms();
  }

  disconnectedCallback() {
    this.#abort.abort();
    clearInterval(this.#asking);
    this.#wave?.destroy();
    this.#wave = null;
  }

  get #durationMs() {
    return Number(this.dataset.duration) || (this.audio.duration || 0) * 1000;
  }

  /** @param {number} seconds */
  skip(seconds) {
    if (this.audio) this.audio.currentTime = Math.max(0, this.audio.currentTime + seconds);
  }

  /** @param {1 | -1} by */
  step(by) {
    this.setSpeed(stepped(this.audio.playbackRate ?? 1, by));
  }

  /** @param {AbortSignal} signal */
  #speeds(signal) {
    const select = partOf(this, "[data-speed]", HTMLSelectElement);
    select.replaceChildren(...SPEEDS.map((speed) => new Option(`${speed}×`, String(speed))));
    select.addEventListener("change", () => this.setSpeed(Number(select.value)), { signal });
    this.setSpeed(remembered(String(preferences.values.speed / 100)));
  }

  /** @param {number} speed */
  setSpeed(speed) {
    if (!this.audio) return;
    this.audio.preservesPitch = true;
    this.audio.defaultPlaybackRate = speed; // What loading another source goes back to.
    this.audio.playbackRate = speed;
    partOf(this, "[data-speed]", HTMLSelectElement).value = String(speed);
    const percent = Math.round(speed * 100);
    if (percent !== preferences.values.speed) preferences.set({ speed: percent });
  }

  #showPlaying() {
    const playing = Boolean(this.audio && !this.audio.paused && !this.audio.ended);
    const button = partOf(this, "[data-command=play]", HTMLElement);
    this.toggleAttribute("data-playing", playing);
    button.setAttribute("aria-label", (playing ? button.dataset.labelPause : button.dataset.labelPlay) ?? "");
  }

  /** The clock moves once a second, whatever the audio element reports. */
  #showTime() {
    const ms = (this.audio.currentTime ?? 0) * 1000;
    const second = Math.floor(ms / 1000);
    if (second === this.#second) return;
    this.#second = second;
    const slider = partOf(this, "[data-overview]", HTMLElement);
    partOf(this, "[data-now]", HTMLElement).textContent = clock(ms);
    slider.setAttribute("aria-valuenow", String(Math.round(ms)));
    const values = { time: clock(ms), duration: clock(this.#durationMs) };
    slider.setAttribute("aria-valuetext", fill(this.#text.position, values));
  }

  /** @param {KeyboardEvent} event */
  #windByKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !this.audio) return;
    if (event.key in WINDS) this.skip(WINDS[event.key]);
    else if (event.key === "Home") this.audio.currentTime = 0;
    else if (event.key === "End") this.audio.currentTime = this.#durationMs / 1000;
    else return;
    event.preventDefault();
    this.#reportJump();
  }

  #reportJump() {
    this.dispatchEvent(new CustomEvent("player:jump", { bubbles: true }));
  }

  get #folded() {
    return this.hasAttribute("data-folded");
  }

  /** @param {boolean} folded */
  #setFolded(folded) {
    this.toggleAttribute("data-folded", folded);
    partOf(this, "[data-fold]", HTMLElement).setAttribute("aria-expanded", String(!folded));
  }

  #turnFold() {
    this.#setFolded(!this.#folded);
    this.#store.setItem(FOLDED, this.#folded ? "yes" : "no");
  }

  async #loadWaveforms() {
    const { signal } = this.#abort;
    try {
      await customElements.whenDefined("wave-zoom"); // The panels come first.
      const [{ default: WaveSurfer }, response] = await Promise.all([
        import("../../vendor/wavesurfer/wavesurfer.esm.js"),
        fetch(this.dataset.overviewPeaks ?? "", { signal }),
      ]);
      if (!response.ok) throw new Error(String(response.status));
      const overview = new Int8Array(await response.arrayBuffer());
      if (!signal.aborted) this.#drawOverview(WaveSurfer, overview);
    } catch {
      if (!signal.aborted) this.#showTrouble(this.#text.no_waveform);
    }
  }

  /**
   * @param {typeof import("../../vendor/wavesurfer/wavesurfer.esm.js").default} WaveSurfer
   * @param {Int8Array} overview pairs as in `Peaks`, of longer times
   */
  #drawOverview(WaveSurfer, overview) {
    const nonce = document.querySelector("script[nonce]");
    const wave = WaveSurfer.create({
      container: partOf(this, "[data-overview]", HTMLElement),
      media: this.audio,
      url: this.audio.src,
      peaks: [drawn(overview)],
      duration: this.#durationMs / 1000,
      height: "auto",
      normalize: true,
      dragToSeek: true,
      hideScrollbar: true,
      autoScroll: false,
      autoCenter: false,
      cursorWidth: 2,
      cspNonce: nonce instanceof HTMLElement ? nonce.nonce : "",
      ...this.#waveColours(),
    });
    // WaveSurfer only notes the time until the sound could be played, which WebKit says of no paused sound.
    wave.on("interaction", (seconds) => {
      this.audio.currentTime = seconds;
      this.#reportJump();
    });
    this.#wave = wave;
    const rows = findTranscript()?.rows ?? [];
    const peaks = new Peaks(this.dataset.peaks ?? "", this.#durationMs, { signal: this.#abort.signal });
    this.querySelector("wave-zoom")?.load(peaks, loudest(overview), this.#durationMs, rows);
  }

  #waveColours() {
    return coloursOf(this, { waveColor: "--wave-ahead", progressColor: "--wave", cursorColor: "--amber-mark" });
  }

  #recolour() {
    this.#wave?.setOptions(this.#waveColours());
  }

  /** Why nothing is heard. Firefox says that it can play everything until its decoders are there, so it is asked again. */
  #showSilence() {
    this.#failed = this.audio.currentTime;
    clearInterval(this.#asking);
    if (!this.audio.canPlayType(PLAYBACK)) return this.#showTrouble(this.#text.no_aac);
    this.#showTrouble(this.#text.no_sound);
    this.#asking = window.setInterval(() => {
      if (this.#status !== this.#text.no_sound) clearInterval(this.#asking);
      else if (!this.audio.canPlayType(PLAYBACK)) this.#showSilence();
    }, ASK_MS);
  }

  get #status() {
    return document.querySelector("[data-status]")?.textContent;
  }

  /** Firefox reports an error when there is no sound device, or no longer one, and plays on. */
  #withdrawSilence() {
    const { currentTime, paused } = this.audio;
    if (paused || currentTime <= this.#failed) return;
    this.#failed = Infinity;
    if (this.#status === this.#text.no_sound || this.#status === this.#text.no_aac) findTranscript()?.say("");
  }

  /** @param {string} sentence */
  #showTrouble(sentence) {
    findTranscript()?.say(sentence, "failed");
  }
}

customElements.define("flash-player", FlashPlayer);
