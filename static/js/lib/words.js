// @ts-check
/** Word times of one row, unpacked when first needed. Offsets count UTF-16 units, times are milliseconds. */

/**
 * Four whole numbers a word: the distance from the end of the word before, the length (both in UTF-16 units), the
 * pause since the end of the word before, the duration (both in ms). `e` names the words with estimated times.
 * @typedef {{w: number[], e?: number[]}} Packed
 * @typedef {{from: Uint32Array, to: Uint32Array, start: Int32Array, end: Int32Array, estimated: Set<number>}} Words
 */

/**
 * @param {Packed} packed
 * @param {number} startMs where the row starts
 * @returns {Words}
 */
export function unpack(packed, startMs) {
  const count = packed.w.length / 4;
  const words = {
    from: new Uint32Array(count),
    to: new Uint32Array(count),
    start: new Int32Array(count),
    end: new Int32Array(count),
    estimated: new Set(packed.e ?? []),
  };
  let unit = 0;
  let time = startMs;
  for (let word = 0, at = 0; word < count; word += 1, at += 4) {
    words.from[word] = unit + packed.w[at];
    words.to[word] = unit = words.from[word] + packed.w[at + 1];
    words.start[word] = time + packed.w[at + 2];
    words.end[word] = time = words.start[word] + packed.w[at + 3];
  }
  return words;
}

/**
 * The last index whose value is at most `value`; -1 where there is none. The values never fall.
 * @param {ArrayLike<number>} values
 * @param {number} value
 */
export function lastAtMost(values, value) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * The word that a character belongs to: punctuation and spaces go with the word before them, or with the first.
 * @param {Words} words
 * @param {number} offset of the character
 * @returns {number} -1 in a row without words
 */
export function wordAtOffset(words, offset) {
  return words.from.length ? Math.max(0, lastAtMost(words.from, offset)) : -1;
}

/** The words of a whole transcript; each row is unpacked once, when the playhead or a click first comes to it. */
export class WordTimes {
  /** @type {Map<string, Packed>} */
  #packed;
  /** @type {Map<string, Words>} */
  #unpacked = new Map();

  /** @param {Record<string, Packed>} rows */
  constructor(rows = {}) {
    this.#packed = new Map(Object.entries(rows));
  }

  /** @param {string} id */
  isEstimated(id) {
    return Boolean(this.#packed.get(id)?.e?.length);
  }

  /**
   * @param {string} id
   * @param {number} startMs
   * @returns {Words | null}
   */
  of(id, startMs) {
    const known = this.#unpacked.get(id);
    if (known) return known;
    const packed = this.#packed.get(id);
    if (!packed) return null;
    const words = unpack(packed, startMs);
    this.#packed.delete(id);
    this.#unpacked.set(id, words);
    return words;
  }

  /**
   * The rows were moved together with their words. Packed times are those since the start of the row.
   * @param {string[]} ids
   * @param {number} by in ms
   */
  shift(ids, by) {
    for (const { start, end } of ids.flatMap((id) => this.#unpacked.get(id) ?? [])) {
      for (let word = 0; word < start.length; word += 1) {
        start[word] += by;
        end[word] += by;
      }
    }
  }

  /**
   * The words of a row with estimated times, as stretches of its text. Nothing is kept of that.
   * @param {string} id
   * @returns {[number, number][]}
   */
  estimatedIn(id) {
    const packed = this.#packed.get(id);
    const words = this.#unpacked.get(id) ?? (packed?.e?.length ? unpack(packed, 0) : null);
    return words ? Array.from(words.estimated, (word) => [words.from[word], words.to[word]]) : [];
  }

  /**
   * @param {string} id
   * @param {Packed} packed
   */
  set(id, packed) {
    this.#unpacked.delete(id);
    this.#packed.set(id, packed);
  }

  /**
   * Forgets a row whose text is no longer the one that its words were timed for.
   * @param {string} id
   */
  forget(id) {
    this.#unpacked.delete(id);
    this.#packed.delete(id);
  }
}
