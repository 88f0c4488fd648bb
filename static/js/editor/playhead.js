// @ts-check
/**
 * Says which row and word are being spoken. A timer wakes it at the next change, so that nothing runs in between and
 * the frame that is painted next already shows the new word. Where the sound's own clock has jumped, as after a stall,
 * `timeupdate` wakes it within a quarter of a second.
 */

const LONGEST_SLEEP_MS = 2000;
const EVENTS = [
  "play", "playing", "pause", "seeking", "seeked", "ratechange",
  "timeupdate", "ended", "loadedmetadata", "emptied",
];

export class Playhead {
  #audio;
  #timeline;
  #wordsOf;
  #tell;
  #timer = 0;

  /**
   * @param {HTMLAudioElement} audio
   * @param {import("../lib/timeline.js").Timeline} timeline
   * @param {(row: {id: string, start: number}) => import("../lib/words.js").Words | null} wordsOf
   * @param {(moment: import("../lib/timeline.js").Moment) => void} tell
   * @param {AbortSignal} signal
   */
  constructor(audio, timeline, wordsOf, tell, signal) {
    this.#audio = audio;
    this.#timeline = timeline;
    this.#wordsOf = wordsOf;
    this.#tell = tell;
    for (const name of EVENTS) audio.addEventListener(name, this.wake, { signal });
    signal.addEventListener("abort", () => this.#stopTimer());
  }

  /** The rows were arranged anew. @param {import("../lib/timeline.js").Timeline} timeline */
  follow(timeline) {
    this.#timeline = timeline;
    this.wake();
  }

  /** Looks where the playhead is, and plans the next look. */
  wake = () => {
    this.#stopTimer();
    const ms = Math.round(this.#audio.currentTime * 1000);
    const moment = this.#timeline.at(ms, this.#wordsOf);
    this.#tell(moment);
    if (this.#audio.paused || this.#audio.ended) return;
    const wait = Math.min((moment.next - ms) / this.#audio.playbackRate, LONGEST_SLEEP_MS);
    this.#timer = window.setTimeout(this.wake, Math.ceil(wait));
  };

  #stopTimer() {
    clearTimeout(this.#timer);
  }
}
