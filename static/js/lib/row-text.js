// @ts-check
/**
 * Places in the text of a row: characters, counted in UTF-16 units, and nodes of the page. The text stands in one node, or in
 * several where fillers are hidden; it is the same text all the same.
 */

/**
 * The nodes of the text, each with where it starts.
 * @param {Element} text
 * @returns {{node: Text, start: number}[]}
 */
function nodesOf(text) {
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  const nodes = [];
  let start = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    nodes.push({ node: /** @type {Text} */ (node), start });
    start += /** @type {Text} */ (node).length;
  }
  return nodes;
}

/**
 * The stretch from one character to another; null where the text does not reach so far.
 * @param {Element | null | undefined} text
 * @param {number} from
 * @param {number} to
 * @returns {StaticRangeInit | null}
 */
export function stretchOf(text, from, to) {
  const nodes = text ? nodesOf(text) : [];
  const last = nodes.findLast(({ start }) => start < to);
  const first = nodes.findLast(({ start }) => start <= from);
  if (!first || !last || to > last.start + last.node.length) return null;
  return { startContainer: first.node, startOffset: from - first.start, endContainer: last.node, endOffset: to - last.start };
}

/** @param {StaticRangeInit} stretch that follows changes of the page */
export function rangeFrom(stretch) {
  const range = document.createRange();
  range.setStart(stretch.startContainer, stretch.startOffset);
  range.setEnd(stretch.endContainer, stretch.endOffset);
  return range;
}

/**
 * The character at a place of the page; -1 where that is not in the text.
 * @param {Element} text
 * @param {Node | null} node
 * @param {number} offset
 */
export function offsetOf(text, node, offset) {
  const found = nodesOf(text).find((one) => one.node === node);
  return found ? found.start + offset : -1;
}

/** The text as it is read. @param {Element} text */
export function shownText(text) {
  if (!text.childElementCount) return String(text.textContent);
  return [...text.childNodes].map(shownPart).join("");
}

/** @param {Node} node */
function shownPart(node) {
  const { className = "", dataset = {} } = /** @type {Partial<HTMLElement>} */ (node);
  if (className === "left-out") return "";
  if (className === "instead") return dataset.instead ?? "";
  return className ? String(node.textContent).toUpperCase() : String(node.textContent);
}
