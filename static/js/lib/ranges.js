// @ts-check

/**
 * The items from one to the other, whichever comes first; only `last` where `first` is not there.
 * @template T
 * @param {T[]} items
 * @param {T | null} first
 * @param {T} last
 * @returns {T[]}
 */
export function rangeOf(items, first, last) {
  const ends = [first === null ? -1 : items.indexOf(first), items.indexOf(last)];
  if (ends.includes(-1)) return [last];
  return items.slice(Math.min(...ends), Math.max(...ends) + 1);
}
