// @ts-check
/** Calling people in a text by @ and their names. */

/** What may stand before an @: no Latin letter or digit, which would make it an address. */
const BEFORE = /(^|[^\w.])@([^@\n]{0,40})$/;
const MOST = 6;

/**
 * The name that is being written at the caret.
 * @param {string} text
 * @param {number} caret
 * @returns {{from: number, begun: string} | null} `from` is where it begins, behind the @
 */
export function beingNamed(text, caret) {
  const found = BEFORE.exec(text.slice(0, caret));
  return found ? { from: caret - found[2].length, begun: found[2] } : null;
}

/**
 * Those names that go on as it was begun, in any case; those first in which it is not only a later word.
 * @param {readonly string[]} names
 * @param {string} begun
 */
export function matching(names, begun) {
  const wanted = begun.toLowerCase();
  const begins = names.filter((name) => name.toLowerCase().startsWith(wanted));
  const later = names.filter((name) => name.toLowerCase().split(/[\s._-]/).slice(1).some((word) => wanted && word.startsWith(wanted)));
  return [...new Set([...begins, ...later])].slice(0, MOST);
}

/**
 * The text with the name in it.
 * @param {string} text
 * @param {number} caret
 * @param {string} name
 */
export function completed(text, caret, name) {
  const found = beingNamed(text, caret);
  if (!found) return { text, caret };
  const rest = text.slice(caret);
  const written = rest.startsWith(" ") ? name : `${name} `;
  const skipped = rest.startsWith(" ") ? 1 : 0;
  return { text: text.slice(0, found.from) + written + rest, caret: found.from + written.length + skipped };
}
