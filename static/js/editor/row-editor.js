// @ts-check
import { fill, oneLine } from "../lib/format.js";
import { strings } from "../lib/html.js";
import { ownPreferences } from "../lib/preferences.js";
import { MAC, boundTo, keyLabel } from "../lib/shortcuts.js";
import { carried, difference, readingSpeed } from "../lib/splicing.js";
import { contains } from "./word-highlight.js";

const sentences = strings("editor-strings");
const words = strings("shortcut-strings");
const preferences = ownPreferences();
const GROWS_ITSELF = CSS.supports("field-sizing", "content");

/** The three things that those who are new need to know, with the keys as they have them. */
function hint() {
  const { keys, tab_plays: tab, space_plays: space } = preferences.values;
  const shortcuts = boundTo(keys, { tab, space });
  const names = { Enter: words.key_enter, Escape: words.key_escape, Space: words.key_space };
  const labelOf = (/** @type {string} */ command) => {
    const all = shortcuts.find((shortcut) => shortcut.command === command)?.keys ?? [];
    const key = all.find((one) => one === "Enter") ?? all[0];
    return key ? keyLabel(key, { mac: MAC, names }) : "";
  };
  const parts = [
    [words.hint_close, labelOf("close")],
    [words.hint_verify, labelOf("verify_next")],
    [MAC ? words.hint_click_mac : words.hint_click, " "],
  ];
  return parts.filter(([, keys_]) => keys_).map(([sentence, keys_]) => fill(sentence ?? "", { keys: keys_ })).join(" · ");
}

/**
 * `<row-editor>`: the one `<textarea>` of the page, in the place of the row's text. It holds one line of text.
 *
 * Events: `row-editor:input` after each change, `row-editor:leave` when the focus went elsewhere in the page,
 * `row-editor:seek` with the character (`detail.offset`) that was clicked with Ctrl or Command.
 */
export class RowEditor extends HTMLElement {
  field = document.createElement("textarea");
  /** The version that the text is written over. */
  base = 0;
  /** What it is written over, where the server made something else of that. */
  baseText = "";
  /** What the person had written before they settled a conflict by this text. */
  refused = "";
  /** Whether an input method is at work. */
  composing = false;
  /** Whether a script is writing, not the person. */
  inserting = false;
  #pace = document.createElement("small");
  #hint = document.createElement("small");
  #abort = new AbortController();

  connectedCallback() {
    const { field } = this;
    field.name = "text";
    field.className = "row-field";
    field.rows = 1;
    field.lang = this.parentElement?.querySelector("[data-text]")?.getAttribute("lang") ?? "";
    field.spellcheck = false;
    field.autocomplete = "off";
    field.setAttribute("autocapitalize", "off");
    this.#pace.className = "row-pace figure";
    this.#pace.title = sentences.pace_title ?? "";
    this.#hint.className = "row-hint";
    this.#hint.textContent = hint();
    this.append(field, this.#pace, this.#hint);
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    field.addEventListener("input", (event) => this.#takeInput(/** @type {InputEvent} */ (event)), { signal });
    field.addEventListener("compositionstart", () => (this.composing = true), { signal });
    field.addEventListener("compositionend", () => this.#endComposition(), { signal });
    field.addEventListener("beforeinput", (event) => this.#preventBreak(event), { signal });
    field.addEventListener("paste", (event) => this.#pasteOneLine(event), { signal });
    field.addEventListener("blur", () => this.#reportLeaving(), { signal });
    field.addEventListener("click", (event) => this.#seekClicked(event), { signal });
    this.#fitHeight();
    this.#fitAnyWidth(signal);
    this.pace();
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  /** The text as it is to be stored. */
  get text() {
    return oneLine(this.field.value).trim();
  }

  /** @param {number} [caret] @param {number} [end] of what is selected */
  focusAt(caret, end = caret) {
    const whole = this.field.value.length;
    this.field.focus({ preventScroll: true });
    this.field.setSelectionRange(caret ?? whole, end ?? whole);
  }

  /** How long the row is and how fast it has to be read. */
  pace() {
    const { start, end } = /** @type {HTMLElement} */ (this.parentElement).dataset;
    const seconds = (Number(end) - Number(start)) / 1000;
    const { rate, fast } = readingSpeed(this.field.value, seconds);
    this.#pace.textContent = fill(sentences.pace ?? "", { seconds: seconds.toFixed(1), rate });
    this.#pace.toggleAttribute("data-fast", fast);
  }

  /** Resolves when no input method is at work. */
  composed() {
    if (!this.composing) return Promise.resolve();
    return new Promise((resolve) => {
      for (const name of ["compositionend", "blur"]) this.field.addEventListener(name, resolve, { once: true });
    });
  }

  /**
   * Another text came from elsewhere: the caret stays where it was in it.
   * @param {string} text
   */
  become(text) {
    const { field } = this;
    const [start, end] = [field.selectionStart, field.selectionEnd].map((at) => carried(at, field.value, text));
    field.value = text;
    field.setSelectionRange(start, end);
    this.#fitHeight();
    this.pace();
  }

  /**
   * Another text as if it were typed: the browser's own undo takes it back.
   * @param {string} text
   */
  type(text) {
    const { field } = this;
    const { start, fromEnd, toEnd } = difference(field.value, text);
    field.focus({ preventScroll: true });
    this.replace(start, fromEnd, text.slice(start, toEnd));
  }

  /**
   * A stretch of the text as if it were typed over.
   * @param {number} start
   * @param {number} end
   * @param {string} text
   */
  replace(start, end, text) {
    this.field.setSelectionRange(start, end);
    this.#insertText(text);
  }

  /** @param {string} text */
  #insertText(text) {
    // The one way of inserting that the browser's undo knows of.
    this.inserting = true;
    const done = document.execCommand(text ? "insertText" : "delete", false, text);
    this.inserting = false;
    if (done) return;
    this.field.setRangeText(text, this.field.selectionStart, this.field.selectionEnd, "end");
    this.dispatchEvent(new CustomEvent("row-editor:input", { bubbles: true }));
  }

  #endComposition() {
    this.composing = false;
    this.#removeBreaks();
  }

  /** @param {MouseEvent} event */
  #seekClicked(event) {
    if (event.button !== 0 || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    const offset = this.#characterAt(event.clientX, event.clientY);
    this.dispatchEvent(new CustomEvent("row-editor:seek", { bubbles: true, detail: { offset } }));
  }

  /**
   * The character under a point where the caret has been put: the one before it or the one after.
   * @param {number} x
   * @param {number} y
   */
  #characterAt(x, y) {
    const { field } = this;
    const caret = field.selectionStart;
    const before = caret > 0 && this.#measure((text) => contains(text, caret - 1, x, y));
    return Math.max(0, before ? caret - 1 : Math.min(caret, field.value.length - 1));
  }

  /** Where the caret stands in the window. */
  get caretBox() {
    const { field } = this;
    if (!field.value) return field.getBoundingClientRect();
    return this.#measure((text) => {
      const range = document.createRange();
      range.setStart(text, Math.max(0, field.selectionStart - 1));
      range.setEnd(text, Math.max(1, field.selectionStart));
      return range.getBoundingClientRect();
    });
  }

  /**
   * A field tells nothing of where its characters stand: the same text in the same place does.
   * @template T
   * @param {(text: Text) => T} measure
   * @returns {T}
   */
  #measure(measure) {
    const copy = document.createElement("p");
    copy.className = "row-field row-copy";
    copy.textContent = this.field.value;
    this.append(copy);
    const measured = measure(/** @type {Text} */ (copy.firstChild));
    copy.remove();
    return measured;
  }

  /** @param {InputEvent} event */
  #takeInput(event) {
    if (!event.isComposing) this.#removeBreaks();
    this.#fitHeight();
    this.pace();
    this.dispatchEvent(new CustomEvent("row-editor:input", { bubbles: true }));
  }

  /** Breaks that came in by dropping or dictation. The browser's own undo is left alone where there are none. */
  #removeBreaks() {
    const { field } = this;
    const tidy = oneLine(field.value);
    if (tidy === field.value) return;
    const caret = field.selectionEnd;
    field.value = tidy;
    field.setSelectionRange(caret, caret);
  }

  /** @param {InputEvent} event */
  #preventBreak(event) {
    if (event.inputType === "insertLineBreak" || event.inputType === "insertParagraph") event.preventDefault();
  }

  /** @param {ClipboardEvent} event */
  #pasteOneLine(event) {
    const pasted = event.clipboardData?.getData("text/plain") ?? "";
    const tidy = oneLine(pasted.replace(/^[\r\n]+|[\r\n]+$/g, ""));
    if (tidy === pasted) return;
    event.preventDefault();
    if (tidy) this.#insertText(tidy);
  }

  #reportLeaving() {
    // Another window came to the front: the field keeps the focus of its page.
    if (document.activeElement === this.field) return;
    this.dispatchEvent(new CustomEvent("row-editor:leave", { bubbles: true }));
  }

  /** The window or a panel beside it may change the lines. @param {AbortSignal} signal */
  #fitAnyWidth(signal) {
    if (GROWS_ITSELF) return;
    const observer = new ResizeObserver(() => requestAnimationFrame(() => this.#fitHeight()));
    observer.observe(this);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  #fitHeight() {
    if (GROWS_ITSELF) return;
    this.field.style.blockSize = "auto";
    this.field.style.blockSize = `${this.field.scrollHeight}px`;
  }
}

customElements.define("row-editor", RowEditor);
