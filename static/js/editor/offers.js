// @ts-check
/**
 * After a correction, a quiet line says where else the same may be wrong; a command opens the find panel with these places,
 * or with those of the selected words. It asks once what was typed is stored and its field is closed, takes no focus, and
 * goes when its row changes again.
 */

import { register } from "../lib/commands.js";
import { get } from "../lib/http.js";
import { ownPreferences } from "../lib/preferences.js";
import { MAC, boundTo, keyLabel } from "../lib/shortcuts.js";
import { aboutWhat } from "../lib/selected-words.js";
import { rowById, textOf, transcript } from "../lib/transcript.js";

/** @typedef {{find: string, replace: string, sentence: string}} Offer */

const PAUSE_MS = 400;
const line = /** @type {HTMLElement | null} */ (document.querySelector("[data-offer]"));
/** @type {Offer[]} */
let offers = [];
/** The row that they are about, and its text then. */
let corrected = { row: "", text: "" };
/** The number of the last question: answers to earlier ones are dropped. */
let asked = 0;
let timer = 0;

/** @param {string} row @param {Record<string, string>} [place] @returns {Promise<Offer[]>} */
async function fetchOffers(row, place = {}) {
  const answer = await get(`/utterances/${row}/offers/?${new URLSearchParams(place)}`).catch(() => null);
  return answer?.ok ? (await answer.json()).offers : [];
}

/** @param {string} row */
function planQuestion(row) {
  clearTimeout(timer);
  asked += 1;
  const number = asked;
  const text = textNow(row);
  if (!ownPreferences().values.offers) return;
  timer = window.setTimeout(async () => {
    const fresh = await fetchOffers(row);
    if (number !== asked || !fresh.length || textNow(row) !== text) return;
    offers = fresh;
    corrected = { row, text };
    showFirst();
  }, PAUSE_MS);
}

/** @param {string} row */
function textNow(row) {
  const element = rowById(row);
  return element ? (textOf(element).textContent ?? "") : "";
}

/** Once the row has changed again, or is gone, nobody knows whether they were right. */
function dropOutdated() {
  if (!offers.length || textNow(corrected.row) === corrected.text) return;
  offers = [];
  showFirst();
}

/** The text comes into a line that is there already: only then do screen readers read it. */
function showFirst() {
  const text = line?.querySelector("[data-offer-text]");
  if (!line || !text) return;
  const sentence = offers[0]?.sentence ?? "";
  const keys = line.querySelector("kbd");
  if (keys) keys.textContent = labelKeys();
  line.hidden = !sentence;
  requestAnimationFrame(() => (text.textContent = sentence));
}

function labelKeys() {
  const { keys, tab_plays: tab, space_plays: space } = ownPreferences().values;
  const [first] = boundTo(keys, { tab, space }).find(({ command }) => command === "recurrences")?.keys ?? [];
  return first ? keyLabel(first, { mac: MAC, names: {} }) : "";
}

function passFirst() {
  offers = offers.slice(1);
  showFirst();
}

async function openPlaces() {
  const page = transcript();
  const panel = /** @type {import("../elements/find-panel.js").FindPanel | null} */ (document.querySelector("find-panel"));
  const about = aboutWhat(page);
  if (!panel) return;
  if (about?.quote) {
    if (!(await page.editing.settled())) return;
    const [found] = await fetchOffers(about.row, { start: String(about.start), end: String(about.end) });
    const words = { find: about.quote.trim(), replace: about.quote.trim() };
    return panel.showPlaces(found ?? words, true);
  }
  const [offer] = offers;
  if (!offer) return page.say(page.text.select_words, "failed");
  passFirst();
  panel.showPlaces(offer);
}

if (line) {
  register({ recurrences: () => void openPlaces() });
  document.addEventListener("row:edited", (event) => planQuestion(/** @type {CustomEvent} */ (event).detail));
  transcript().marked.push({ changed: dropOutdated });
  document.addEventListener("transcript:arranged", dropOutdated);
  line.querySelector("[data-offer-close]")?.addEventListener("click", passFirst);
  ownPreferences().onChange(({ offers: wanted }) => {
    if (wanted === false) offers = [];
    showFirst();
  });
}
