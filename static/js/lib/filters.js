// @ts-check
/** Which rows are shown: what is asked for, as the address of the page keeps it, and what each row is. */

/**
 * What a filter needs to know of a row. `changed` is when it was changed last, in seconds since 1970; 0 for never.
 * @typedef {{verified: boolean, flagged: boolean, estimated: boolean, wordless: boolean, unsure: boolean, speaker: string, changed: number}} Facts
 * @typedef {"unverified" | "flagged" | "estimated" | "wordless" | "unsure"} Kind
 * @typedef {{kinds: Kind[], speaker: string, since: number}} Filter all of it holds for the rows that are shown
 */

/** @type {Record<Kind, (row: Facts) => boolean>} */
const IS = {
  unverified: (row) => !row.verified,
  flagged: (row) => row.flagged,
  estimated: (row) => row.estimated,
  wordless: (row) => row.wordless,
  unsure: (row) => row.unsure,
};
export const KINDS = /** @type {Kind[]} */ (Object.keys(IS));

/** @returns {Filter} */
export const nothing = () => ({ kinds: [], speaker: "", since: 0 });

/** @param {Filter} filter */
export const isActive = ({ kinds, speaker, since }) => Boolean(kinds.length || speaker || since);

/**
 * @param {Facts} row
 * @param {Filter} filter
 */
export function matches(row, { kinds, speaker, since }) {
  if (speaker && row.speaker !== speaker) return false;
  if (since && row.changed < since) return false;
  return kinds.every((kind) => IS[kind](row));
}

/**
 * How many rows there are of each kind.
 * @param {Iterable<Facts>} rows
 * @returns {Record<Kind, number>}
 */
export function counts(rows) {
  const found = { unverified: 0, flagged: 0, estimated: 0, wordless: 0, unsure: 0 };
  for (const row of rows) for (const kind of KINDS) if (IS[kind](row)) found[kind] += 1;
  return found;
}

/**
 * @param {string} query of an address
 * @returns {Filter} without what it does not know
 */
export function parsed(query) {
  const given = new URLSearchParams(query);
  const kinds = new Set((given.get("show") ?? "").split(","));
  const since = Number(given.get("since"));
  return {
    kinds: KINDS.filter((kind) => kinds.has(kind)),
    speaker: /^\d+$/.test(given.get("speaker") ?? "") ? (given.get("speaker") ?? "") : "",
    since: Number.isSafeInteger(since) && since > 0 ? since : 0,
  };
}

/**
 * The query with the filter in it; what else stands there is kept.
 * @param {string} query
 * @param {Filter} filter
 */
export function written(query, { kinds, speaker, since }) {
  const given = new URLSearchParams(query);
  for (const name of ["show", "speaker", "since"]) given.delete(name);
  const rest = String(given);
  const own = [
    kinds.length ? `show=${kinds.join(",")}` : "",
    speaker ? `speaker=${speaker}` : "",
    since ? `since=${since}` : "",
  ];
  const all = [rest, ...own].filter(Boolean).join("&");
  return all ? `?${all}` : "";
}

/**
 * The stretches of rows that are left out, as index of the first and number of rows.
 * @param {readonly boolean[]} shown
 * @returns {{first: number, count: number}[]}
 */
export function gaps(shown) {
  const found = [];
  for (let at = 0; at < shown.length; at += 1) {
    if (shown[at]) continue;
    const first = at;
    while (at < shown.length && !shown[at]) at += 1;
    found.push({ first, count: at - first });
  }
  return found;
}

/** What one opening of a gap shows: all of a short one, else so many rows at each end that borders on a shown row. */
const WHOLE = 12;
const AT_AN_END = 4;

/**
 * The rows of a gap that come into view when it is opened.
 * @param {{first: number, count: number}} gap
 * @param {number} total rows of the transcript
 * @returns {number[]} their indexes
 */
export function opened({ first, count }, total) {
  const all = Array.from({ length: count }, (_none, index) => first + index);
  if (count <= WHOLE) return all;
  const above = first > 0 ? all.slice(0, AT_AN_END) : [];
  const below = first + count < total ? all.slice(-AT_AN_END) : [];
  return above.length + below.length ? [...above, ...below] : all.slice(0, WHOLE);
}

/** A shorter absence is no new visit, and a reload is none. */
const BREAK_S = 30 * 60;

/**
 * When the person was here last, before this visit, as what is kept says; 0 for never.
 * @param {{before: number, seen: number} | null} kept seconds since 1970
 * @param {number} now
 */
export function lastVisit(kept, now) {
  if (!kept) return 0;
  return now - kept.seen > BREAK_S ? kept.seen : kept.before;
}
