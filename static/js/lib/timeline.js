// @ts-check
/** Which row and which word are being spoken at a time, and when that changes next. Times are milliseconds. */

import { lastAtMost } from "./words.js";

/**
 * `row` is the row being spoken, or the one spoken last; `word` is -1 where none of its words is being spoken.
 * `next` is when either changes, Infinity after the end.
 * @typedef {{row: number, word: number, next: number}} Moment
 */

export class Timeline {
  /** @param {{id: string, start: number, end: number}[]} rows in the order of their starts; they may overlap */
  constructor(rows) {
    this.rows = rows;
    this.starts = Float64Array.from(rows, (row) => row.start);
    // The latest end up to each row: says when to stop looking back for a row that is still being spoken.
    this.latest = new Float64Array(rows.length);
    rows.forEach((row, index) => {
      this.latest[index] = Math.max(row.end, index ? this.latest[index - 1] : 0);
    });
  }

  /**
   * @param {number} ms
   * @returns {{row: number, speaking: boolean}}
   */
  rowAt(ms) {
    const last = lastAtMost(this.starts, ms);
    for (let row = last; row >= 0 && this.latest[row] > ms; row -= 1) {
      if (this.rows[row].end > ms) return { row, speaking: true };
    }
    return { row: last, speaking: false };
  }

  /**
   * @param {number} ms
   * @param {(row: {id: string, start: number}) => import("./words.js").Words | null} wordsOf
   * @returns {Moment}
   */
  at(ms, wordsOf) {
    const { row, speaking } = this.rowAt(ms);
    let next = this.starts[lastAtMost(this.starts, ms) + 1] ?? Infinity;
    if (!speaking) return { row, word: -1, next };
    next = Math.min(next, this.rows[row].end);
    const words = wordsOf(this.rows[row]);
    if (!words) return { row, word: -1, next };
    const word = lastAtMost(words.start, ms);
    return { row, word, next: Math.min(next, words.start[word + 1] ?? Infinity) };
  }
}
