// @ts-check
/** What the table of a row's states (`lib/row-states.js`) asks for, done to the page, the drafts and the saver. */

import { fill } from "../lib/format.js";
import { requestKey } from "../lib/http.js";
import { idOf, textOf, timeOf } from "../lib/transcript.js";
import { RowEditor } from "./row-editor.js";
import { carryPresence, updateRowShell } from "./row-html.js";

/** After so long without a key what was typed is saved, the field staying open. */
const AUTOSAVE_MS = 1500;
export const NOTES = "[data-conflict], [data-invalid]";

/**
 * What editing needs of the transcript around it.
 * @typedef {object} Page
 * @property {(id: string) => HTMLElement | null} row
 * @property {(id: string, fresh: HTMLElement, words: import("../lib/words.js").Packed | null) => void} replaced
 * @property {(fresh: HTMLElement, words: import("../lib/words.js").Packed | null) => void} inserted a row that is new
 * @property {(id: string) => void} gone a row that was deleted or merged away
 * @property {() => void} arranged after some of these: rows may stand in another order
 * @property {(id: string, words: import("../lib/words.js").Packed | null) => void} retimed null: not timed any more
 * @property {(ids: string[], by: number) => void} shifted rows were moved together with their words, by so many ms
 * @property {(sentence: string, state?: string) => void} say in the status line
 * @property {(sentence: string, more?: {undo?: boolean, body?: HTMLElement | null}) => void} notify above the text
 * @property {(row: HTMLElement) => void} emptied a row without any text was left
 * @property {Record<string, string>} text sentences
 */

/**
 * What raises the events.
 * @typedef {object} Raiser
 * @property {() => void} close the open field
 * @property {() => void} save what stands in the open field
 * @property {(row: HTMLElement) => void} type something was typed in the row's field
 * @property {(id: string) => Promise<void>} refresh the row
 * @property {(id: string) => Promise<void>} fetchStored the row, in the place of what stands in the page
 * @property {() => boolean} hasUnsaved
 */

/**
 * What an event is about. `text` is written over version `base`; `baseText` and `refused` as in a draft.
 * @typedef {object} Context
 * @property {HTMLElement} row
 * @property {string} id
 * @property {string} [text]
 * @property {number} [base]
 * @property {string} [baseText]
 * @property {string} [refused]
 * @property {number} [caret]
 * @property {number} [end] of the selection that begins at the caret
 * @property {boolean} [refocus] the row has the focus once its field is closed
 * @property {HTMLElement} [fresh] the row as it came from the server
 * @property {import("../lib/words.js").Packed | null} [words] that came with it
 * @property {HTMLElement | null} [note] which says what was refused
 * @property {import("../lib/drafts.js").Draft} [draft]
 */

/** @implements {Record<import("../lib/row-states.js").Effect, (context: Context) => void | Promise<void>>} */
export class RowEffects {
  /** The row whose field is open. @type {HTMLElement | null} */
  row = null;
  /** That field. @type {RowEditor | null} */
  editor = null;
  /** Whether "saved" or "idle" is the last that was said of saving. @type {import("../lib/saver.js").State} */
  outcome = "idle";
  /** The text that the server has, of rows that show another. @type {Map<string, string>} */
  #stored = new Map();
  /** A name for the last edit session in each row: what is saved in one session is undone together. @type {Map<string, string>} */
  #sessions = new Map();
  #timer = 0;
  #page;
  #drafts;
  #saver;
  #raise;

  /**
   * @param {Page} page
   * @param {import("../lib/drafts.js").Drafts} drafts
   * @param {import("../lib/saver.js").Saver} saver
   * @param {Raiser} raise
   */
  constructor(page, drafts, saver, raise) {
    this.#page = page;
    this.#drafts = drafts;
    this.#saver = saver;
    this.#raise = raise;
  }

  /** The row's text as the server has it. @param {HTMLElement} row */
  storedOf(row) {
    return this.#stored.get(idOf(row)) ?? textOf(row).textContent ?? "";
  }

  /** @param {string} id */
  sessionOf(id) {
    return this.#sessions.get(id) ?? "";
  }

  /** Until what was typed next: it is about to be saved, or its field is gone. */
  stopTimer() {
    clearTimeout(this.#timer);
  }

  /** Says nothing any more, unless other rows are still on their way. */
  hush() {
    if (!this.#saver.pending) this.#page.say("");
  }

  // --- The field ------------------------------------------------------------------------------------------------------

  /** @param {Context} context */
  openField({ row, id, caret, text, end }) {
    this.#raise.close();
    const draft = this.#drafts.of(id);
    const editor = new RowEditor();
    editor.base = draft?.base ?? Number(row.dataset.version);
    editor.baseText = draft?.baseText ?? "";
    editor.refused = draft?.refused ?? "";
    editor.field.value = text ?? draft?.text ?? textOf(row).textContent ?? "";
    editor.field.setAttribute("aria-label", fill(this.#page.text.row_label, { time: timeOf(row) }));
    editor.addEventListener("row-editor:input", () => this.#raise.type(row));
    editor.addEventListener("row-editor:leave", () => this.#raise.close());
    textOf(row).after(editor);
    this.row = row;
    this.editor = editor;
    this.#sessions.set(id, requestKey());
    editor.focusAt(caret, end);
  }

  /** @param {Context} context */
  focusField({ caret, end }) {
    this.editor?.focusAt(caret, end);
  }

  /** @param {Context} context */
  closeField({ row, refocus }) {
    const { editor } = this;
    this.stopTimer();
    // First of all: taking the field out of the page fires its leaving once more.
    this.row = null;
    this.editor = null;
    editor?.remove();
    if (refocus) row.focus({ preventScroll: true });
  }

  /** @param {Context} context */
  typeText({ text = "" }) {
    this.editor?.type(text);
  }

  /** @param {Context} context */
  rebaseField({ base, baseText = "", refused = "" }) {
    if (this.editor) Object.assign(this.editor, { base, baseText, refused });
  }

  /** @param {Context} context */
  moveBase({ base = 0 }) {
    if (this.editor) this.editor.base = base;
  }

  /** @param {Context} context */
  becomeText({ text = "" }) {
    this.editor?.become(text);
  }

  /** @param {Context} context */
  showMerged({ text = "", caret, end }) {
    this.editor?.become(text);
    this.editor?.focusAt(caret, end);
  }

  /** What was typed in a row that somebody else deleted can still be copied. @param {Context} _context */
  rescueText(_context) {
    const text = this.#raise.hasUnsaved() && this.editor?.text;
    if (text) this.#page.notify(fill(this.#page.text.gone_typed, { text }));
  }

  // --- Drafts and saving ----------------------------------------------------------------------------------------------

  /** @param {Context} context */
  keepDraft({ id }) {
    const { editor } = this;
    if (editor) this.#saver.keep(id, editor.field.value, editor.base, editor.baseText, editor.refused);
  }

  /** Keeps what a conflict was settled by. @param {Context} context */
  keepChoice({ id, text = "", base = 0, refused }) {
    this.#drafts.keep(id, { text, base, key: "", ...(refused && { refused }) });
  }

  /** @param {Context} context */
  dropDraft({ id }) {
    this.#drafts.drop(id);
  }

  /** @param {Context} context */
  resumeDraft({ id, draft }) {
    if (draft) this.#saver.resume(id, draft);
  }

  /** @param {Context} context */
  forgetSession({ id }) {
    this.#sessions.delete(id);
  }

  /** @param {Context} _context */
  planSave(_context) {
    this.stopTimer();
    this.#timer = window.setTimeout(() => this.#raise.save(), AUTOSAVE_MS);
  }

  /** @param {Context} _context */
  saveField(_context) {
    this.#raise.save();
  }

  /** @param {Context} context */
  sendField({ id }) {
    const { editor } = this;
    if (editor) this.#saver.save(id, editor.text, editor.base, { baseText: editor.baseText, refused: editor.refused });
  }

  /** @param {Context} context */
  sendText({ id, text = "", base = 0, baseText, refused }) {
    this.#saver.save(id, text, base, { baseText, refused });
  }

  // --- The row --------------------------------------------------------------------------------------------------------

  /** Shows a text that the server does not have yet. @param {Context} context */
  showText({ row, id, text = "" }) {
    const element = textOf(row);
    if (!this.#stored.has(id)) this.#stored.set(id, element.textContent ?? "");
    if (element.textContent === text) return;
    element.textContent = text;
    this.#page.retimed(id, null);
  }

  /** Shows what is stored again. @param {Context} context */
  settleRow({ row, id, text }) {
    this.#stored.delete(id);
    this.removeNotes({ row, id });
    // Its words are no longer known: the row comes anew.
    if (textOf(row).textContent !== text) void this.#raise.fetchStored(id);
  }

  /** @param {Context} context */
  swapRow({ id, fresh, words = null }) {
    const old = this.#page.row(id);
    if (!fresh || !old || old === this.row) return;
    const focused = old.contains(document.activeElement);
    this.#stored.delete(id);
    carryPresence(old, fresh);
    old.replaceWith(fresh);
    this.#page.replaced(id, fresh, words);
    if (focused) fresh.focus({ preventScroll: true });
  }

  /** @param {Context} _context */
  arrangeRows(_context) {
    this.#page.arranged();
  }

  /** @param {Context} context */
  updateShell({ row, fresh }) {
    if (fresh) updateRowShell(row, fresh);
  }

  /** Behind its field the row has the text that is stored, and its words. @param {Context} context */
  carryText({ row, id, fresh, words = null }) {
    if (fresh) textOf(row).textContent = textOf(fresh).textContent;
    this.#stored.delete(id);
    this.editor?.pace();
    this.#page.replaced(id, row, words);
  }

  /** A later text of the row is on its way to this one. @param {Context} context */
  noteStored({ row, id, text = "", base }) {
    this.#stored.set(id, text);
    row.dataset.version = String(base);
  }

  /** @param {Context} context */
  noteFresh({ row, id, fresh }) {
    if (fresh) this.#stored.set(id, textOf(fresh).textContent ?? "");
    this.#page.replaced(id, row, null);
  }

  /** @param {Context} context */
  fetchStored({ id }) {
    return this.#raise.fetchStored(id);
  }

  /** @param {Context} context */
  refreshRow({ id }) {
    void this.#raise.refresh(id);
  }

  /** @param {Context} context */
  forgetRow({ id }) {
    this.#stored.delete(id);
    this.#page.gone(id);
  }

  /** @param {Context} context */
  focusRow({ row }) {
    row.focus({ preventScroll: true });
  }

  /** @param {Context} context */
  reportEmpty({ row }) {
    this.#page.emptied(row);
  }

  // --- What is said ---------------------------------------------------------------------------------------------------

  /** @param {Context} context */
  replaceNote({ row, id, note }) {
    this.removeNotes({ row, id });
    if (!note) return;
    row.append(note);
    if (!this.editor && row.contains(document.activeElement)) note.scrollIntoView({ block: "nearest" });
    const theirs = note.querySelector("[data-theirs]")?.textContent?.trim();
    if (theirs != null) this.#stored.set(id, theirs);
  }

  /** @param {Context} context */
  removeNote({ note }) {
    note?.remove();
  }

  /** @param {Context} context */
  removeNotes({ row }) {
    for (const note of row.querySelectorAll(NOTES)) note.remove();
  }

  /** Unless "saved" stands there. @param {Context} _context */
  sayNothing(_context) {
    if (this.outcome !== "saved") this.hush();
  }

  /** What is typed now is not saved. @param {Context} _context */
  forgetSaved(_context) {
    if (this.outcome !== "saved") return;
    this.outcome = "idle";
    this.hush();
  }

  /** @param {Context} _context */
  sayConflict(_context) {
    this.#page.say(this.#page.text.conflict, "failed");
  }

  /** @param {Context} context */
  sayInvalid({ note }) {
    const reason = note?.querySelector(".error")?.textContent ?? "";
    this.#page.say(fill(this.#page.text.invalid, { reason }), "failed");
  }

  /** @param {Context} _context */
  sayMissing(_context) {
    this.#page.say(this.#page.text.gone, "failed");
  }
}
