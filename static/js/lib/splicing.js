// @ts-check
/** Where a place in a text is once the text has become another one. Offsets count UTF-16 units where nothing else is said. */

/**
 * The one stretch in which two texts differ: `start` and where it ends in each.
 * @param {string} from
 * @param {string} to
 */
export function difference(from, to) {
  const most = Math.min(from.length, to.length);
  let start = 0;
  while (start < most && from[start] === to[start]) start += 1;
  let same = 0;
  while (same < most - start && from[from.length - 1 - same] === to[to.length - 1 - same]) same += 1;
  return { start, fromEnd: from.length - same, toEnd: to.length - same };
}

/**
 * The place in `to` of a character of `from`; where that is gone, the beginning of what stands there now.
 * @param {number} offset
 * @param {string} from
 * @param {string} to
 */
export function carried(offset, from, to) {
  const { start, fromEnd } = difference(from, to);
  if (offset < start) return offset;
  return offset >= fromEnd ? offset + to.length - from.length : start;
}

/**
 * A text that was cut at `cut` while somebody went on typing: what of `after` belongs to which half. What is typed at
 * the cut belongs to the right one.
 * @param {string} before
 * @param {string} after
 * @param {number} cut
 */
export function halves(before, after, cut) {
  const { start, fromEnd } = difference(before, after);
  const inLeft = fromEnd <= cut && start < cut;
  const at = inLeft ? cut + after.length - before.length : Math.min(cut, start);
  return { left: after.slice(0, at), right: after.slice(at) };
}

/**
 * The offset, or the one before it where it stands inside what people see as one character, such as an emoji of several parts.
 * @param {string} text
 * @param {number} offset
 */
export function between(text, offset) {
  if (typeof Intl.Segmenter === "undefined") return /[\uD800-\uDBFF]$/.test(text.slice(0, offset)) ? offset - 1 : offset;
  return new Intl.Segmenter().segment(text).containing(offset)?.index ?? offset;
}

/**
 * The word at an offset; between two words, the one after it.
 * @param {string} text
 * @param {number} offset
 * @returns {[number, number]}
 */
export function wordAround(text, offset) {
  if (typeof Intl.Segmenter === "undefined") return [offset, offset];
  const segments = new Intl.Segmenter(undefined, { granularity: "word" }).segment(text);
  const [at, before] = [segments.containing(offset), segments.containing(offset - 1)];
  const word = at?.isWordLike || !before?.isWordLike ? at : before;
  return word ? [word.index, word.index + word.segment.length] : [offset, offset];
}

/**
 * The offset in code points, as the server counts.
 * @param {string} text
 * @param {number} offset
 */
export const codePoints = (text, offset) => Array.from(text.slice(0, offset)).length;

const HAN = /\p{Script=Han}/gu;
const UNSEEN = /[\p{M}\p{Cf}]/gu;
/** So many characters a second can be read, and how wide those of other scripts are there: as captions are made. */
const READABLE = { han: { most: 9, other: 0.5 }, latin: { most: 20, other: 1 } };
const SHORTEST_S = 5 / 6;

/**
 * How many characters a second a row is to be read at, and whether that is too fast.
 * @param {string} text
 * @param {number} seconds
 */
export function readingSpeed(text, seconds) {
  const whole = text.replace(UNSEEN, "").trim();
  const han = (whole.match(HAN) ?? []).length;
  const { most, other } = han * 2 >= whole.split(/\s+/).length ? READABLE.han : READABLE.latin;
  const rate = (han + (Array.from(whole).length - han) * other) / Math.max(seconds, SHORTEST_S);
  return { rate: Math.round(rate), fast: rate > most };
}
