// @ts-check
/** Opening, saving and swapping rows. Nothing that was typed is lost, and no field is swapped while it is typed in. */

import { RowEditor } from "../elements/row-editor.js";
import { fill } from "../lib/format.js";
import { get, post, requestKey } from "../lib/http.js";
import { Saver } from "../lib/saver.js";

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
 * @property {(sentence: string) => void} notify above the text
 * @property {Record<string, string>} text sentences
 */

export class Editing {
  /** @type {RowEditor | null} */
  #editor = null;
  /** @type {HTMLElement | null} */
  row = null;
  /** The text that the server has, of rows that show another. @type {Map<string, string>} */
  #stored = new Map();
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
    this.#saver = new Saver({ send, drafts, newKey: requestKey });
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
      this.#saver.save(id, draft.text, draft.base, draft.key);
      count += 1;
    }
    if (count) this.#page.notify(fill(this.#page.text.restored, { count }));
  }

  /**
   * @param {HTMLElement} row
   * @param {number} [caret]
   */
  open(row, caret) {
    if (this.row === row) return this.#editor?.focusAt(caret);
    this.close();
    const id = idOf(row);
    const draft = this.#drafts.of(id);
    const editor = new RowEditor();
    editor.base = draft?.base ?? Number(row.dataset.version);
    editor.field.value = draft?.text ?? textOf(row).textContent ?? "";
    editor.field.setAttribute("aria-label", fill(this.#page.text.row_label, { time: timeOf(row) }));
    editor.addEventListener("row-editor:input", () => this.#typed(id, editor));
    editor.addEventListener("row-editor:leave", () => this.close());
    row.dataset.editing = "";
    textOf(row).after(editor);
    this.row = row;
    this.#editor = editor;
    editor.focusAt(caret);
  }

  /**
   * Saves the open row, if its text is another one, and shows it as text again.
   * @param {{refocus?: boolean}} [options]
   */
  close({ refocus = false } = {}) {
    const { row } = this;
    const editor = this.#editor;
    if (!row || !editor) return;
    // First of all: taking the field out of the page fires its leaving once more.
    this.row = null;
    this.#editor = null;
    const id = idOf(row);
    const { text, base } = editor;
    const stored = this.#storedOf(row);
    editor.remove();
    delete row.dataset.editing;
    if (refocus) row.focus({ preventScroll: true });
    if (text === stored && !this.#saver.isPending(id)) {
      this.#drafts.drop(id);
      this.#settle(row, text);
      this.#hush();
      return;
    }
    for (const note of row.querySelectorAll("[data-conflict], [data-invalid]")) note.remove();
    this.#show(row, text);
    this.#saver.save(id, text, base);
  }

  /**
   * A change of rows beside the typing: sent once what was typed is stored, by a request that may be repeated.
   * @param {string} url
   * @param {() => Record<string, string | number>} [fields] asked for when everything is stored: versions are known then
   * @param {{done?: string, nothing?: string, conflict?: string}} [sentences] for the status line
   * @returns {Promise<HTMLElement[] | null>} the rows that changed and stand; null where nothing was done
   */
  async change(url, fields = () => ({}), sentences = {}) {
    const { say, text } = this.#page;
    this.close();
    await this.#saver.settled();
    // The last text is not stored yet: the change would be one of the rows before it.
    if (this.#saver.pending) return say(text.not_done, "failed"), null;
    say(text.saving, "saving");
    const answer = await persistently(url, { ...fields(), request_key: requestKey() });
    if (answer?.status === 200) {
      const rows = this.applyRows(await answer.text());
      say(sentences.done ?? text.saved, "saved");
      return rows;
    }
    if (answer?.status === 204) say(sentences.nothing ?? "");
    else if (answer?.status === 409) say(sentences.conflict ?? text.changed_since, "failed");
    else if (answer?.status === 422) say(fill(text.refused, { reason: reasonOf(await answer.text()) }), "failed");
    else if (answer?.status === 404) say(text.row_gone, "failed");
    else say(text.not_done, "failed");
    return null;
  }

  /**
   * Shows the rows of an answer: known ones are swapped, new ones come in, those that are gone go.
   * @param {string} html
   * @returns {HTMLElement[]} those that stand
   */
  applyRows(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const ids = [];
    for (const part of /** @type {HTMLElement[]} */ ([...template.content.children])) {
      const id = part.dataset.gone ?? idOf(part);
      const row = this.#page.row(id);
      if (part.dataset.gone) this.#gone(id);
      else if (!row) this.#page.inserted(part, takeWords(part));
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
      const editor = this.#editor;
      this.row = null;
      this.#editor = null;
      editor?.remove();
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
    if (typing && typing.text === this.#storedOf(row)) {
      typing.field.value = text;
      typing.base = Number(fresh.dataset.version);
    }
    this.#stored.set(idOf(row), text);
    row.dataset.version = fresh.dataset.version;
  }

  /**
   * The buttons of a conflict or of a text that the server did not take.
   * @param {HTMLElement} row
   * @param {HTMLElement} button
   */
  async resolve(row, button) {
    const id = idOf(row);
    const note = button.closest("[data-conflict], [data-invalid]");
    const mine = textOf(row).textContent ?? "";
    const base = Number(note instanceof HTMLElement && note.dataset.version) || Number(row.dataset.version);
    if (button.matches("[data-take-theirs]")) return this.#takeStored(id);
    note?.remove();
    if (button.matches("[data-keep-mine]")) {
      this.#saver.save(id, mine, base);
      row.focus({ preventScroll: true });
    } else {
      this.#drafts.keep(id, { text: mine, base, key: "" });
      this.open(row);
    }
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
    this.#drafts.keep(id, { text: editor.field.value, base: editor.base, key: "" });
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
    if (!typing && !more) return this.#swap(fresh);
    this.#stored.set(request.id, String(answer.text));
    row.dataset.version = String(answer.version);
    if (!typing) return;
    // The text in the row is the stored one again, and its words are known.
    const { words } = fresh.dataset;
    if (words && textOf(row).textContent === answer.text) this.#page.retimed(request.id, JSON.parse(words));
    // What is typed now goes on from what is stored, unless the server merged: then it is merged once more.
    if (answer.text === request.text) typing.base = Number(answer.version);
    else typing.base = request.base;
    delete row.dataset.state;
    if (typing.text !== answer.text) this.#typed(request.id, typing);
  }

  /**
   * @param {HTMLElement} row
   * @param {import("../lib/saver.js").Answer} answer
   */
  #refused(row, answer) {
    const conflict = answer.status === 409;
    const { text, say } = this.#page;
    const note = firstOf(answer.html ?? "");
    for (const old of row.querySelectorAll("[data-conflict], [data-invalid]")) old.remove();
    if (note) row.append(note);
    const theirs = note?.querySelector("[data-theirs]")?.textContent?.trim();
    if (theirs != null) this.#stored.set(idOf(row), theirs);
    row.dataset.state = conflict ? "conflict" : "invalid";
    const reason = note?.querySelector(".error")?.textContent ?? "";
    say(conflict ? text.conflict : fill(text.invalid, { reason }), "failed");
  }

  /**
   * @param {import("../lib/saver.js").State} state
   * @param {number} status
   */
  #tell(state, status) {
    const { text, say } = this.#page;
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
    for (const note of row.querySelectorAll("[data-conflict], [data-invalid]")) note.remove();
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
 * @returns {Promise<import("../lib/saver.js").Answer>}
 */
async function send({ id, text, base, key }) {
  const fields = { text, base_version: String(base), request_key: key };
  const response = await post(`/utterances/${id}/`, fields);
  const html = await response.text();
  const row = response.status === 200 ? parse(html) : null;
  if (response.status === 200 && !row) return { status: 502 };
  return { status: response.status, html, version: Number(row?.dataset.version), text: row ? (textOf(row).textContent ?? "") : "" };
}

/**
 * Sends until there is an answer, three times at most: the request carries its key, so that it applies once.
 * @param {string} url
 * @param {Record<string, string | number>} fields
 */
async function persistently(url, fields) {
  const texts = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
  let answer = null;
  for (const pause of [0, 500, 2000]) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    answer = await post(url, texts).catch(() => null);
    if (answer && answer.status < 500) break;
  }
  return answer;
}

/** @param {string} html */
const reasonOf = (html) => firstOf(html)?.querySelector(".error")?.textContent ?? "";

/**
 * The word times that came with a row; the page keeps them elsewhere.
 * @param {HTMLElement} row
 * @returns {import("../lib/words.js").Packed | null}
 */
function takeWords(row) {
  const { words } = row.dataset;
  delete row.dataset.words;
  return words ? JSON.parse(words) : null;
}

/** @param {string} html */
function firstOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return /** @type {HTMLElement | null} */ (template.content.firstElementChild);
}

/** @param {string} html */
function parse(html) {
  const row = firstOf(html);
  return row?.matches("[data-utterance]") ? row : null;
}

/** @param {HTMLElement} row */
export const idOf = (row) => row.dataset.utterance ?? "";
/** @param {HTMLElement} row */
export const textOf = (row) => /** @type {HTMLElement} */ (row.querySelector("[data-text]"));
/** @param {HTMLElement} row */
const timeOf = (row) => row.querySelector("[data-play]")?.textContent ?? "";
