// @ts-check
/** Opening, saving and swapping rows. Nothing that was typed is lost, and no field is swapped while it is typed in. */

import { RowEditor } from "../elements/row-editor.js";
import { fill } from "../lib/format.js";
import { get, post, requestKey } from "../lib/http.js";
import { Saver } from "../lib/saver.js";
import { Changes } from "./changes.js";
import { dress, firstOf, idOf, marked, parse, takeWords, textOf, timeOf } from "./row-html.js";

export { idOf, textOf };

/** After so long without a key what was typed is saved, the field staying open. */
const AUTOSAVE_MS = 1500;
const NOTES = "[data-conflict], [data-invalid]";

/**
 * What editing needs of the transcript around it.
 * @typedef {object} Page
 * @property {(id: string) => HTMLElement | null} row
 * @property {(id: string, fresh: HTMLElement, words: import("../lib/words.js").Packed | null) => void} replaced
 * @property {(fresh: HTMLElement, words: import("../lib/words.js").Packed | null) => void} inserted a row that is new
 * @property {(id: string) => void} gone a row that was deleted or merged away
 * @property {() => void} arranged after some of these: rows may stand in another order
 * @property {(id: string, words: import("../lib/words.js").Packed | null) => void} retimed null: not timed any more
 * @property {(sentence: string, state?: string) => void} say in the status line
 * @property {(sentence: string, more?: {undo?: boolean, body?: HTMLElement | null}) => void} notify above the text
 * @property {(row: HTMLElement) => void} emptied a row without any text was left
 * @property {Record<string, string>} text sentences
 */

const NEEDS_AN_ANSWER = new Set(["conflict", "invalid"]);

export class Editing {
  /** @type {RowEditor | null} */
  #editor = null;
  /** @type {HTMLElement | null} */
  row = null;
  /** The text that the server has, of rows that show another. @type {Map<string, string>} */
  #stored = new Map();
  /** A name for the last stay in each row: what is saved in one stay is taken back together. @type {Map<string, string>} */
  #openings = new Map();
  /** The versions at which rows went: an answer that is older does not bring them back. @type {Map<string, number>} */
  #went = new Map();
  #timer = 0;
  #state = "idle";
  #changes;
  #page;
  #drafts;
  #saver;

  /**
   * @param {Page} page
   * @param {import("../lib/drafts.js").Drafts} drafts
   * @param {AbortSignal} signal
   */
  constructor(page, drafts, signal) {
    this.#page = page;
    this.#drafts = drafts;
    this.#changes = new Changes(page, this);
    this.#saver = new Saver({ send: (request) => send(request, this.#openings.get(request.id)), drafts, newKey: requestKey });
    this.#saver.onState = (state, status) => this.#tell(state, status);
    this.#saver.onAnswer = (request, answer, more) => this.#answered(request, answer, more);
    signal.addEventListener("abort", () => this.#saver.close());
    window.addEventListener("online", () => this.#saver.retryNow(), { signal });
    window.addEventListener("focus", () => this.#saver.retryNow(), { signal });
    window.addEventListener("beforeunload", (event) => this.#unsaved && event.preventDefault(), { signal });
  }

  /** Whether leaving the page now could lose a text. */
  get #unsaved() {
    const typed = this.row && this.#editor?.text !== this.#storedOf(this.row);
    return Boolean(typed || this.#saver.pending);
  }

  /** @param {HTMLElement} row */
  #storedOf(row) {
    return this.#stored.get(idOf(row)) ?? textOf(row).textContent;
  }

  /** Puts back and sends what an earlier visit could not save. */
  restore() {
    let count = 0;
    for (const id of this.#drafts.ids()) {
      const row = this.#page.row(id);
      const draft = row && this.#drafts.of(id);
      if (!row || !draft) continue;
      if (draft.text === textOf(row).textContent) {
        this.#drafts.drop(id);
        continue;
      }
      this.#show(row, draft.text);
      this.#saver.resume(id, draft);
      count += 1;
    }
    if (count) this.#page.notify(fill(this.#page.text.restored, { count }));
  }

  /** What is being typed; null where nothing is. */
  get typing() {
    return this.#editor;
  }

  /**
   * @param {HTMLElement} row
   * @param {number} [caret]
   * @param {string} [text] instead of the row's
   */
  open(row, caret, text) {
    if (this.row === row) return this.#editor?.focusAt(caret);
    this.close();
    const id = idOf(row);
    const draft = this.#drafts.of(id);
    const editor = new RowEditor();
    editor.base = draft?.base ?? Number(row.dataset.version);
    editor.baseText = draft?.baseText ?? "";
    editor.refused = draft?.refused ?? "";
    editor.field.value = text ?? draft?.text ?? textOf(row).textContent ?? "";
    editor.field.setAttribute("aria-label", fill(this.#page.text.row_label, { time: timeOf(row) }));
    editor.addEventListener("row-editor:input", () => this.#typed(id, editor));
    editor.addEventListener("row-editor:leave", () => this.close());
    row.dataset.editing = "";
    textOf(row).after(editor);
    this.row = row;
    this.#editor = editor;
    this.#openings.set(id, requestKey());
    editor.focusAt(caret);
    if (text !== undefined && editor.text !== this.#storedOf(row)) this.#typed(id, editor);
  }

  /**
   * Saves the open row, if its text is another one, and shows it as text again.
   * @param {{refocus?: boolean}} [options]
   */
  close({ refocus = false } = {}) {
    const { row } = this;
    const editor = this.#leave();
    if (!row || !editor) return;
    const id = idOf(row);
    const { text, base, baseText, refused } = editor;
    const stored = this.#storedOf(row);
    if (refocus) row.focus({ preventScroll: true });
    if (text === stored && !this.#saver.isPending(id)) {
      this.#drafts.drop(id);
      this.#settle(row, text);
      if (this.#state !== "saved") this.#hush();
      if (!text) this.#page.emptied(row);
      return;
    }
    for (const note of row.querySelectorAll(NOTES)) note.remove();
    this.#show(row, text);
    this.#saver.save(id, text, base, { baseText, refused });
  }

  /** Closes the open row and forgets what was typed in it. */
  discard() {
    const { row } = this;
    if (!this.#leave() || !row) return;
    this.#drafts.drop(idOf(row));
    delete row.dataset.state;
  }

  /** Takes the field out of its row. */
  #leave() {
    const { row } = this;
    const editor = this.#editor;
    clearTimeout(this.#timer);
    // First of all: taking the field out of the page fires its leaving once more.
    this.row = null;
    this.#editor = null;
    editor?.remove();
    delete row?.dataset.editing;
    return editor;
  }

  /**
   * Gives a row another text, as an edit.
   * @param {HTMLElement} row
   * @param {string} text
   */
  write(row, text) {
    if (this.row === row) return this.#editor?.type(text);
    if (text === this.#storedOf(row) && !this.#saver.isPending(idOf(row))) return;
    this.#openings.delete(idOf(row));
    this.#show(row, text);
    this.#saver.save(idOf(row), text, Number(row.dataset.version));
  }

  /** Saves what was typed, with the field open. */
  save() {
    const { row } = this;
    const editor = this.#editor;
    clearTimeout(this.#timer);
    if (!row || !editor) return;
    if (editor.composing) return this.#plan();
    const { text, base, baseText, refused } = editor;
    // An empty row would be refused, and what was refused waits for its writer.
    if (!text || NEEDS_AN_ANSWER.has(row.dataset.state ?? "")) return;
    const pending = this.#saver.isPending(idOf(row));
    if (text !== this.#storedOf(row) || pending) this.#saver.save(idOf(row), text, base, { baseText, refused });
  }

  #plan() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.save(), AUTOSAVE_MS);
  }

  /**
   * A change of rows beside the typing, once what was typed is stored.
   * @param {string} url
   * @param {() => Record<string, string | number>} [fields] asked for when everything is stored: versions are known then
   * @param {import("./changes.js").ChangeOptions} [options]
   * @returns {Promise<HTMLElement[] | null>} the rows that changed and stand; null where nothing was done
   */
  change(url, fields, options = {}) {
    if (!options.keep) this.close();
    return this.#changes.make(url, fields, options);
  }

  /** The changes that could not be taken back, as the person was told. */
  get told() {
    return this.#changes.told;
  }

  /** Resolves when no change is under way. */
  get quiet() {
    return this.#changes.quiet;
  }

  /**
   * Waits for the writer and for what was typed so far, an open field's text too.
   * @returns {Promise<boolean>} whether all of it is stored
   */
  async settled() {
    await this.#editor?.composed();
    this.save();
    await this.#saver.settled();
    return !this.#saver.pending;
  }

  /** Shows the row as it stands now: somebody else has changed it. @param {string} id */
  async refresh(id) {
    const answer = await get(`/utterances/${id}/`).catch(() => null);
    if (answer?.ok) this.applyRows(await answer.text());
    else if (answer?.status === 404 && !this.#drafts.of(id)) {
      this.#gone(id);
      this.#page.arranged();
    }
  }

  /**
   * Shows the rows of an answer: known ones are swapped, new ones come in, those that are gone go.
   * @param {string} html
   * @param {{newer?: boolean}} [options] `newer`: rows that the page has at the same version are left as they are
   * @returns {HTMLElement[]} those that stand
   */
  applyRows(html, { newer = false } = {}) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const ids = [];
    for (const part of /** @type {HTMLElement[]} */ ([...template.content.children])) {
      if (part.dataset.named || part.dataset.marked) {
        document.dispatchEvent(new CustomEvent("row:marked", { detail: part }));
        ids.push(part.dataset.marked ?? "");
        continue;
      }
      const id = part.dataset.gone ?? idOf(part);
      const row = this.#page.row(id);
      const version = Number(part.dataset.version);
      // An answer that was overtaken by a later one.
      if (version < (row ? Number(row.dataset.version) : (this.#went.get(id) ?? 0))) continue;
      if (newer && version === Number(row?.dataset.version)) continue;
      if (part.dataset.gone) {
        this.#went.set(id, version);
        this.#gone(id);
      } else if (!row) this.#page.inserted(part, takeWords(part));
      else if (row === this.row || row.dataset.state) this.#underneath(row, part);
      else this.#swap(part);
      ids.push(id);
    }
    this.#page.arranged();
    return ids.flatMap((id) => this.#page.row(id) ?? []);
  }

  /** @param {string} id */
  #gone(id) {
    const row = this.#page.row(id);
    if (row && row === this.row) {
      const typed = this.#unsaved && this.#leave()?.text;
      if (typed) this.#page.notify(fill(this.#page.text.gone_typed, { text: typed }));
      this.#leave();
    }
    this.#stored.delete(id);
    this.#page.gone(id);
  }

  /**
   * The stored row became another one while the person's own text of it stands in the page. What he typed keeps its
   * base, so that the server merges it; a field in which nothing was typed shows the new text.
   * @param {HTMLElement} row
   * @param {HTMLElement} fresh
   */
  #underneath(row, fresh) {
    const typing = this.row === row ? this.#editor : null;
    const text = textOf(fresh).textContent ?? "";
    const words = takeWords(fresh);
    const unchanged = text === this.#storedOf(row);
    if (typing && !unchanged && typing.text === this.#storedOf(row)) typing.become(text);
    if (typing && typing.text === text) typing.base = Number(fresh.dataset.version);
    // What was written over the text that still stands is written over it at its new version too.
    else if (typing && unchanged && typing.base === Number(row.dataset.version)) typing.base = Number(fresh.dataset.version);
    dress(row, fresh);
    if (typing) this.#carry(row, text, words);
    else {
      this.#stored.set(idOf(row), text);
      this.#page.replaced(idOf(row), row, null);
    }
  }

  /**
   * The open row, behind its field, has the text that is stored, and its words.
   * @param {HTMLElement} row
   * @param {string} text
   * @param {import("../lib/words.js").Packed | null} words
   */
  #carry(row, text, words) {
    textOf(row).textContent = text;
    this.#stored.delete(idOf(row));
    this.#editor?.pace();
    this.#page.replaced(idOf(row), row, words);
  }

  /**
   * The buttons of a conflict or of a text that the server did not take.
   * @param {HTMLElement} row
   * @param {HTMLElement} button
   */
  async resolve(row, button) {
    const id = idOf(row);
    const note = button.closest(NOTES);
    if (!note) return;
    const typing = this.row === row ? this.#editor : null;
    const mine = typing ? typing.text : (textOf(row).textContent ?? "");
    const base = Number(note instanceof HTMLElement && note.dataset.version) || Number(row.dataset.version);
    const theirs = note.querySelector("[data-theirs]")?.textContent?.trim();
    if (button.matches("[data-take-theirs]")) {
      if (typing) this.discard();
      row.focus({ preventScroll: true });
      if (!theirs || !mine) return this.#takeStored(id);
      // What he wrote comes into the history, too.
      note.remove();
      this.#show(row, theirs);
      return this.#saver.save(id, theirs, base, { refused: mine });
    }
    note.remove();
    const { draft = "", from, to } = /** @type {HTMLElement} */ (note).dataset;
    const merged = button.matches("[data-edit-mine]") ? draft : "";
    if (!typing && button.matches("[data-keep-mine]")) {
      this.#saver.save(id, mine, base);
      row.focus({ preventScroll: true });
      return;
    }
    if (typing) Object.assign(typing, { base, baseText: "", refused: merged && mine });
    else this.#drafts.keep(id, { text: merged || mine, base, key: "", ...(merged && { refused: mine }) });
    delete row.dataset.state;
    if (!typing) this.open(row);
    const { typing: open } = this;
    if (!open) return;
    if (merged) {
      open.become(merged);
      open.focusAt(Number(from), Number(to));
    }
    this.#typed(id, open);
    if (button.matches("[data-keep-mine]")) this.save();
  }

  /** @param {string} id */
  async #takeStored(id) {
    const answer = await get(`/utterances/${id}/`).catch(() => null);
    const fresh = answer?.ok ? parse(await answer.text()) : null;
    if (!fresh) return this.#page.say(this.#page.text.retrying, "failed");
    this.#drafts.drop(id);
    this.#swap(fresh);
    this.#hush();
  }

  /** Nothing is left to be said, unless other rows are still on their way. */
  #hush() {
    if (!this.#saver.pending) this.#page.say("");
  }

  /**
   * @param {string} id
   * @param {RowEditor} editor
   */
  #typed(id, editor) {
    this.#saver.keep(id, editor.field.value, editor.base, editor.baseText, editor.refused);
    if (this.#state === "saved") {
      this.#state = "idle";
      this.#hush();
    }
    this.#plan();
  }

  /**
   * @param {import("../lib/saver.js").Request} request
   * @param {import("../lib/saver.js").Answer} answer
   * @param {boolean} more
   */
  #answered(request, answer, more) {
    const row = this.#page.row(request.id);
    if (!row) return;
    if (answer.status === 200) this.#accepted(row, request, answer, more);
    else if (answer.status === 404) this.#page.say(this.#page.text.gone, "failed");
    else this.#refused(row, answer);
  }

  /**
   * @param {HTMLElement} row
   * @param {import("../lib/saver.js").Request} request
   * @param {import("../lib/saver.js").Answer} answer
   * @param {boolean} more
   */
  #accepted(row, request, answer, more) {
    const fresh = parse(answer.html ?? "");
    const typing = this.row === row ? this.#editor : null;
    if (!fresh) return;
    if (Number(row.dataset.version) > Number(answer.version)) return this.#overtaken(row, answer, more);
    if (!typing && !more) {
      this.#swap(fresh);
      return this.#page.arranged();
    }
    if (!typing) {
      this.#stored.set(request.id, String(answer.text));
      row.dataset.version = String(answer.version);
      return;
    }
    const text = String(answer.text);
    const words = takeWords(fresh);
    dress(row, fresh);
    this.#carry(row, text, words);
    delete row.dataset.state;
    typing.base = Number(answer.version);
    typing.baseText = typing.refused = "";
    if (typing.text === text) return this.#drafts.drop(request.id);
    // The server merged: the field shows that, unless he has typed on; then that is merged once more.
    if (typing.text === request.text && !typing.composing) {
      typing.become(text);
      return this.#drafts.drop(request.id);
    }
    if (text !== request.text) typing.baseText = request.text;
    this.#typed(request.id, typing);
  }

  /**
   * The text is stored, and by now somebody has changed it: what the page was told of that is newer than the answer.
   * @param {HTMLElement} row
   * @param {import("../lib/saver.js").Answer} answer
   * @param {boolean} more
   */
  #overtaken(row, answer, more) {
    const id = idOf(row);
    const typing = this.row === row ? this.#editor : null;
    if (more) return;
    delete row.dataset.state;
    if (!typing) return void this.refresh(id);
    Object.assign(typing, { base: Number(answer.version), baseText: "", refused: "" });
    if (typing.text !== answer.text || typing.composing) return this.#typed(id, typing);
    typing.become(textOf(row).textContent ?? "");
    typing.base = Number(row.dataset.version);
    this.#drafts.drop(id);
  }

  /**
   * @param {HTMLElement} row
   * @param {import("../lib/saver.js").Answer} answer
   */
  #refused(row, answer) {
    const conflict = answer.status === 409;
    const { text, say } = this.#page;
    const note = firstOf(answer.html ?? "");
    for (const old of row.querySelectorAll(NOTES)) old.remove();
    if (note) row.append(marked(note));
    if (!this.#editor && row.contains(document.activeElement)) note?.scrollIntoView({ block: "nearest" });
    const theirs = note?.querySelector("[data-theirs]")?.textContent?.trim();
    if (theirs != null) this.#stored.set(idOf(row), theirs);
    row.dataset.state = conflict ? "conflict" : "invalid";
    // He may have typed on since.
    if (this.row === row && this.#editor) this.#typed(idOf(row), this.#editor);
    const reason = note?.querySelector(".error")?.textContent ?? "";
    say(conflict ? text.conflict : fill(text.invalid, { reason }), "failed");
  }

  /**
   * @param {import("../lib/saver.js").State} state
   * @param {number} status
   */
  #tell(state, status) {
    const { text, say } = this.#page;
    this.#state = state;
    if (state === "saving") say(text.saving, "saving");
    else if (state === "saved") say(text.saved, "saved");
    else if (state === "failed") {
      const known = { 401: text.signed_out, 403: text.forbidden };
      say(known[/** @type {401} */ (status)] ?? text.retrying, "failed");
    }
  }

  /**
   * Shows a text that the server does not have yet.
   * @param {HTMLElement} row
   * @param {string} text
   */
  #show(row, text) {
    const id = idOf(row);
    const element = textOf(row);
    if (!this.#stored.has(id)) this.#stored.set(id, element.textContent ?? "");
    if (element.textContent !== text) {
      element.textContent = text;
      this.#page.retimed(id, null);
    }
    row.dataset.state = "unsaved";
  }

  /**
   * @param {HTMLElement} row
   * @param {string} text
   */
  #settle(row, text) {
    const shown = textOf(row);
    this.#stored.delete(idOf(row));
    delete row.dataset.state;
    for (const note of row.querySelectorAll(NOTES)) note.remove();
    // Its words are no longer known: the row comes anew.
    if (shown.textContent !== text) void this.#takeStored(idOf(row));
  }

  /** @param {HTMLElement} fresh */
  #swap(fresh) {
    const id = idOf(fresh);
    const old = this.#page.row(id);
    if (!old || old === this.row) return;
    const focused = old.contains(document.activeElement);
    this.#stored.delete(id);
    old.replaceWith(fresh);
    this.#page.replaced(id, fresh, takeWords(fresh));
    if (focused) fresh.focus({ preventScroll: true });
  }
}

/**
 * @param {import("../lib/saver.js").Request} request
 * @param {string} [opening]
 * @returns {Promise<import("../lib/saver.js").Answer>}
 */
async function send({ id, text, base, baseText, key, refused }, opening = "") {
  const more = { ...(baseText && { base_text: baseText }), ...(refused && { refused }) };
  const fields = { text, base_version: String(base), request_key: key, opening, ...more };
  const response = await post(`/utterances/${id}/`, fields);
  const html = await response.text();
  const row = response.status === 200 ? parse(html) : null;
  if (response.status === 200 && !row) return { status: 502 };
  return { status: response.status, html, version: Number(row?.dataset.version), text: row ? (textOf(row).textContent ?? "") : "" };
}
