// @ts-check
/** The speakers of the transcript: their names, their number keys, and what can be done with them. */

import { register } from "../lib/commands.js";
import { fill } from "../lib/format.js";
import { strings } from "../lib/html.js";
import { MOST_KEYS, numbered, runFrom, shares } from "../lib/speakers.js";
import { transcript } from "../lib/transcript.js";
import { change, chosen, known, rowsOf, send } from "./marks.js";

const text = strings("review-strings");

class Speakers {
  /** @type {Map<string, number>} */
  #numbers = new Map();
  /** Those who were added here and may have no row yet. @type {Set<string>} */
  #added = new Set();

  /** @param {string} id */
  of(id) {
    return known.get(id) ?? null;
  }

  /** Those with rows, and those just added, with their shares and number keys. */
  list() {
    const rows = transcript().rows.map(({ element, start, end }) => ({ speaker: element.dataset.speaker ?? "", start, end }));
    const has = shares(rows);
    const listed = [...known.values()].filter(({ id }) => has.has(id) || this.#added.has(id));
    this.#numbers = numbered(listed, this.#numbers);
    return listed
      .map((speaker) => ({ ...speaker, rows: 0, ms: 0, ...has.get(speaker.id), number: this.#numbers.get(speaker.id) ?? 0 }))
      .sort((one, other) => (one.number || 99) - (other.number || 99) || Number(one.id) - Number(other.id));
  }

  /** Another speaker of this name. @param {string} id @param {string} name */
  namesake(id, name) {
    return this.list().find((speaker) => speaker.id !== id && speaker.shown === name) ?? null;
  }

  /**
   * The row and those below it that have the same speaker.
   * @param {HTMLElement} row
   * @returns {HTMLElement[]}
   */
  run(row) {
    const elements = transcript().rows.map(({ element }) => element);
    const index = elements.indexOf(row);
    const names = elements.map(({ dataset }) => ({ speaker: dataset.speaker ?? "" }));
    return index < 0 ? [row] : elements.slice(index, index + runFrom(names, index));
  }

  /**
   * @param {HTMLElement[]} rows
   * @param {string} id
   */
  assign(rows, id) {
    const name = this.of(id)?.shown ?? "";
    return change(rows, this.#url("assign"), { speaker: id }, name);
  }

  /**
   * To the speaker of that name, or a new one.
   * @param {HTMLElement[]} rows
   * @param {string} name
   * @param {number} [number] that a new one is to have, where it is free
   */
  async assignNew(rows, name, number = 0) {
    const before = new Set(known.keys());
    const changed = await change(rows, this.#url("assign"), { name }, name || text.new_speaker);
    const id = [...known.keys()].find((one) => !before.has(one));
    if (id && number && ![...this.#numbers.values()].includes(number)) this.#numbers.set(id, number);
    document.dispatchEvent(new CustomEvent("speakers:changed"));
    return changed;
  }

  /** @param {string} id @param {string} name */
  rename(id, name) {
    const base = this.of(id)?.name ?? "";
    return send(`/speakers/${id}/name/`, () => ({ name, base_name: base }), text.renamed);
  }

  /** @param {string} id @param {string} into */
  merge(id, into) {
    const fields = { into };
    return change(rowsOf(id), `/speakers/${id}/merge/`, fields, fill(text.merged, { name: this.of(into)?.shown ?? "" }));
  }

  /** @param {string} name */
  async add(name) {
    const before = new Set(known.keys());
    await send(this.#url("speakers"), () => ({ name }), text.added);
    for (const id of known.keys()) if (!before.has(id) || this.of(id)?.shown === name) this.#added.add(id);
    document.dispatchEvent(new CustomEvent("speakers:changed"));
  }

  /** @param {number} number of the key */
  async press(number) {
    const rows = chosen();
    if (!rows.length) return;
    const speaker = this.list().find((one) => one.number === number);
    if (speaker) await this.assign(rows, speaker.id);
    else document.dispatchEvent(new CustomEvent("speaker:wanted", { detail: { rows, number } }));
  }

  /** @param {string} what */
  #url(what) {
    return `${location.pathname}${what}/`;
  }
}

export const speakers = new Speakers();

if (transcript().hasAttribute("data-may-edit")) {
  const keys = Array.from({ length: MOST_KEYS }, (_none, index) => [`speaker_${index + 1}`, () => speakers.press(index + 1)]);
  register(Object.fromEntries(keys));
}

