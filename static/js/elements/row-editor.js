// @ts-check
import { oneLine } from "../lib/format.js";

const GROWS_ITSELF = CSS.supports("field-sizing", "content");

/**
 * `<row-editor>`: the one `<textarea>` of the page, in the place of the row's text. It holds one line of text.
 *
 * Events: `row-editor:input` after each change, `row-editor:leave` when the focus went elsewhere in the page.
 */
export class RowEditor extends HTMLElement {
  field = document.createElement("textarea");
  /** The version that the text is written over. */
  base = 0;
  #abort = new AbortController();

  connectedCallback() {
    const { field } = this;
    field.name = "text";
    field.className = "row-field";
    field.rows = 1;
    field.spellcheck = false;
    field.autocomplete = "off";
    field.setAttribute("autocapitalize", "off");
    this.append(field);
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    field.addEventListener("input", (event) => this.#input(/** @type {InputEvent} */ (event)), { signal });
    field.addEventListener("compositionend", () => this.#tidy(), { signal });
    field.addEventListener("beforeinput", (event) => this.#before(event), { signal });
    field.addEventListener("paste", (event) => this.#paste(event), { signal });
    field.addEventListener("blur", () => this.#blur(), { signal });
    this.#grow();
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  /** The text as it is to be stored. */
  get text() {
    return oneLine(this.field.value).trim();
  }

  /** @param {number} [caret] */
  focusAt(caret) {
    const at = caret ?? this.field.value.length;
    this.field.focus({ preventScroll: true });
    this.field.setSelectionRange(at, at);
  }

  /** @param {InputEvent} event */
  #input(event) {
    if (!event.isComposing) this.#tidy();
    this.#grow();
    this.dispatchEvent(new CustomEvent("row-editor:input", { bubbles: true }));
  }

  /** Breaks that came in by dropping or dictation. The browser's own undo is left alone where there are none. */
  #tidy() {
    const { field } = this;
    const tidy = oneLine(field.value);
    if (tidy === field.value) return;
    const caret = field.selectionEnd;
    field.value = tidy;
    field.setSelectionRange(caret, caret);
  }

  /** @param {InputEvent} event */
  #before(event) {
    if (event.inputType === "insertLineBreak" || event.inputType === "insertParagraph") event.preventDefault();
  }

  /** @param {ClipboardEvent} event */
  #paste(event) {
    const pasted = event.clipboardData?.getData("text/plain") ?? "";
    const tidy = oneLine(pasted.replace(/^[\r\n]+|[\r\n]+$/g, ""));
    if (tidy === pasted) return;
    event.preventDefault();
    // The one way of inserting that the browser's undo knows of.
    if (!document.execCommand("insertText", false, tidy)) {
      this.field.setRangeText(tidy, this.field.selectionStart, this.field.selectionEnd, "end");
    }
  }

  #blur() {
    // Another window came to the front: the field keeps the focus of its page.
    if (document.activeElement === this.field) return;
    this.dispatchEvent(new CustomEvent("row-editor:leave", { bubbles: true }));
  }

  #grow() {
    if (GROWS_ITSELF) return;
    this.field.style.blockSize = "auto";
    this.field.style.blockSize = `${this.field.scrollHeight}px`;
  }
}

customElements.define("row-editor", RowEditor);
