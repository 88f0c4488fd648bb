// @ts-check
/** The waveform: pairs of signed bytes, the lowest and the highest sample of each fiftieth of a second. */

export const PAIRS_PER_SECOND = 50;
const PIECE_MS = 60_000;
const PIECE_BYTES = (PIECE_MS / 1000) * PAIRS_PER_SECOND * 2;
const RETRY_MS = 5000;

/** Fetches the waveform in pieces as they are wanted, and keeps them. */
export class Peaks {
  #url;
  #fetch;
  #signal;
  /** @type {Set<number>} */
  #asked = new Set();

  /**
   * @param {string} url whose ranges are asked for
   * @param {number} durationMs
   * @param {{fetch?: typeof fetch, signal?: AbortSignal}} [options]
   */
  constructor(url, durationMs, { fetch = (...call) => globalThis.fetch(...call), signal } = {}) {
    this.#url = url;
    this.#fetch = fetch;
    this.#signal = signal;
    /** Lowest and highest in turn, of the whole recording; 0 where nothing has come yet. */
    this.values = new Int8Array(2 * Math.ceil((durationMs / 1000) * PAIRS_PER_SECOND));
    /** Called when more of them have come. */
    this.onPiece = () => {};
  }

  /**
   * Sees to it that these milliseconds come.
   * @param {number} from
   * @param {number} to
   */
  want(from, to) {
    const last = Math.min(Math.floor(to / PIECE_MS), Math.ceil(this.values.length / PIECE_BYTES) - 1);
    for (let piece = Math.max(0, Math.floor(from / PIECE_MS)); piece <= last; piece += 1) {
      if (!this.#asked.has(piece)) void this.#ask(piece);
    }
  }

  /** @param {number} piece */
  async #ask(piece) {
    this.#asked.add(piece);
    const first = piece * PIECE_BYTES;
    const end = Math.min(first + PIECE_BYTES, this.values.length);
    try {
      const headers = { Range: `bytes=${first}-${end - 1}` };
      const response = await this.#fetch(this.#url, { headers, signal: this.#signal });
      if (!response.ok) throw new Error(String(response.status));
      const bytes = new Int8Array(await response.arrayBuffer());
      // Who knows no ranges sends everything.
      this.values.set(response.status === 206 ? bytes.subarray(0, end - first) : bytes.subarray(first, end), first);
      this.onPiece();
    } catch {
      // Without it the line is flat; it is asked for again if it is still wanted by then.
      if (!this.#signal?.aborted) setTimeout(() => this.#asked.delete(piece), RETRY_MS);
    }
  }
}

/**
 * The pairs as wavesurfer wants them: the values from -1 to 1.
 * @param {Int8Array} pairs
 */
export const drawn = (pairs) => Float32Array.from(pairs, (value) => value / 128);

/**
 * The loudest value, by which quiet recordings are drawn larger; never 0.
 * @param {Int8Array} peaks
 */
export function loudest(peaks) {
  let most = 1;
  for (const value of peaks) most = Math.max(most, Math.abs(value));
  return most / 128;
}
