// @ts-check
/**
 * Opening, saving and changing rows. Nothing that was typed is lost, and no field is swapped while it is typed in: what
 * happens is told to the table of `lib/row-states.js`, and what that asks for is done by `row-effects.js`.
 */

import { fill } from "../lib/format.js";
import { firstOf, fragmentOf } from "../lib/html.js";
import { get, post, requestKey } from "../lib/http.js";
import { STATES, acceptance, freshness, leaving, stateOf, step } from "../lib/row-states.js";
import { Saver } from "../lib/saver.js";
import { idOf, textOf } from "../lib/transcript.js";
import { Changes } from "./changes.js";
import { NOTES, RowEffects } from "./row-effects.js";
import { markDifferences, parseRow, takeWords } from "./row-html.js";

/** @typedef {import("../lib/transcript.js").RowEditing} RowEditing */

/** @implements {RowEditing} */
export class Editing {
  #page;
  #drafts;
  #saver;
  #effects;
  #changes;
  /** The versions at which rows went: an answer that is older does not bring them back. @type {Map<string, number>} */
  #removedAt = new Map();
  /** Rows of which a text was stored since their field was opened. @type {Set<string>} */
  #edited = new Set();

  /**
   * @param {import("./row-effects.js").Page} page
   * @param {import("../lib/drafts.js").Drafts} drafts
   * @param {AbortSignal} signal
   */
  constructor(page, drafts, signal) {
    this.#page = page;
    this.#drafts = drafts;
    this.#saver = new Saver({ send: (request) => send(request, this.#effects.sessionOf(request.id)), drafts, newKey: requestKey });
    this.#effects = new RowEffects(page, drafts, this.#saver, {
      close: () => this.close(),
      save: () => this.save(),
      type: (row) => this.#raise(row, "type"),
      refresh: (id) => this.refresh(id),
      fetchStored: (id) => this.#fetchStored(id),
      hasUnsaved: () => this.#hasUnsaved,
    });
    this.#changes = new Changes(page, this);
    this.#saver.onState = (state, status) => this.#sayState(state, status);
    this.#saver.onAnswer = (request, answer, more) => this.#takeAnswer(request, answer, more);
    signal.addEventListener("abort", () => this.#saver.close());
    window.addEventListener("online", () => this.#saver.retryNow(), { signal });
    window.addEventListener("focus", () => this.#saver.retryNow(), { signal });
    window.addEventListener("beforeunload", (event) => this.#hasUnsaved && event.preventDefault(), { signal });
  }

  /** The row whose field is open. */
  get row() {
    return this.#effects.row;
  }

  /** That field. */
  get typing() {
    return this.#effects.editor;
  }

  /** The row's field, where it is open. @param {HTMLElement} row */
  #fieldOf(row) {
    return row === this.row ? this.typing : null;
  }

  /** Whether leaving the page now could lose a text. */
  get #hasUnsaved() {
    const { row, typing } = this;
    return Boolean((row && typing?.text !== this.#effects.storedOf(row)) || this.#saver.pending);
  }

  /**
   * Something has happened to a row: it comes into its next state, and what the table asks for is done.
   * @param {HTMLElement} row
   * @param {import("../lib/row-states.js").Event} event
   * @param {Omit<import("./row-effects.js").Context, "row" | "id">} [context]
   * @returns {Promise<unknown>} settles when all of it is done
   */
  #raise(row, event, context = {}) {
    const { dataset } = row;
    const { next, effects } = step(stateOf("editing" in dataset, dataset.state), event);
    const { open, mark } = STATES[next];
    if (open) dataset.editing = "";
    else delete dataset.editing;
    if (mark) dataset.state = mark;
    else delete dataset.state;
    const done = Promise.all(effects.map((effect) => this.#effects[effect]({ row, id: idOf(row), ...context })));
    if (next === "stored" && this.#edited.delete(idOf(row))) {
      document.dispatchEvent(new CustomEvent("row:edited", { detail: idOf(row) }));
    }
    return done;
  }

  // --- What the person does -------------------------------------------------------------------------------------------

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
      this.#raise(row, "restore", { text: draft.text, draft });
      count += 1;
    }
    if (count) this.#page.notify(fill(this.#page.text.restored, { count }));
  }

  /**
   * @param {HTMLElement} row
   * @param {number} [caret]
   * @param {string} [text] instead of the row's
   * @param {number} [end] of what is selected from the caret on
   */
  open(row, caret, text, end) {
    const wasOpen = row === this.row;
    this.#raise(row, "open", { caret, text, end });
    if (!wasOpen && text !== undefined && this.typing?.text !== this.#effects.storedOf(row)) this.#raise(row, "type");
  }

  /**
   * Saves the open row, if its text is another one, and shows it as text again.
   * @param {{refocus?: boolean}} [options]
   */
  close({ refocus = false } = {}) {
    const { row, typing } = this;
    if (!row || !typing) return;
    const { text, base, baseText, refused } = typing;
    const facts = { text, stored: this.#effects.storedOf(row), pending: this.#saver.isPending(idOf(row)) };
    this.#raise(row, leaving(facts), { text, base, baseText, refused, refocus });
  }

  /** Closes the open row and forgets what was typed in it. */
  discard() {
    if (this.row) this.#raise(this.row, "discard");
  }

  /**
   * Gives a row another text, as an edit.
   * @param {HTMLElement} row
   * @param {string} text
   */
  write(row, text) {
    if (row !== this.row && text === this.#effects.storedOf(row) && !this.#saver.isPending(idOf(row))) return;
    this.#raise(row, "write", { text, base: Number(row.dataset.version) });
  }

  /** Saves what was typed, with the field open. */
  save() {
    const { row, typing } = this;
    this.#effects.stopTimer();
    if (!row || !typing) return;
    if (typing.composing) this.#raise(row, "pauseComposing");
    // An empty row would be refused.
    else if (!typing.text) return;
    else if (typing.text !== this.#effects.storedOf(row) || this.#saver.isPending(idOf(row))) this.#raise(row, "pause");
  }

  /**
   * The buttons of a conflict or of a text that the server did not take.
   * @param {HTMLElement} row
   * @param {HTMLElement} button
   */
  async resolve(row, button) {
    const note = /** @type {HTMLElement | null} */ (button.closest(NOTES));
    if (!note) return;
    const mine = this.#fieldOf(row)?.text ?? textOf(row).textContent ?? "";
    const theirs = note.querySelector("[data-theirs]")?.textContent?.trim();
    const { version, draft, from, to } = note.dataset;
    const base = Number(version) || Number(row.dataset.version);
    if (button.matches("[data-take-theirs]")) {
      // What they wrote comes into the history, too.
      if (theirs && mine) return await this.#raise(row, "takeTheirs", { note, text: theirs, base, refused: mine });
      return await this.#raise(row, "takeStored", { note });
    }
    if (button.matches("[data-edit-mine]") && draft) {
      const context = { note, text: draft, base, refused: mine, caret: Number(from), end: Number(to) };
      return await this.#raise(row, "editMerged", context);
    }
    // What an earlier conflict refused comes into the history with whatever is stored in the end.
    const refused = this.#drafts.of(idOf(row))?.refused;
    await this.#raise(row, button.matches("[data-keep-mine]") ? "keepMine" : "editMine", { note, text: mine, base, refused });
  }

  // --- Changes of rows ------------------------------------------------------------------------------------------------

  /**
   * Changes rows other than by typing, once what was typed is stored.
   * @param {string} url
   * @param {() => import("../lib/transcript.js").Fields} [fields] asked for when everything is stored: versions are known then
   * @param {import("../lib/transcript.js").ChangeOptions} [options]
   * @returns {Promise<HTMLElement[] | null>} the rows that changed and stand; null where nothing was done
   */
  change(url, fields, options = {}) {
    if (!options.keep) this.close();
    return this.#changes.make(url, fields, options);
  }

  /** The changes that could not be undone, as the person has been told. */
  get acknowledged() {
    return this.#changes.acknowledged;
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
    await this.typing?.composed();
    this.save();
    await this.#saver.settled();
    return !this.#saver.pending;
  }

  /** Shows the row as it stands now: somebody else has changed it. @param {string} id */
  async refresh(id) {
    const answer = await get(`/utterances/${id}/`).catch(() => null);
    if (answer?.ok) this.applyRows(await answer.text());
    else if (answer?.status === 404 && !this.#drafts.of(id)) {
      this.#remove(id);
      this.#page.arranged();
    }
  }

  /** Shows the stored row in the place of what stands there. @param {string} id */
  async #fetchStored(id) {
    const answer = await get(`/utterances/${id}/`).catch(() => null);
    const fresh = answer?.ok ? parseRow(await answer.text()) : null;
    if (!fresh) return this.#page.say(this.#page.text.retrying, "failed");
    this.#drafts.drop(id);
    this.#effects.swapRow({ row: fresh, id, fresh, words: takeWords(fresh) });
    this.#effects.hush();
  }

  /**
   * Shows the rows of an answer: known ones are swapped, new ones come in, those that are gone go.
   * @param {string} html
   * @param {{newer?: boolean}} [options] `newer`: rows that the page has at the same version are left as they are
   * @returns {HTMLElement[]} those that stand
   */
  applyRows(html, { newer = false } = {}) {
    const ids = [];
    for (const part of /** @type {HTMLElement[]} */ ([...fragmentOf(html).children])) {
      if (part.dataset.named || part.dataset.marked) {
        document.dispatchEvent(new CustomEvent("row:marked", { detail: part }));
        ids.push(part.dataset.marked ?? "");
        continue;
      }
      if (part.dataset.shifted) {
        const versions = (part.dataset.versions ?? "").split(",").map((pair) => pair.split(":"));
        this.shiftRows(Number(part.dataset.shifted), Object.fromEntries(versions));
        continue;
      }
      const id = part.dataset.gone ?? idOf(part);
      const row = this.#page.row(id);
      const version = Number(part.dataset.version);
      // An answer that was overtaken by a later one.
      if (version < (row ? Number(row.dataset.version) : (this.#removedAt.get(id) ?? 0))) continue;
      if (newer && version === Number(row?.dataset.version)) continue;
      if (part.dataset.gone) {
        this.#removedAt.set(id, version);
        this.#remove(id);
      } else if (row) this.#renew(row, part);
      else this.#page.inserted(part, takeWords(part));
      ids.push(id);
    }
    this.#page.arranged();
    return ids.flatMap((id) => this.#page.row(id) ?? []);
  }

  /**
   * Rows were moved together with their words, and nothing else has changed: what is typed in one is now written over
   * its new version. Those that have changed otherwise, too, come anew.
   * @param {number} by in ms
   * @param {Record<string, string | number>} versions of the rows after it
   */
  shiftRows(by, versions) {
    const shifted = [];
    for (const [id, version] of Object.entries(versions)) {
      const row = this.#page.row(id);
      const [before, after] = [Number(row?.dataset.version), Number(version)];
      if (!row || before >= after) continue;
      if (before < after - 1) {
        void this.refresh(id);
        continue;
      }
      const typing = this.#fieldOf(row);
      if (typing?.base === before) typing.base = after;
      row.dataset.version = String(after);
      shifted.push(id);
    }
    this.#page.shifted(shifted, by);
  }

  /** @param {string} id */
  #remove(id) {
    const row = this.#page.row(id);
    if (row) this.#raise(row, "removed");
  }

  /**
   * The row came anew. What is typed in it keeps its base, so that the server merges it; a field in which nothing was
   * typed shows the new text.
   * @param {HTMLElement} row
   * @param {HTMLElement} fresh
   */
  #renew(row, fresh) {
    const typing = this.#fieldOf(row);
    const text = textOf(fresh).textContent ?? "";
    const facts = { field: typing?.text ?? null, stored: this.#effects.storedOf(row), fresh: text };
    const event = freshness({ ...facts, current: typing?.base === Number(row.dataset.version) });
    this.#raise(row, event, { fresh, words: takeWords(fresh), text, base: Number(fresh.dataset.version) });
  }

  // --- What the server answers ----------------------------------------------------------------------------------------

  /**
   * @param {import("../lib/saver.js").Request} request
   * @param {import("../lib/saver.js").Answer} answer
   * @param {boolean} more
   */
  #takeAnswer(request, answer, more) {
    const row = this.#page.row(request.id);
    if (!row) return;
    if (answer.status === 200) this.#takeAccepted(row, request, answer, more);
    else if (answer.status === 404) this.#raise(row, "missing");
    else {
      const note = firstOf(answer.html ?? "");
      this.#raise(row, answer.status === 409 ? "conflict" : "invalid", { note: note && markDifferences(note) });
    }
  }

  /**
   * @param {HTMLElement} row
   * @param {import("../lib/saver.js").Request} request
   * @param {import("../lib/saver.js").Answer} answer
   * @param {boolean} more
   */
  #takeAccepted(row, { text: sent }, { html = "", text = "", version = 0 }, more) {
    const fresh = parseRow(html);
    if (!fresh) return;
    const typing = this.#fieldOf(row);
    const overtaken = Number(row.dataset.version) > version;
    const facts = { sent, stored: text, field: typing?.text ?? null, composing: typing?.composing ?? false, more, overtaken };
    const event = acceptance(facts);
    this.#edited.add(idOf(row));
    if (event === "overtaken") {
      this.#raise(row, event, { text: textOf(row).textContent ?? "", base: Number(row.dataset.version) });
    } else if (event === "overtakenEarlier") this.#raise(row, event, { base: version });
    else if (event) {
      // The server merged: what was typed since is merged once more.
      const baseText = event === "acceptedEarlier" && text !== sent ? sent : "";
      this.#raise(row, event, { fresh, words: takeWords(fresh), text, base: version, baseText });
    }
  }

  /**
   * @param {import("../lib/saver.js").State} state
   * @param {number} status
   */
  #sayState(state, status) {
    const { text, say } = this.#page;
    this.#effects.outcome = state;
    if (state === "saving") say(text.saving, "saving");
    else if (state === "saved") say(text.saved, "saved");
    else if (state === "failed") {
      say(status === 401 ? text.signed_out : status === 403 ? text.forbidden : text.retrying, "failed");
    }
  }
}

/**
 * @param {import("../lib/saver.js").Request} request
 * @param {string} session
 * @returns {Promise<import("../lib/saver.js").Answer>}
 */
async function send({ id, text, base, baseText, key, refused }, session) {
  const more = { ...(baseText && { base_text: baseText }), ...(refused && { refused }) };
  const fields = { text, base_version: String(base), request_key: key, edit_session: session, ...more };
  const response = await post(`/utterances/${id}/`, fields);
  const html = await response.text();
  const row = response.status === 200 ? parseRow(html) : null;
  if (response.status === 200 && !row) return { status: 502 };
  return { status: response.status, html, version: Number(row?.dataset.version), text: row ? (textOf(row).textContent ?? "") : "" };
}
