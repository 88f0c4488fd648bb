// @ts-check
/** Web addresses that people paste. */

const INVISIBLE = /[\u200b\u200e\u200f\u2060\ufeff]/g;
// Marks that end a sentence are none of an address; a bracket is, where it was opened in it.
const ADDRESS = /https?:\/\/[^\s<>"“”「」『』，。、；！？（）]+/gi;
const END = /[.,;:!?'’*]+$/;

/** Each line once, without blank ones. @param {string} text */
export function linesOf(text) {
  const lines = text.replace(INVISIBLE, "").split(/[\r\n\u2028\u2029]+/);
  return [...new Set(lines.map((line) => line.trim()).filter(Boolean))];
}

/** The addresses somewhere in a text, each once. @param {string} text */
export function addressesIn(text) {
  const found = (text.replace(INVISIBLE, "").match(ADDRESS) ?? []).map(withoutEnd);
  return [...new Set(found)].filter((address) => URL.canParse(address));
}

/** @param {string} address */
function withoutEnd(address) {
  let kept = address.replace(END, "");
  for (const [open, close] of ["()", "[]", "{}"]) {
    while (kept.endsWith(close) && kept.split(close).length > kept.split(open).length) kept = kept.slice(0, -1).replace(END, "");
  }
  return kept;
}
