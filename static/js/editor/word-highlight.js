// @ts-check
/** The word being spoken, as the CSS highlight `current-word` of one range. */

import { addHighlight, removeHighlight } from "../lib/highlights.js";
import { offsetOf, stretchOf } from "../lib/row-text.js";

const NAME = "current-word";

export class WordHighlight {
  #range = document.createRange();
  #highlight = addHighlight(NAME);

  /**
   * @param {Element} text the element that holds it
   * @param {number} from
   * @param {number} to
   */
  show(text, from, to) {
    const stretch = this.#highlight && stretchOf(text, from, to);
    if (!this.#highlight || !stretch) return this.clear();
    this.#range.setStart(stretch.startContainer, stretch.startOffset);
    this.#range.setEnd(stretch.endContainer, stretch.endOffset);
    if (!this.#highlight.has(this.#range)) this.#highlight.add(this.#range);
  }

  clear() {
    this.#highlight?.clear();
  }

  remove() {
    this.clear();
    removeHighlight(NAME);
  }
}

/**
 * The character of a text that stands under a point; -1 outside it.
 * @param {Element} text
 * @param {number} x
 * @param {number} y
 */
export function characterAt(text, x, y) {
  const caret = caretAt(x, y);
  const offset = caret ? offsetOf(text, caret.node, caret.offset) : -1;
  if (!caret || offset < 0) return -1;
  // A caret stands between two characters; the point lies on the one before it or on the one after.
  const before = caret.offset > 0 && contains(/** @type {Text} */ (caret.node), caret.offset - 1, x, y);
  return Math.min(before ? offset - 1 : offset, String(text.textContent).length - 1);
}

/**
 * @param {number} x
 * @param {number} y
 * @returns {{node: Node, offset: number} | null}
 */
export function caretAt(x, y) {
  if (document.caretPositionFromPoint) {
    const position = document.caretPositionFromPoint(x, y);
    return position && { node: position.offsetNode, offset: position.offset };
  }
  const range = document.caretRangeFromPoint?.(x, y);
  return range ? { node: range.startContainer, offset: range.startOffset } : null;
}

/**
 * Whether a character stands under a point.
 * @param {Text} node
 * @param {number} offset
 * @param {number} x
 * @param {number} y
 */
export function contains(node, offset, x, y) {
  const range = document.createRange();
  range.setStart(node, offset);
  range.setEnd(node, offset + 1);
  for (const box of range.getClientRects()) {
    if (x >= box.left && x < box.right && y >= box.top - 4 && y <= box.bottom + 4) return true;
  }
  return false;
}
