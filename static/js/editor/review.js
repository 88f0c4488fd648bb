// @ts-check
/** Verifying and flagging rows, going to what is left, and how far one has come. */

import { register } from "../lib/commands.js";
import { fill } from "../lib/format.js";
import { strings } from "../lib/html.js";
import { idOf, numbersOf, rowAround, rowById, transcript } from "../lib/transcript.js";
import { change, chosen } from "./marks.js";

const text = strings("review-strings");
const HAN = /\p{Script=Han}/u;
/** What stands for speech that nobody can write down, by the script of the row. */
const QUICK_MARKS = { inaudible: ["[inaudible]", "[听不清]"], crosstalk: ["[crosstalk]", "[多人同时说话]"] };

/** Rows whose mark is on its way. @type {Set<string>} */
const underWay = new Set();

/** @param {HTMLElement} row */
const isVerified = (row) => "verified" in row.dataset || underWay.has(idOf(row));

/** @returns {HTMLElement[]} */
const allRows = () => transcript().rows.map(({ element }) => element);

/**
 * The first shown row without the mark below this one, or from the top.
 * @param {HTMLElement | undefined} row
 * @param {readonly HTMLElement[]} [except]
 */
function unverifiedAfter(row, except = []) {
  const rows = allRows();
  const at = row ? rows.indexOf(row) + 1 : 0;
  const left = (/** @type {HTMLElement} */ one) => !isVerified(one) && !one.hidden && !except.includes(one);
  return rows.slice(at).find(left) ?? rows.slice(0, at).find(left) ?? null;
}

/** Says so where the next one stands above. @param {HTMLElement | undefined} from @param {HTMLElement} next */
function sayIfAbove(from, next) {
  if (from && numbersOf([next])[0] < numbersOf([from])[0]) transcript().say(fill(text.from_top, { row: numbersOf([next])[0] }));
}

/**
 * @param {HTMLElement} row
 * @param {boolean} editing
 */
function goTo(row, editing) {
  const page = transcript();
  if (editing) page.edit(row, 0);
  else row.focus({ preventScroll: true });
  page.following.bring(row);
  page.playFrom(Number(row.dataset.start));
}

function nothingLeft() {
  transcript().say(allRows().every(isVerified) ? text.all_verified : text.none_left);
}

/**
 * @param {HTMLElement[]} rows
 * @param {boolean} on
 */
export async function verify(rows, on = true) {
  const ids = rows.map(idOf);
  if (on) for (const id of ids) underWay.add(id);
  const done = on ? text.verified : text.unverified;
  const changed = await change(rows, `${location.pathname}verify/`, { on: String(on) }, done);
  for (const id of ids) underWay.delete(id);
  // Those that somebody else has to verify, because one edited them oneself.
  const left = on && changed ? ids.filter((id) => rowById(id) && !("verified" in (rowById(id)?.dataset ?? {}))).length : 0;
  if (left) transcript().say(fill(text.left_own, { count: changed?.length ?? 0, left }));
  return changed;
}

/** The row that was cut off from the one above, and is still open, counts with it. @param {HTMLElement[]} rows */
function withHalf(rows) {
  const half = rows.length === 1 && rows[0] === transcript().editing.row ? rowById(rows[0].dataset.halfOf) : null;
  return half && !isVerified(half) ? [half, ...rows] : rows;
}

async function verifyNext() {
  const rows = withHalf(chosen());
  if (!rows.length) return;
  const editing = Boolean(transcript().editing.row);
  const next = unverifiedAfter(rows.at(-1), rows);
  document.getSelection()?.removeAllRanges();
  if (next) goTo(next, editing);
  else transcript().closeRow();
  if (!(await verify(rows))) return;
  if (next) sayIfAbove(rows[0], next);
  else nothingLeft();
}

/** All rows from the top to this one. */
async function verifyUntil() {
  const row = chosen().at(-1);
  const rows = allRows();
  const open = row ? rows.slice(0, rows.indexOf(row) + 1).filter((one) => !isVerified(one) && !one.hidden) : [];
  if (open.length) await verify(open);
  else if (row) transcript().say(text.none_above);
}

function nextUnverified() {
  const page = transcript();
  const next = unverifiedAfter(page.row, page.row ? [page.row] : []) ?? unverifiedAfter(undefined);
  if (!next) return nothingLeft();
  const from = page.row;
  goTo(next, Boolean(page.editing.row));
  sayIfAbove(from, next);
}

/**
 * @param {HTMLElement[]} rows
 * @param {boolean} [on]
 */
async function flag(rows, on = rows.some((row) => !("flagged" in row.dataset))) {
  if (rows.length) await change(rows, `${location.pathname}flag/`, { on: String(on) }, on ? text.flag_on : text.flag_off);
}

/** @param {"inaudible" | "crosstalk"} kind */
function insert(kind) {
  const field = transcript().editing.typing?.field;
  if (!field) return transcript().say(text.open_row);
  const han = HAN.test(field.value) || (!field.value.trim() && document.documentElement.lang.startsWith("zh"));
  // The one way of inserting that the browser's own undo knows of.
  document.execCommand("insertText", false, QUICK_MARKS[kind][Number(han)]);
}

/** Verified and all: rows, and milliseconds. */
export function progress() {
  const found = { rows: 0, verifiedRows: 0, ms: 0, verifiedMs: 0 };
  for (const { element, start, end } of transcript().rows) {
    found.rows += 1;
    found.ms += end - start;
    if (!("verified" in element.dataset)) continue;
    found.verifiedRows += 1;
    found.verifiedMs += end - start;
  }
  return found;
}

/** The names of those who verify, by their ids. */
const verifiers = strings("verifiers");
/** The row whose mark somebody pointed at last. @type {HTMLElement | null} */
let explained = null;
document.addEventListener("transcript:news", (event) => {
  const { by, name } = /** @type {CustomEvent} */ (event).detail;
  if (!by) return;
  verifiers[by] = name;
  if (explained) explain(explained); // A row may come before the news of who verified it.
});

/** By whom and when, as a tooltip once somebody points there. @param {HTMLElement} row */
function explain(row) {
  explained = row;
  const mark = row.querySelector(".row-verify");
  if (!(mark instanceof HTMLElement) || !row.dataset.verified) return mark?.removeAttribute("title");
  const when = new Date(Number(row.dataset.verifiedAt) * 1000).toLocaleString(document.documentElement.lang);
  mark.title = fill(text.verified_by, { name: verifiers[row.dataset.verified] ?? text.somebody, when });
}

if (transcript().hasAttribute("data-may-edit")) {
  register({
    verify_next: verifyNext,
    verify_until: verifyUntil,
    flag: () => flag(chosen()),
    mark_inaudible: () => insert("inaudible"),
    mark_crosstalk: () => insert("crosstalk"),
  });
}
register({ next_unverified: nextUnverified });

transcript().addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-verify], [data-flag]") : null;
  const row = rowAround(button);
  if (!button || !row) return;
  if (button.matches("[data-flag]")) {
    row.focus({ preventScroll: true }); // The button goes.
    void flag([row], false);
  } else void verify([row], !("verified" in row.dataset));
});

for (const kind of ["pointerover", "focusin"]) {
  transcript().addEventListener(kind, (event) => {
    const row = event.target instanceof Element ? event.target.closest(".row-verify")?.parentElement : null;
    if (row) explain(row);
  });
}
