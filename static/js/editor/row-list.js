// @ts-check
/** The rows of the page, in the order of their starts. */

import { clock } from "../lib/format.js";

/** @typedef {import("../lib/transcript.js").Row} Row */

export class RowList {
  /** @type {Row[]} */
  rows;
  #root;
  /** @type {Map<string, Row>} */
  #byId;
  #disordered = false;

  /** @param {HTMLElement} root in which they stand, in groups */
  constructor(root) {
    this.#root = root;
    this.rows = Array.from(root.querySelectorAll("[data-utterance]"), (row) => entryOf(/** @type {HTMLElement} */ (row)));
    this.#byId = new Map(this.rows.map((row) => [row.id, row]));
  }

  /** @param {string} id */
  of(id) {
    return this.#byId.get(id) ?? null;
  }

  /**
   * The row came anew, with other times perhaps.
   * @param {Row} row
   * @param {HTMLElement} fresh
   */
  replace(row, fresh) {
    const { start, end } = entryOf(fresh);
    if (start !== row.start || end !== row.end) this.#disordered = true;
    Object.assign(row, { element: fresh, start, end });
  }

  /**
   * The rows were moved.
   * @param {string[]} ids
   * @param {number} by in ms
   */
  shift(ids, by) {
    for (const row of ids.flatMap((id) => this.of(id) ?? [])) {
      const { element } = row;
      Object.assign(row, { start: row.start + by, end: row.end + by });
      element.dataset.start = String(row.start);
      element.dataset.end = String(row.end);
      const time = element.querySelector("[data-play]");
      if (time) time.textContent = clock(row.start);
      this.#disordered = true;
    }
  }

  /** @param {HTMLElement} fresh */
  insert(fresh) {
    const row = entryOf(fresh);
    this.rows.push(row);
    this.#byId.set(row.id, row);
    this.#root.append(fresh);
    this.#disordered = true;
    return row;
  }

  /** @param {Row} row */
  remove({ id, element }) {
    element.remove();
    this.#byId.delete(id);
    this.#disordered = true;
  }

  /** Puts the rows in their order. @returns {boolean} whether they may have stood in another one */
  arrange() {
    if (!this.#disordered) return false;
    this.#disordered = false;
    this.rows = [...this.#byId.values()].sort((one, other) => one.start - other.start || Number(one.id) - Number(other.id));
    let before = null;
    for (const { element } of this.rows) {
      if (before ? rowAfter(before) !== element : this.#root.querySelector("[data-utterance]") !== element) {
        if (before) before.after(element);
        else (this.#root.querySelector(".rows") ?? this.#root).prepend(element);
      }
      before = element;
    }
    return true;
  }
}

/**
 * The row that stands after another one, in its group or in the next.
 * @param {HTMLElement} row
 */
function rowAfter(row) {
  let next = row.nextElementSibling;
  for (let group = row.closest(".rows")?.nextElementSibling; !next && group; group = group.nextElementSibling) {
    next = group.matches(".rows") ? group.firstElementChild : group;
  }
  return next;
}

/** @param {HTMLElement} element @returns {Row} */
function entryOf(element) {
  // Not by `dataset`, which makes an object of its own for each of some thousand rows.
  const of = (/** @type {string} */ name) => element.getAttribute(`data-${name}`) ?? "";
  return { id: of("utterance"), start: Number(of("start")), end: Number(of("end")), element };
}
