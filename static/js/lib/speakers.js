// @ts-check
/** Which speaker has which number key, and how far a speaker goes on. */

/** @typedef {{id: string, name: string, shown: string, label: string, colour: string}} Speaker */

export const MOST_KEYS = 9;

/**
 * The numbers of the speakers: that of their label where it is 1 to 9, else the lowest that is free. Who has a number
 * keeps it as long as the page stands.
 * @param {Iterable<{id: string, label: string}>} speakers
 * @param {Map<string, number>} [kept]
 * @returns {Map<string, number>}
 */
export function numbered(speakers, kept = new Map()) {
  const numbers = new Map(kept);
  const taken = new Set(numbers.values());
  const give = (/** @type {string} */ id, /** @type {number} */ number) => {
    numbers.set(id, number);
    taken.add(number);
  };
  const others = [];
  for (const { id, label } of speakers) {
    const own = /^[1-9]$/.test(label) ? Number(label) : 0;
    if (numbers.has(id)) continue;
    if (own && !taken.has(own)) give(id, own);
    else others.push(id);
  }
  for (const id of others) {
    let number = 1;
    while (taken.has(number)) number += 1;
    if (number <= MOST_KEYS) give(id, number);
  }
  return numbers;
}

/**
 * Those whose name has what was typed in it, the ones that begin with it first. Case and spaces around it don't matter.
 * @template {{shown: string}} Named
 * @param {readonly Named[]} speakers
 * @param {string} typed
 * @returns {{matches: Named[], exact: Named | undefined}}
 */
export function named(speakers, typed) {
  const wanted = typed.trim().toLowerCase();
  const at = (/** @type {Named} */ { shown }) => shown.toLowerCase().indexOf(wanted);
  const matches = speakers.filter((speaker) => at(speaker) >= 0).sort((one, other) => Number(at(one) > 0) - Number(at(other) > 0));
  return { matches, exact: wanted ? matches.find(({ shown }) => shown.toLowerCase() === wanted) : undefined };
}

/**
 * How many rows there are from `index` on until the speaker changes.
 * @param {readonly {speaker: string}[]} rows
 * @param {number} index
 */
export function runFrom(rows, index) {
  let end = index;
  while (end < rows.length && rows[end].speaker === rows[index].speaker) end += 1;
  return end - index;
}

/**
 * Rows and milliseconds of each speaker; rows without one count for "".
 * @param {Iterable<{speaker: string, start: number, end: number}>} rows
 * @returns {Map<string, {rows: number, ms: number}>}
 */
export function shares(rows) {
  const found = new Map();
  for (const { speaker, start, end } of rows) {
    const share = found.get(speaker) ?? { rows: 0, ms: 0 };
    share.rows += 1;
    share.ms += end - start;
    found.set(speaker, share);
  }
  return found;
}
