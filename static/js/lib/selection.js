// @ts-check
/** Which rows are selected: a stretch between the row where it began and the one where it ends, both by their ids. */

/** @typedef {{anchor: string, head: string}} Selection the head moves, the anchor stays */

/**
 * The ids of the selected rows, in their order; none where an end is gone.
 * @param {Selection | null} selection
 * @param {readonly string[]} order ids of the rows that can be selected
 * @returns {string[]}
 */
export function selectedIn(selection, order) {
  const ends = selection ? [order.indexOf(selection.anchor), order.indexOf(selection.head)] : [-1];
  return ends.includes(-1) ? [] : order.slice(Math.min(...ends), Math.max(...ends) + 1);
}

/**
 * @param {Selection | null} selection
 * @param {string} from where a new one begins
 * @param {string} to
 * @returns {Selection}
 */
export function extended(selection, from, to) {
  return { anchor: selection?.anchor ?? from, head: to };
}

/**
 * One row further down (1) or up (-1), as far as there are rows.
 * @param {Selection | null} selection
 * @param {readonly string[]} order
 * @param {string} from where a new one begins
 * @param {1 | -1} by
 */
export function stepped(selection, order, from, by) {
  const at = order.indexOf(selection?.head ?? from);
  return extended(selection, from, order[at + by] ?? order[at] ?? from);
}

/**
 * The last row, going down (1) or up (-1), before another speaker begins.
 * @param {readonly {id: string, speaker: string}[]} rows
 * @param {string} from
 * @param {1 | -1} by
 */
export function endOfTurn(rows, from, by) {
  let at = rows.findIndex(({ id }) => id === from);
  while (at >= 0 && rows[at + by]?.speaker === rows[at].speaker) at += by;
  return rows[at]?.id ?? from;
}

/**
 * Row numbers as people say them: "4 and 5", "2, 4–6 and 9".
 * @param {readonly number[]} numbers rising
 * @param {string} language
 */
export function numbersSaid(numbers, language) {
  /** @type {[number, number][]} */
  const stretches = [];
  for (const number of numbers) {
    const last = stretches.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else stretches.push([number, number]);
  }
  const said = stretches.flatMap(([first, last]) => (last - first > 1 ? [`${first}–${last}`] : first < last ? [`${first}`, `${last}`] : [`${first}`]));
  return new Intl.ListFormat(language, { type: "conjunction" }).format(said);
}
