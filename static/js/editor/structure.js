// @ts-check
/** What changes rows as a whole: cutting, joining, deleting, inserting, and moving their starts and ends. */

import { register } from "../lib/commands.js";
import { fill, oneLine } from "../lib/format.js";
import { numbersSaid } from "../lib/selection.js";
import { between, codePoints, halves } from "../lib/splicing.js";
import { NUDGE_MS, exactClock, moved } from "../lib/times.js";
import { idOf, numbersOf, rowById, textOf } from "../lib/transcript.js";
import { tell } from "./notices.js";

/** So long after the last nudge it is sent: a row of nudges is one change. */
const NUDGED_MS = 600;

/** Who speaks the row, or "". @param {HTMLElement} row */
function speakerOf(row) {
  return (row.dataset.speaker && row.querySelector(".row-speaker")?.textContent?.split("\n")[0].trim()) || "";
}

/**
 * Where the caret cuts what is typed, and how many code points of the stored text stand before it.
 * @param {HTMLTextAreaElement} field
 */
function cutAt(field) {
  const before = oneLine(field.value).trimEnd();
  const cut = between(before, Math.min(field.selectionStart, before.length));
  const indent = before.length - before.trimStart().length;
  return { before, cut, offset: codePoints(before, cut) - Math.min(indent, cut) };
}

/** @typedef {import("../lib/transcript.js").Bounds} Bounds */
/** @typedef {import("../lib/transcript.js").Transcript} Transcript */

export class Structure {
  #transcript;
  /** Bounds that the server does not have yet. @type {Map<string, Bounds & {timer: number}>} */
  #moves = new Map();
  /** What is under way, if anything. @type {Promise<unknown> | null} */
  #turn = null;

  /**
   * @param {Transcript} transcript
   * @param {AbortSignal} signal
   */
  constructor(transcript, signal) {
    this.#transcript = transcript;
    const leave = register({
      split: () => this.#runInTurn(() => this.split()),
      merge_above: () => this.#runInTurn(() => this.merge(-1)),
      merge_below: () => this.#runInTurn(() => this.merge(1)),
      words_above: () => this.#runInTurn(() => this.passWords(-1)),
      words_below: () => this.#runInTurn(() => this.passWords(1)),
      delete_row: () => this.#runInTurn(() => this.delete()),
      insert_after: () => this.#runInTurn(() => this.insert()),
      start_earlier: () => this.nudge("start", -NUDGE_MS),
      start_later: () => this.nudge("start", NUDGE_MS),
      end_earlier: () => this.nudge("end", -NUDGE_MS),
      end_later: () => this.nudge("end", NUDGE_MS),
    });
    signal.addEventListener("abort", () => {
      leave();
      for (const id of [...this.#moves.keys()]) void this.#sendMove(id);
    });
    document.addEventListener("zoom:moving", (event) => this.#takeDrag(/** @type {CustomEvent} */ (event)), { signal });
    document.addEventListener("zoom:moved", (event) => this.#takeDrag(/** @type {CustomEvent} */ (event)), { signal });
    addEventListener("pagehide", () => [...this.#moves.keys()].forEach((id) => void this.#sendMove(id)), { signal });
  }

  /**
   * At once, or when the page shows what came out of the one before: keys are pressed faster than a server answers.
   * @param {() => Promise<unknown>} doing
   */
  #runInTurn(doing) {
    const turn = (this.#turn ? this.#turn.then(doing) : doing()).catch(() => {}).then(() => {
      if (this.#turn === turn) this.#turn = null;
    });
    this.#turn = turn;
  }

  /** @param {HTMLElement} row */
  #isOpen(row) {
    return this.#transcript.editing.row === row;
  }

  /** @param {string} id */
  #versionOf(id) {
    return Number(rowById(id)?.dataset.version);
  }

  /**
   * Changes the selected rows as one.
   * @param {"merge" | "delete" | "move"} what
   * @param {string} done
   * @param {Record<string, number>} [fields]
   */
  async #changeSelected(what, done, fields = {}) {
    const ids = this.#transcript.selected.map(idOf);
    const numbers = numbersOf(this.#transcript.selected);
    const versions = () => ({ rows: ids.map((id) => `${id}:${this.#versionOf(id)}`).join(","), ...fields });
    const changed = await this.#transcript.change(`${location.pathname}rows/${what}/`, versions, { done, rows: ids });
    if (changed) tell(done, numbers);
    return changed;
  }

  /** Cuts the row being edited at the caret; typing goes on at the beginning of the right half. */
  async split() {
    const { editing, text } = this.#transcript;
    const { row, typing } = editing;
    if (!row || !typing) {
      this.#transcript.edit();
      return this.#transcript.say(text.split_where);
    }
    const id = idOf(row);
    const { before, cut, offset } = cutAt(typing.field);
    const fields = () => ({ base_version: this.#versionOf(id), offset });
    await this.#transcript.change(`/utterances/${id}/split/`, fields, {
      keep: true,
      done: text.was_split,
      rows: [id],
      apply: (html) => {
        if (!this.#isOpen(row)) return editing.applyRows(html);
        const late = halves(before, oneLine(typing.field.value), cut);
        const caret = typing.field.selectionStart - late.left.length;
        const [left, right] = this.#replaceOpen(html);
        if (late.left.trim() !== textOf(left).textContent) editing.write(left, late.left.trim());
        const lead = late.right.length - late.right.trimStart().length;
        const rest = late.right.trimStart();
        editing.open(right, between(rest, Math.max(0, caret - lead)), rest);
        right.dataset.halfOf = idOf(left);
        this.#transcript.following.bring(right);
        return [left, right];
      },
    });
  }

  /**
   * Gives the words before the caret to the row above (-1), or those after it to the row below (1). The field stays open.
   * @param {1 | -1} by
   */
  async passWords(by) {
    const { editing, rows, text } = this.#transcript;
    const { row, typing } = editing;
    if (!row || !typing) {
      this.#transcript.edit();
      return this.#transcript.say(text.pass_where);
    }
    const to = rows[rows.findIndex(({ element }) => element === row) + by];
    if (!to) return this.#transcript.say(text.no_neighbour);
    const id = idOf(row);
    const { offset } = cutAt(typing.field);
    const fields = () => ({ base_version: this.#versionOf(id), offset, to: to.id, to_version: this.#versionOf(to.id) });
    await this.#transcript.change(`/utterances/${id}/pass/`, fields, {
      keep: true,
      done: by < 0 ? text.passed_above : text.passed_below,
      rows: [id, to.id],
      apply: (html) => {
        if (!this.#isOpen(row)) return editing.applyRows(html);
        const changed = this.#replaceOpen(html);
        const kept = rowById(id);
        if (kept) editing.open(kept, by < 0 ? 0 : String(textOf(kept).textContent).length);
        return changed;
      },
    });
  }

  /** Shows an answer's rows in the place of the open one. @param {string} html */
  #replaceOpen(html) {
    this.#transcript.editing.discard();
    return this.#transcript.editing.applyRows(html);
  }

  /**
   * Joins the row with the one above or below it; an open field stays open, with the caret at the seam. Where this gives
   * words to another speaker, a notice says so and offers the way back.
   * @param {1 | -1} by
   */
  async merge(by) {
    const { editing, rows, row, text } = this.#transcript;
    const { selected } = this.#transcript;
    if (selected.length) {
      const words = this.#describeGiven(selected);
      if ((await this.#changeSelected("merge", text.was_merged)) && words) this.#transcript.notify(words, { undo: true });
      return;
    }
    const index = rows.findIndex(({ element }) => element === row);
    const [upper, lower] = by > 0 ? [rows[index], rows[index + 1]] : [rows[index - 1], rows[index]];
    if (!row || !upper || !lower) return this.#transcript.say(text.no_neighbour);
    const fields = () => ({
      base_version: this.#versionOf(upper.id),
      below: lower.id,
      below_version: this.#versionOf(lower.id),
    });
    const open = this.#isOpen(row);
    const given = this.#describeGiven([upper.element, lower.element]);
    const merged = await this.#transcript.change(`/utterances/${upper.id}/merge/`, fields, {
      keep: open,
      done: text.was_merged,
      rows: [upper.id, lower.id],
      apply: (html) => {
        const { typing } = editing;
        if (!open || !typing || !this.#isOpen(row)) return editing.applyRows(html);
        // What was typed while the answer was on its way stands in the place of what was stored.
        const own = String(textOf(row).textContent);
        const late = typing.text !== own;
        const typed = late ? oneLine(typing.field.value) : own;
        const at = typing.field.selectionStart;
        const [one] = this.#replaceOpen(html);
        const whole = String(textOf(one).textContent);
        const before = by > 0 ? "" : whole.slice(0, whole.length - own.length);
        const after = by > 0 ? whole.slice(own.length) : "";
        const seam = before.length + (by > 0 ? typed.length : 0);
        editing.open(one, late ? before.length + at : seam, before + typed + after);
        this.#transcript.following.bring(one);
        return [one];
      },
    });
    if (merged && given) this.#transcript.notify(given, { undo: true });
  }

  /**
   * What merging these rows does to the words of speakers that the first row does not have; "" where it does nothing.
   * @param {HTMLElement[]} rows
   */
  #describeGiven([first, ...below]) {
    const name = speakerOf(first);
    const given = below.filter((row) => speakerOf(row) && row.dataset.speaker !== first.dataset.speaker && textOf(row).textContent);
    if (!given.length) return "";
    const { words_given: one, words_given_rows: several, words_given_nobody: nobody, words_given_rows_nobody: nobodys } = this.#transcript.text;
    const { lang } = document.documentElement;
    const other = new Intl.ListFormat(lang, { type: "conjunction" }).format(new Set(given.map(speakerOf)));
    const pattern = given.length > 1 ? (name ? several : nobodys) : name ? one : nobody;
    return fill(pattern, { number: numbersSaid(numbersOf(given), lang), name, other });
  }

  /** Deletes the rows; a notice offers the way back. */
  async delete() {
    const { editing, rows, row, selected, text } = this.#transcript;
    if (!row) return;
    const index = rows.findIndex(({ element }) => element === (selected.at(-1) ?? row));
    const next = rows[index + 1] ?? rows[index - (selected.length || 1)];
    if (selected.length) {
      if (await this.#changeSelected("delete", text.deleted)) rowById(next?.id ?? "")?.focus({ preventScroll: true });
      return;
    }
    // There is nothing to keep of a row that was emptied.
    if (this.#isOpen(row) && !editing.typing?.text) editing.discard();
    const id = idOf(row);
    const time = exactClock(Number(row.dataset.start)).replace(/\..*/, "");
    // A new row without any text goes as if it had not come: there is no way back to be offered.
    const isNew = row.dataset.version === "1" && !textOf(row).textContent;
    const fields = () => ({ base_version: this.#versionOf(id) });
    const options = { done: text.was_deleted, rows: [id] };
    if (!(await this.#transcript.change(`/utterances/${id}/delete/`, fields, options))) return;
    if (!isNew) this.#transcript.notify(fill(text.deleted_at, { time }), { undo: true });
    if (!editing.row) rowById(next?.id ?? "")?.focus({ preventScroll: true });
  }

  /** An empty row after this one, to be written in. */
  async insert() {
    const { editing, row, text } = this.#transcript;
    if (!row || (this.#isOpen(row) && !textOf(row).textContent)) return;
    const id = idOf(row);
    const fields = () => ({ base_version: this.#versionOf(id) });
    const inserted = await this.#transcript.change(`/utterances/${id}/insert/`, fields, { done: text.was_inserted, rows: [id] });
    const fresh = inserted?.at(-1);
    if (fresh && !editing.row) this.#transcript.edit(fresh);
  }

  /** A row that was left without a text goes again. @param {HTMLElement} row */
  async emptied(row) {
    const id = idOf(row);
    const fields = () => ({ base_version: this.#versionOf(id) });
    const { rows, text } = this.#transcript;
    const index = row.contains(document.activeElement) ? rows.findIndex(({ element }) => element === row) : -1;
    const neighbour = rows[index - 1] ?? rows[index + 1];
    await this.#transcript.change(`/utterances/${id}/delete/`, fields, { keep: true, done: text.was_empty });
    if (index >= 0 && document.activeElement === document.body) rowById(neighbour?.id ?? "")?.focus({ preventScroll: true });
  }

  /**
   * @param {import("../lib/times.js").Edge} edge
   * @param {number} by
   */
  nudge(edge, by) {
    const { row, selected, text } = this.#transcript;
    if (!row) return;
    if (selected.length) return void this.#changeSelected("move", text.was_moved, { by_ms: by });
    const bounds = this.boundsOf(row);
    this.move(row, moved(bounds, edge, bounds[edge] + by, this.#transcript.duration), { edge });
  }

  /** @param {CustomEvent} event of the zoomed waveform */
  #takeDrag({ type, detail: { id, bounds, edge } }) {
    const row = rowById(id);
    if (type === "zoom:moving") this.show(id, bounds ?? this.#moves.get(id) ?? null);
    else if (row) this.move(row, bounds, { edge, now: true });
  }

  /** Where the row starts and ends, moves under way included. @param {HTMLElement} row */
  boundsOf(row) {
    const { start, end } = this.#moves.get(idOf(row)) ?? { start: Number(row.dataset.start), end: Number(row.dataset.end) };
    return { start, end };
  }

  /**
   * Moves the row's bounds: at once in the page, and soon on the server.
   * @param {HTMLElement} row
   * @param {Bounds} bounds
   * @param {{edge?: import("../lib/times.js").Edge, now?: boolean}} [options] `edge`: the one to be told of
   */
  move(row, { start, end }, { edge = "start", now = false } = {}) {
    const id = idOf(row);
    const { text } = this.#transcript;
    clearTimeout(this.#moves.get(id)?.timer);
    const timer = window.setTimeout(() => void this.#sendMove(id), now ? 0 : NUDGED_MS);
    this.#moves.set(id, { start, end, timer });
    this.show(id, { start, end });
    this.#transcript.say(fill(edge === "start" ? text.starts_at : text.ends_at, { time: exactClock(edge === "start" ? start : end) }));
  }

  /**
   * Shows bounds that a row may get; null takes them back.
   * @param {string} id
   * @param {Bounds | null} bounds
   */
  show(id, bounds) {
    const row = rowById(id);
    const time = row?.querySelector("[data-play]");
    const start = bounds?.start ?? Number(row?.dataset.start);
    if (time) time.textContent = exactClock(start).replace(/\..*/, "");
    document.querySelector("wave-zoom")?.preview?.(id, bounds);
  }

  /** @param {string} id */
  async #sendMove(id) {
    const move = this.#moves.get(id);
    if (!move) return;
    clearTimeout(move.timer);
    const row = rowById(id);
    const done = () => this.#moves.get(id) === move && this.#moves.delete(id) && this.show(id, null);
    if (!row || (Number(row.dataset.start) === move.start && Number(row.dataset.end) === move.end)) return done();
    const fields = () => ({ base_version: this.#versionOf(id), start_ms: move.start, end_ms: move.end });
    const { editing, text } = this.#transcript;
    // The focus stays where it is: nudging goes on.
    await editing.change(`/utterances/${id}/move/`, fields, { keep: true, done: text.was_moved, rows: [id] });
    done();
  }
}
