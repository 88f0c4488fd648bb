// @ts-check
/** Marks over the text without elements: CSS highlights. Browsers that lack them, such as Firefox before 140, go without. */

/**
 * @param {string} name by which style sheets know it
 * @param {number} [priority] over others in the same place
 * @returns {Highlight | null}
 */
export function addHighlight(name, priority = 0) {
  if (typeof Highlight === "undefined" || !CSS.highlights) return null;
  const highlight = new Highlight();
  highlight.priority = priority;
  CSS.highlights.set(name, highlight);
  return highlight;
}

/** @param {string} name */
export function removeHighlight(name) {
  if (CSS.highlights) CSS.highlights.delete(name);
}
