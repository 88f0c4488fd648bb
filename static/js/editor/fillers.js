// @ts-check
import { get } from "../lib/http.js";

/** What the server takes of rows to look at in one request. */
const MOST_ROWS = 100;

/**
 * Where fillers and repetitions are in the rows, as the server finds them. A row that has changed keeps its old places until
 * they are loaded again.
 */
export class Fillers {
  #url;
  /** By the id of the row, from and to of each in turn. @type {Record<string, number[]>} */
  #rows = {};
  /** By the id of the row, what a text without them leaves out: from, to, and what it has instead. @type {Record<string, [number, number, string][]>} */
  #hidden = {};

  /** @param {string} url */
  constructor(url) {
    this.#url = url;
  }

  /** @param {Iterable<string>} [changed] the rows to look at again, or all */
  async load(changed = []) {
    const ids = [...changed];
    const some = ids.length > 0 && ids.length <= MOST_ROWS;
    const query = some ? `?${new URLSearchParams(ids.map((id) => ["id", id]))}` : "";
    const response = await get(this.#url + query).catch(() => null);
    if (!response?.ok) return;
    const { rows, hidden } = await response.json();
    if (some) for (const id of ids) [this.#rows[id], this.#hidden[id]] = [rows[id] ?? [], hidden[id] ?? []];
    else [this.#rows, this.#hidden] = [rows, hidden];
  }

  /** @param {string} id @returns {[number, number][]} */
  stretchesIn(id) {
    const ends = this.#rows[id] ?? [];
    return Array.from({ length: ends.length / 2 }, (_none, number) => [ends[2 * number], ends[2 * number + 1]]);
  }

  /** @param {string} id */
  hiddenIn(id) {
    return this.#hidden[id] ?? [];
  }
}
