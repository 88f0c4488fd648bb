// @ts-check
import { Drafts } from "../lib/drafts.js";
import { strings } from "../lib/html.js";
import { get } from "../lib/http.js";
import { ownPreferences } from "../lib/preferences.js";
import { carried } from "../lib/splicing.js";
import { storage } from "../lib/storage.js";
import { Timeline } from "../lib/timeline.js";
import { idOf, rowAround, textOf } from "../lib/transcript.js";
import { WordTimes, wordAtOffset } from "../lib/words.js";
import { Editing } from "./editing.js";
import { Following } from "./following.js";
import { MarkedWords, fillersAt } from "./marked-words.js";
import { dismissNotices, notify, say } from "./notices.js";
import { OriginalText } from "./original-text.js";
import { Playhead } from "./playhead.js";
import { addRowButtons } from "./row-buttons.js";
import { RowList } from "./row-list.js";
import { Structure } from "./structure.js";
import { isTap } from "./touch.js";
import { WordHighlight, characterAt } from "./word-highlight.js";
import { WordPlaces } from "./word-places.js";

/**
 * `<flash-transcript data-words data-undo data-user data-may-edit>`: the rows. Marks what is being spoken, plays from
 * where it is clicked, follows the playhead, and has rows edited.
 */
export class FlashTranscript extends HTMLElement {
  #abort = new AbortController();
  #words = new WordTimes();
  /** @type {RowList} */
  #list;
  /** @type {HTMLElement | null} */
  #current = null;
  /** The row that had the focus last, until another one is spoken: a button elsewhere takes the focus when it is pressed. */
  #pointed = "";
  /** The row that a menu is about, as long as it is open. @type {HTMLElement | null} */
  chosen = null;
  /** @type {import("../lib/transcript.js").RowSelecting | null} */
  selecting = null;
  /** @type {Structure | null} */
  structure = null;
  /** @type {HTMLAudioElement} */
  audio;
  text = strings("editor-strings");
  say = say;
  notify = notify;
  /** @type {Editing} */
  editing;
  /** @type {Following} */
  following;
  /** @type {Playhead} */
  #playhead;
  /** @type {WordHighlight} */
  #highlight;
  /** @type {OriginalText} */
  #originalText;
  /** Those who draw over the words of rows. @type {{changed: (id: string) => void}[]} */
  marked = [];
  /** @type {WordPlaces} */
  #places;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#list = new RowList(this);
    if (!CSS.supports("width", "attr(x type(<length>))")) this.#estimateHeights();
    addRowButtons(this.rows, signal);
    this.audio = /** @type {HTMLAudioElement} */ (document.querySelector("audio"));
    this.#highlight = new WordHighlight();
    this.editing = new Editing(this.#editedPage(), new Drafts(storage(), this.dataset.user ?? ""), signal);
    this.following = new Following(
      document.querySelector("[data-command=playhead]"),
      () => !this.editing.row,
      signal,
    );
    const wordsOf = (/** @type {{id: string, start: number}} */ row) => this.#words.of(row.id, row.start);
    this.#playhead = new Playhead(this.audio, new Timeline(this.rows), wordsOf, (moment) => this.#showMoment(moment), signal);
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("mousedown", (event) => this.#mouseDown(event), { signal });
    this.addEventListener("focusin", (event) => this.#noteFocus(event), { signal });
    this.addEventListener("row-editor:seek", (event) => this.#seekTyped(/** @type {CustomEvent} */ (event).detail.offset), {
      signal,
    });
    this.#originalText = new OriginalText(this, signal);
    this.marked = [new MarkedWords(this, { name: "estimated", stretchesIn: (id) => this.estimatedIn(id) }, signal)];
    if (this.dataset.fillers) this.marked.push(new MarkedWords(this, fillersAt(this.dataset.fillers), signal));
    this.#places = new WordPlaces(this, this.audio, wordsOf, signal);
    this.addEventListener("transcript:redrawn", () => this.#playhead.wake(), { signal });
    if (this.#mayEdit) this.structure = new Structure(this, signal);
    dismissNotices(signal);
    if (this.#mayEdit) this.editing.restore();
    void this.#loadWords();
  }

  #estimateHeights() {
    for (const group of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll(".rows"))) {
      group.style.setProperty("--rows", group.dataset.rows ?? "");
      group.style.setProperty("--lines", group.dataset.lines ?? "");
    }
  }

  disconnectedCallback() {
    this.editing.close();
    this.#highlight.remove();
    this.#abort.abort();
  }

  get rows() {
    return this.#list.rows;
  }

  get #mayEdit() {
    return this.hasAttribute("data-may-edit");
  }

  /** @returns {import("./row-effects.js").Page} */
  #editedPage() {
    return {
      row: (id) => this.#list.of(id)?.element ?? null,
      replaced: (id, fresh, words) => this.#replaceRow(id, fresh, words),
      inserted: (fresh, words) => this.#insertRow(fresh, words),
      gone: (id) => this.#removeRow(id),
      arranged: () => this.#arrangeRows(),
      retimed: (id, words) => this.#retimeRow(id, words),
      shifted: (ids, by) => {
        this.#list.shift(ids, by);
        this.#words.shift(ids, by);
        this.#arrangeRows();
      },
      say,
      notify,
      emptied: (row) => void this.structure?.emptied(row),
      text: this.text,
    };
  }

  async #loadWords() {
    try {
      const response = await get(this.dataset.words ?? "");
      if (!response.ok) throw new Error(String(response.status));
      const { rows } = await response.json();
      const unsaved = new Set(this.rows.filter(({ element }) => element.dataset.state).map(({ id }) => id));
      this.#words = new WordTimes(rows);
      for (const id of unsaved) this.#words.forget(id);
      this.dispatchEvent(new CustomEvent("transcript:timed"));
      this.#playhead.wake();
    } catch {
      if (!this.#abort.signal.aborted) say(this.text.no_words, "failed");
    }
  }

  /** @param {import("../lib/timeline.js").Moment} moment */
  #showMoment({ row, word }) {
    const begun = Boolean(this.audio && (this.audio.currentTime || !this.audio.paused));
    const spoken = (begun && this.rows[row]) || null;
    const element = spoken?.element ?? null;
    if (element !== this.#current) {
      this.#pointed = "";
      this.#current?.removeAttribute("aria-current");
      element?.setAttribute("aria-current", "true");
      this.#current = element;
      this.following.moveTo(element);
    }
    const words = spoken && word >= 0 ? this.#words.of(spoken.id, spoken.start) : null;
    if (words && element) this.#highlight.show(textOf(element), words.from[word], words.to[word]);
    else this.#highlight.clear();
  }

  /**
   * @param {string} id
   * @param {HTMLElement} fresh
   * @param {import("../lib/words.js").Packed | null} words
   */
  #replaceRow(id, fresh, words) {
    const row = this.#list.of(id);
    if (!row) return;
    if (row.element === this.#current) {
      this.#current = fresh;
      fresh.setAttribute("aria-current", "true");
      this.following.replace(fresh);
    }
    this.#list.replace(row, fresh);
    this.#retimeRow(id, words);
  }

  /**
   * @param {HTMLElement} fresh
   * @param {import("../lib/words.js").Packed | null} words
   */
  #insertRow(fresh, words) {
    const row = this.#list.insert(fresh);
    this.#retimeRow(row.id, words);
  }

  /** @param {string} id */
  #removeRow(id) {
    const row = this.#list.of(id);
    if (!row) return;
    if (row.element === this.#current) this.#current = null;
    this.#list.remove(row);
    this.#words.forget(id);
  }

  /** Puts the rows in the order of their starts, and tells those who draw or time them. */
  #arrangeRows() {
    if (!this.#list.arrange()) return;
    this.#playhead.follow(new Timeline(this.rows));
    this.dispatchEvent(new CustomEvent("transcript:arranged", { bubbles: true }));
  }

  /**
   * @param {string} id
   * @param {import("../lib/words.js").Packed | null} words
   */
  #retimeRow(id, words) {
    if (words) this.#words.set(id, words);
    else this.#words.forget(id);
    this.#playhead.wake();
    for (const marked of this.marked) marked.changed(id);
  }

  /** Whether words of the row have estimated times; false until the times are there. @param {string} id */
  isEstimated(id) {
    return this.#words.isEstimated(id);
  }

  /** Tells so by `transcript:play`. @param {number} ms */
  playFrom(ms) {
    const { audio } = this;
    if (!audio?.currentSrc && !audio?.src) return;
    this.dispatchEvent(new CustomEvent("transcript:play", { bubbles: true }));
    audio.currentTime = ms / 1000;
    this.following.resume();
    audio.play().catch(() => {
      // Interrupted by a pause or by the next click, or nothing to play: the player says so.
    });
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const row = rowAround(target);
    if (!row) return;
    const button = target.closest("button");
    if (button?.matches("[data-play]")) this.#playPointed(row, Number(row.dataset.start));
    else if (button?.matches("[data-edit]")) this.edit(row);
    else if (button?.matches("[data-take-original]")) this.#originalText.takeBack(row, button);
    else if (button?.closest("[data-conflict], [data-invalid]")) void this.#resolveConflict(row, button);
    else if (target.closest("[data-text]")) this.#playClicked(row, event);
  }

  /**
   * The question goes, and all below it moves up: the row stays in sight.
   * @param {HTMLElement} row
   * @param {HTMLElement} button
   */
  async #resolveConflict(row, button) {
    await this.editing.resolve(row, button);
    this.#list.of(idOf(row))?.element.scrollIntoView({ block: "nearest" });
  }

  /**
   * @param {HTMLElement} row
   * @param {MouseEvent} event
   */
  #playClicked(row, event) {
    const plain = event.button === 0 && event.detail <= 1 && !event.shiftKey && !event.altKey && isTap(event);
    if (!plain || !(document.getSelection()?.isCollapsed ?? true)) return;
    const edits = this.#mayEdit && ownPreferences().values.click_edits && !event.ctrlKey && !event.metaKey;
    if (edits) return this.edit(row, Math.max(0, characterAt(textOf(row), event.clientX, event.clientY)));
    const start = Number(row.dataset.start);
    const words = this.#words.of(idOf(row), start);
    const character = characterAt(textOf(row), event.clientX, event.clientY);
    const word = words && character >= 0 ? wordAtOffset(words, character) : -1;
    if (character >= 0) this.#playPointed(row, words && word >= 0 ? words.start[word] : start);
  }

  /**
   * @param {HTMLElement} row
   * @param {number} ms
   */
  #playPointed(row, ms) {
    this.following.choose(row);
    this.playFrom(ms);
  }

  /** What is pressed in the row being edited leaves the focus and the caret in its field. @param {MouseEvent} event */
  #mouseDown(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    const row = this.editing.row;
    if (row?.contains(target) && target.closest("button")) event.preventDefault();
  }

  /** Plays from a character of the text being typed, which may be another than the one that the words were timed for. */
  #seekTyped(/** @type {number} */ offset) {
    const row = this.editing.row;
    const typing = this.editing.typing;
    if (!row || !typing) return;
    const start = Number(row.dataset.start);
    const words = this.#words.of(idOf(row), start);
    const at = carried(offset, typing.field.value, String(textOf(row).textContent));
    const word = words ? wordAtOffset(words, at) : -1;
    this.playFrom(words && word >= 0 ? words.start[word] : start);
  }

  /** @returns {number} how long the recording is, in ms */
  get duration() {
    return this.audio?.duration ? this.audio.duration * 1000 : Infinity;
  }

  /** The words of a row whose times are estimated, as stretches of its text. @param {string} id */
  estimatedIn(id) {
    return this.#words.estimatedIn(id);
  }

  /** @param {FocusEvent} event */
  #noteFocus({ target }) {
    const row = rowAround(target);
    if (row) this.#pointed = idOf(row);
  }

  /** The row that commands act on: that of an open menu, the one being edited, the focused one, the one being spoken, the first. */
  get row() {
    const pointed = this.#list.of(this.#pointed)?.element;
    return this.chosen ?? this.editing.row ?? rowAround(document.activeElement) ?? pointed ?? this.#current ?? this.rows[0]?.element;
  }

  get selected() {
    const rows = this.selecting?.rows ?? [];
    return !this.chosen || rows.includes(this.chosen) ? rows : [];
  }

  /**
   * @param {HTMLElement | undefined} row
   * @param {number} [caret] else at the word being spoken, or at the end
   * @param {number} [end] of what is selected from there
   */
  edit(row = this.row, caret, end) {
    if (row && this.#mayEdit) this.editing.open(row, caret ?? this.#places.caretIn(row), undefined, end);
  }

  /** To the row being spoken. People who are typing keep their field. */
  goToPlayhead() {
    this.following.back();
    if (!this.editing.row) this.#current?.focus({ preventScroll: true });
  }

  closeRow() {
    this.editing.close({ refocus: true });
  }

  /**
   * To the next row (1) or the one before (-1); an open field moves along.
   * @param {1 | -1} by
   */
  move(by) {
    const { row } = this;
    const index = this.rows.findIndex(({ element }) => element === row);
    const onRows = Boolean(rowAround(document.activeElement));
    let at = onRows ? index + by : index;
    while (this.rows[at]?.element.hidden) at += by;
    const next = this.rows[at]?.element;
    if (!next) return;
    if (this.editing.row) this.edit(next);
    else next.focus({ preventScroll: true });
    this.following.bring(next);
  }

  /**
   * A change of rows; see `Editing.change`. The first row that it gives back is shown.
   * @param {string} url
   * @param {() => import("../lib/transcript.js").Fields} [fields]
   * @param {import("../lib/transcript.js").ChangeOptions} [options]
   */
  async change(url, fields, options) {
    const rows = (await this.editing.change(url, fields, options)) ?? null;
    // People who are typing again by now are left where they are.
    if (rows?.length && !this.editing.row) {
      rows[0].focus({ preventScroll: true });
      this.following.bring(rows[0]);
    }
    return rows;
  }

  undo() {
    const { undone, nothing_to_undo: nothing, undo_conflict: conflict } = this.text;
    return this.change(this.dataset.undo ?? "", this.#acknowledged, { done: undone, nothing, conflict });
  }

  redo() {
    const { redone, nothing_to_redo: nothing, undo_conflict: conflict } = this.text;
    return this.change(this.dataset.redo ?? "", this.#acknowledged, { done: redone, nothing, conflict });
  }

  /** What could not be undone so far is passed over: people who press the key once more want to go on. */
  #acknowledged = () => ({ acknowledged: [...this.editing.acknowledged].slice(-300).join(",") });
}

customElements.define("flash-transcript", FlashTranscript);
