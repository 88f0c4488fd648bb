// @ts-check
/** Speakers, verified marks and flags of rows: sent for one row or for many, and shown in them without touching the text. */

import { fill } from "../lib/format.js";
import { fragmentOf, strings } from "../lib/html.js";
import { idOf, numbersOf, rowAround, rowById, transcript } from "../lib/transcript.js";
import { tell } from "./notices.js";

const text = strings("review-strings");
/** What a refused change looks at anew; more rows come with the next reload. */
const MOST_LOOKED_AT = 20;

/** The speakers by their ids. @type {Map<string, import("../lib/speakers.js").Speaker>} */
export const known = new Map();

/** A row whose text is not stored as it stands. */
class NotStored extends Error {}

/**
 * The rows that a command is for: those that are selected; the one with the keyboard; the one being spoken.
 * @returns {HTMLElement[]}
 */
export function chosen() {
  const page = transcript();
  if (page.selected.length) return page.selected;
  const current = /** @type {HTMLElement | null} */ (document.querySelector("[data-utterance][aria-current]"));
  const row = page.chosen ?? page.editing.row ?? rowAround(document.activeElement) ?? current;
  if (!row) page.say(text.choose_row);
  return row ? [row] : [];
}

/**
 * Sends a change of these rows; what was typed in them is stored first, and an open field stays open.
 * @param {HTMLElement[]} rows
 * @param {string} url
 * @param {Record<string, string>} fields
 * @param {string} done what is said of the rows that changed, with a way back where they are several
 * @returns {Promise<HTMLElement[] | null>} the rows that changed; null where it was refused
 */
export async function change(rows, url, fields, done) {
  const ids = rows.map(idOf);
  const versions = () => {
    const visible = ids.flatMap((id) => rowById(id) ?? []);
    if (visible.some((row) => row.dataset.state)) throw new NotStored();
    return { rows: visible.map((row) => `${idOf(row)}:${row.dataset.version}`).join(","), ...fields };
  };
  const changed = await send(url, ids.length ? versions : () => fields, done, ids.length > MOST_LOOKED_AT ? [] : ids);
  if (changed?.length && ids.length) tell(done, numbersOf(changed));
  return changed;
}

/**
 * @param {string} url
 * @param {() => Record<string, string>} fields
 * @param {string} done
 * @param {string[]} [rows]
 */
export async function send(url, fields, done, rows = []) {
  try {
    return await transcript().editing.change(url, fields, { keep: true, apply, rows, done });
  } catch (error) {
    if (!(error instanceof NotStored)) throw error;
    transcript().say(text.not_stored, "failed");
    return null;
  }
}

/** @param {string} html of `_marks.html` */
function apply(html) {
  const parts = /** @type {HTMLElement[]} */ ([...fragmentOf(html).children]);
  for (const part of parts) if (part.dataset.named) storeSpeaker(part);
  return parts.flatMap((part) => (part.dataset.marked && showMarks(part)) || []);
}

/** What a `<template data-named>` says of a speaker; rows that said another name are written anew. @param {HTMLElement} part */
function storeSpeaker(part) {
  const { named: id = "", name = "", shown = "", label = "", colour = "" } = part.dataset;
  const before = known.get(id);
  known.set(id, { id, name, shown, label, colour });
  if (before?.shown === shown) return;
  if (before) for (const row of rowsOf(id)) showSpeaker(row);
  document.dispatchEvent(new CustomEvent("speakers:changed"));
}

/** @param {string} id of a speaker @returns {HTMLElement[]} */
export function rowsOf(id) {
  return [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-utterance][data-speaker="${id}"]`))];
}

const MARKS = ["version", "speaker", "unsure", "verified", "verifiedAt", "flagged", "changed"];

/** What a `<template data-marked>` says of a row. @param {HTMLElement} part @returns {HTMLElement | null} */
function showMarks(part) {
  const row = rowById(part.dataset.marked ?? "");
  if (!row) return null;
  const { editing } = transcript();
  const [before, after] = [Number(row.dataset.version), Number(part.dataset.version)];
  if (before > after) return row;
  // The text has changed meanwhile, too.
  if (before < after - 1) {
    void editing.refresh(idOf(row));
    return row;
  }
  // The text is the same as before: what is being typed is now written over this version.
  if (editing.row === row && editing.typing?.base === before) editing.typing.base = after;
  for (const name of MARKS) {
    if (name in part.dataset) row.dataset[name] = part.dataset[name];
    else delete row.dataset[name];
  }
  row.querySelector("[data-verify]")?.setAttribute("aria-pressed", String("verified" in row.dataset));
  showFlag(row);
  showSpeaker(row);
  document.dispatchEvent(new CustomEvent("transcript:marked"));
  return row;
}

/**
 * Shows how many threads are open about the row. Their mark stands for the flag, too.
 * @param {HTMLElement} row
 * @param {number} count
 */
export function showCommentCount(row, count) {
  const found = row.querySelector(".row-talk");
  if (!count) found?.remove();
  else if (found) found.textContent = String(count);
  else {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", className: "row-talk figure", textContent: String(count) });
    made.dataset.command = "row_comments";
    row.querySelector(".row-verify, .row-text")?.after(made);
  }
  showFlag(row);
  document.dispatchEvent(new CustomEvent("comments:counted"));
}

/** @param {HTMLElement} row */
function showFlag(row) {
  const button = row.querySelector("[data-flag]");
  const talks = row.querySelector(".row-talk");
  const flagged = "flagged" in row.dataset;
  talks?.setAttribute("aria-label", `${text.comments}: ${talks.textContent}${flagged ? `, ${text.flagged}` : ""}`);
  if ((flagged && !talks) === Boolean(button)) return;
  if (button) return button.remove();
  const made = document.createElement("button");
  made.type = "button";
  made.className = "row-flag";
  made.dataset.flag = "";
  made.setAttribute("aria-pressed", "true");
  made.setAttribute("aria-label", text.flagged);
  (row.querySelector("[data-verify]") ?? row.querySelector("[data-text]"))?.after(made);
}

/** Writes who speaks the row. @param {HTMLElement} row */
export function showSpeaker(row) {
  const label = row.querySelector(".row-speaker");
  if (!(label instanceof HTMLElement)) return;
  const speaker = known.get(row.dataset.speaker ?? "");
  const channel = row.dataset.channel ? fill(text.channel, { number: row.dataset.channel }) : "";
  const said = [speaker?.shown, channel].filter(Boolean).join("\n") || text.who;
  if (label.textContent !== said) label.textContent = said;
  if (speaker) label.dataset.colour = speaker.colour;
  else delete label.dataset.colour;
}

for (const part of document.querySelectorAll("template[data-named]")) storeSpeaker(/** @type {HTMLElement} */ (part));
document.addEventListener("row:marked", (event) => {
  const part = /** @type {HTMLElement} */ (/** @type {CustomEvent} */ (event).detail);
  if (part.dataset.named) storeSpeaker(part);
  else showMarks(part);
});
