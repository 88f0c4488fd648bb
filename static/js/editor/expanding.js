// @ts-check
/**
 * A person's abbreviations become what they stand for as they are typed in a row's field. Loaded for people who have any.
 * Nothing happens while an input method composes, or to what is pasted or written by a script.
 */

import { expansionAt } from "../lib/abbreviations.js";
import { ownPreferences } from "../lib/preferences.js";
import { isComposing } from "../lib/shortcuts.js";
import { RowEditor } from "./row-editor.js";

/**
 * @typedef {object} Expanded
 * @property {RowEditor} editor
 * @property {number} start
 * @property {string} typed the abbreviation
 * @property {string} entered what followed it
 * @property {string} text of the field since
 * @property {number} caret
 */

/** What was expanded by the last key: one Backspace takes it back. @type {Expanded | null} */
let latest = null;
/** What was taken back, and is let be. @type {Expanded | null} */
let declined = null;
/** The texts before and after, with the caret: the browser's own undo would select what it brings back. */
const carets = /** @type {WeakMap<RowEditor, Map<string, number>>} */ (new WeakMap());

/** @param {Event} event @returns {RowEditor | null} */
function editorOf({ target }) {
  const editor = target instanceof HTMLTextAreaElement ? target.parentElement : null;
  return editor instanceof RowEditor && !editor.composing && !editor.inserting ? editor : null;
}

/**
 * Expands what stands before the caret and before `entered`, which has just been typed.
 * @param {RowEditor} editor
 * @param {string} entered
 */
function expand(editor, entered) {
  const { value, selectionStart: caret, selectionEnd } = editor.field;
  const end = caret - entered.length;
  if (caret !== selectionEnd || end < 0 || value.slice(end, caret) !== entered) return;
  const { abbreviations } = ownPreferences().values;
  const found = expansionAt(value, end, [...entered][0] ?? "", abbreviations);
  if (!found) return;
  const typed = value.slice(found.start, end);
  if (declined?.editor === editor && declined.start === found.start && declined.typed === typed) return;
  replace(editor, found.start, caret, found.becomes + entered);
  latest = { editor, start: found.start, typed, entered, text: editor.field.value, caret: editor.field.selectionStart };
}

/** @param {RowEditor} editor @param {number} start @param {number} end @param {string} text */
function replace(editor, start, end, text) {
  const { field } = editor;
  const known = carets.get(editor) ?? new Map();
  known.set(field.value, end);
  editor.replace(start, end, text);
  carets.set(editor, known.set(field.value, field.selectionEnd));
}

/** @param {RowEditor} editor */
function dropSelection(editor) {
  const caret = carets.get(editor)?.get(editor.field.value);
  if (caret !== undefined) editor.field.setSelectionRange(caret, caret);
}

/** Whether the field is as the expansion left it. @param {RowEditor} editor @param {Expanded} expanded */
function isAsLeft(editor, expanded) {
  const { value, selectionStart, selectionEnd } = editor.field;
  const { caret } = expanded;
  return editor === expanded.editor && value === expanded.text && selectionStart === caret && selectionEnd === caret;
}

document.addEventListener(
  "beforeinput",
  (event) => {
    const editor = editorOf(event);
    if (!editor || !latest || event.inputType !== "deleteContentBackward" || !isAsLeft(editor, latest)) return;
    event.preventDefault();
    declined = latest;
    latest = null;
    replace(editor, declined.start, declined.caret, declined.typed + declined.entered);
  },
  { capture: true },
);

document.addEventListener(
  "input",
  (event) => {
    const editor = editorOf(event);
    const { inputType, data } = /** @type {InputEvent} */ (event);
    if (editor && inputType === "insertText" && data) expand(editor, data);
    else if (editor && inputType.startsWith("history")) dropSelection(editor);
  },
  { capture: true },
);

document.addEventListener("compositionend", (event) => {
  const { target, data } = event;
  // The input method is done with the field only after this.
  setTimeout(() => {
    const editor = target instanceof HTMLTextAreaElement && target.isConnected ? editorOf(event) : null;
    if (editor && data) expand(editor, data);
  });
});

document.addEventListener(
  "keydown",
  (event) => {
    if (isComposing(event)) return;
    if (event.key !== "Backspace") latest = null;
    const editor = event.key === "Enter" ? editorOf(event) : null;
    if (editor) expand(editor, "");
  },
  { capture: true },
);

document.addEventListener("pointerdown", () => (latest = null), { capture: true, passive: true });
