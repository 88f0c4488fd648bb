// @ts-check

/**
 * The translated sentences that a page carries for its scripts.
 * @param {string} id of the JSON block
 * @returns {Record<string, string>}
 */
export function strings(id) {
  const block = document.getElementById(id);
  return block ? JSON.parse(block.textContent ?? "{}") : {};
}
