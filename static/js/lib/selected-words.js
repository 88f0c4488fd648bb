// @ts-check
/** The words that a command is about: those selected in a row or in its field. */

import { offsetOf } from "./row-text.js";
import { codePoints } from "./splicing.js";
import { idOf, textOf, timeOf } from "./transcript.js";

/**
 * The row of the selection, or the one that commands act on; `start` and `end` in code points, and 0 without words.
 * @param {import("./transcript.js").Transcript | null} transcript
 */
export function aboutWhat(transcript) {
  const field = transcript?.editing?.typing?.field;
  const selection = document.getSelection();
  const at = selection?.rangeCount ? selection.getRangeAt(0) : null;
  const inside = at && !at.collapsed && at.startContainer.parentElement?.closest("[data-text]");
  const ends = inside ? [offsetOf(inside, at.startContainer, at.startOffset), offsetOf(inside, at.endContainer, at.endOffset)] : [];
  const selected = inside && ends.every((end) => end >= 0) ? inside.closest("[data-utterance]") : null;
  const row = /** @type {HTMLElement | undefined} */ (selected ?? transcript?.row);
  if (!row) return null;
  const typing = !selected && transcript?.editing.row === row ? field : null;
  const text = typing ? typing.value : (textOf(row).textContent ?? "");
  const [from, to] = typing ? [typing.selectionStart, typing.selectionEnd] : selected ? ends : [0, 0];
  const quote = text.slice(from, to);
  const about = { row: idOf(row), time: timeOf(row), start: codePoints(text, from), end: codePoints(text, to), quote };
  return quote.trim() ? about : { ...about, start: 0, end: 0, quote: "" };
}
