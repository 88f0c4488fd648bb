// @ts-check
import { get } from "../lib/http.js";

/**
 * Where fillers and repetitions are in the rows, as the server finds them. A row that has changed has none until they are
 * loaded again.
 */
export class Fillers {
  name = "fillers";
  #url;
  /** By the id of the row, from and to of each in turn. @type {Record<string, number[]>} */
  #rows = {};

  /** @param {string} url */
  constructor(url) {
    this.#url = url;
  }

  load = async () => {
    const response = await get(this.#url).catch(() => null);
    if (response?.ok) this.#rows = (await response.json()).rows;
  };

  /** @type {(id: string) => [number, number][]} */
  stretchesIn = (id) => {
    const ends = this.#rows[id] ?? [];
    return Array.from({ length: ends.length / 2 }, (_none, number) => [ends[2 * number], ends[2 * number + 1]]);
  };
}
