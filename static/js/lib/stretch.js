// @ts-check
/** One stretch of a sound, played to its end and no further. */

/** Players don't seek to the millisecond. */
const NEAR_MS = 60;

/**
 * Stops the sound at the end of a stretch that has just begun to play. Who pauses it, or goes elsewhere in it, ends that.
 */
export class Stretch {
  #audio;
  #changed;
  /** @type {{start: number, end: number} | null} ms */
  #bounds = null;
  #timer = 0;

  /**
   * @param {HTMLAudioElement} audio
   * @param {AbortSignal} signal
   * @param {(plays: boolean) => void} changed told when a stretch begins and ends
   */
  constructor(audio, signal, changed) {
    this.#audio = audio;
    this.#changed = changed;
    for (const name of ["playing", "seeked", "ratechange", "timeupdate"]) audio.addEventListener(name, () => this.#watch(), { signal });
    for (const name of ["pause", "ended"]) audio.addEventListener(name, () => this.leave(), { signal });
    audio.addEventListener("seeking", () => this.#isWithin() || this.leave(), { signal });
    signal.addEventListener("abort", () => this.leave());
  }

  /** @param {number} start in ms, where the sound plays from by now @param {number} end */
  hold(start, end) {
    this.leave();
    this.#bounds = { start, end };
    this.#changed(true);
    this.#watch();
  }

  leave() {
    clearTimeout(this.#timer);
    if (!this.#bounds) return;
    this.#bounds = null;
    this.#changed(false);
  }

  get #ms() {
    return this.#audio.currentTime * 1000;
  }

  #isWithin() {
    return Boolean(this.#bounds && this.#ms > this.#bounds.start - NEAR_MS && this.#ms < this.#bounds.end + NEAR_MS);
  }

  #watch() {
    clearTimeout(this.#timer);
    if (!this.#bounds || this.#audio.paused) return;
    const { end } = this.#bounds;
    const left = end - this.#ms;
    if (left > 0) {
      this.#timer = setTimeout(() => this.#watch(), Math.ceil(left / this.#audio.playbackRate));
      return;
    }
    this.leave();
    this.#audio.pause();
    this.#audio.currentTime = end / 1000;
  }
}
