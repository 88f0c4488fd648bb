// @ts-check
/** The waveform: pairs of signed bytes, the lowest and the highest sample of each fiftieth of a second. */

export const PAIRS_PER_SECOND = 50;
const BLOCK_MS = 60_000;
const BLOCK_BYTES = (BLOCK_MS / 1000) * PAIRS_PER_SECOND * 2;
const RETRY_MS = 5000;

/** Fetches the waveform in blocks as they are wanted, and keeps them. */
export class Peaks {
  #url;
  #fetch;
  #signal;
  /** @type {Set<number>} */
  #asked = new Set();

  /**
   * @param {string} url whose ranges are asked for
   * @param {number} durationMs
   * @param {{fetch?: typeof globalThis.fetch, signal?: AbortSignal}} [options]
   */
  constructor(url, durationMs, { fetch = (...call) => globalThis.fetch(...call), signal } = {}) {
    this.#url = url;
    this.#fetch = fetch;
    this.#signal = signal;
    /** Lowest and highest in turn, of the whole recording; 0 where nothing has come yet. */
    this.values = new Int8Array(2 * Math.ceil((durationMs / 1000) * PAIRS_PER_SECOND));
    /** Called when more of them have come. */
    this.onBlock = () => {};
  }

  /**
   * Sees to it that these milliseconds come.
   * @param {number} from
   * @param {number} to
   */
  want(from, to) {
    const last = Math.min(Math.floor(to / BLOCK_MS), Math.ceil(this.values.length / BLOCK_BYTES) - 1);
    for (let block = Math.max(0, Math.floor(from / BLOCK_MS)); block <= last; block += 1) {
      if (!this.#asked.has(block)) void this.#ask(block);
    }
  }

  /** @param {number} block */
  async #ask(block) {
    this.#asked.add(block);
    const first = block * BLOCK_BYTES;
    const end = Math.min(first + BLOCK_BYTES, this.values.length);
    try {
      const headers = { Range: `bytes=${first}-${end - 1}` };
      const response = await this.#fetch(this.#url, { headers, signal: this.#signal });
      if (!response.ok) throw new Error(String(response.status));
      const bytes = new Int8Array(await response.arrayBuffer());
      // A server without ranges sends everything.
      this.values.set(response.status === 206 ? bytes.subarray(0, end - first) : bytes.subarray(first, end), first);
      this.onBlock();
    } catch {
      // Without it the line is flat; it is asked for again if it is still wanted by then.
      if (!this.#signal?.aborted) setTimeout(() => this.#asked.delete(block), RETRY_MS);
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
