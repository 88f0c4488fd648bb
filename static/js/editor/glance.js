// @ts-check
/**
 * What is seen at a glance: where somebody else begins to speak (their name is not repeated in the rows that follow), and
 * the map below the overview waveform, of who speaks and what is verified or flagged.
 */

import { coloursOf } from "../lib/html.js";
import { FLAG_PX, STRIP_PX, stretches } from "../lib/overview-map.js";
import { transcript } from "../lib/transcript.js";
import { known } from "./marks.js";

/** After a change, so that a burst of them draws once. */
const CALM_MS = 300;
const ROW = "[data-utterance]";
/** Of speakers by their numbers, and where nobody is named. @type {Record<string, string>} */
const COLOURS = { none: "--line-strong", accent: "--accent" };
for (let number = 1; number <= 8; number += 1) COLOURS[number] = `--speaker-${number}`;

const page = transcript();
let timer = 0;
/** Until the appearance changes. @type {Record<string, string> | null} */
let colours = null;

new MutationObserver((records) => {
  /** @type {Set<Element | null>} */
  const changed = new Set();
  for (const { target, type, attributeName, oldValue, addedNodes, removedNodes, nextSibling } of records) {
    if (type === "attributes") {
      const row = /** @type {Element} */ (target);
      if (row.getAttribute(attributeName ?? "") !== oldValue) changed.add(row);
    } else if (isRow(removedNodes[0]) || isRow(addedNodes[0])) {
      for (const row of addedNodes) if (isRow(row)) changed.add(/** @type {Element} */ (row));
      changed.add(nextSibling instanceof Element ? nextSibling : firstBelow(/** @type {Element} */ (target)));
    }
  }
  if (!changed.size) return;
  for (const row of [...changed]) changed.add(row && neighbour(row, "next"));
  for (const row of changed) if (isRow(row)) continueTurn(/** @type {Element} */ (row));
  planDrawing();
}).observe(page, {
  childList: true,
  subtree: true,
  attributeOldValue: true,
  attributeFilter: ["data-speaker", "data-verified", "data-flagged", "data-channel"],
});

/** @param {Node | null | undefined} node */
function isRow(node) {
  return node instanceof Element && node.matches(ROW);
}

/** The first row of the group below. @param {Element} group */
function firstBelow(group) {
  return group.nextElementSibling?.querySelector(ROW) ?? null;
}

/** The row above or below, in its group or in the one beside it. @param {Element} row @param {"previous" | "next"} side */
function neighbour(row, side) {
  /** @type {Element | null} */
  let found = row;
  do found = found[`${side}ElementSibling`];
  while (found && !found.matches(ROW));
  if (found) return found;
  const rows = row.parentElement?.[`${side}ElementSibling`]?.querySelectorAll(ROW);
  return rows?.[side === "next" ? 0 : rows.length - 1] ?? null;
}

/** @param {Element} row */
function voiceOf(row) {
  return `${row.getAttribute("data-speaker") ?? ""} ${row.getAttribute("data-channel") ?? ""}`;
}

/** Whether the row goes on with the voice of the one above. @param {Element} row */
function continueTurn(row) {
  const above = neighbour(row, "previous");
  const voice = voiceOf(row);
  row.toggleAttribute("data-continues", Boolean(above && voice !== " " && voiceOf(above) === voice));
}

function recolour() {
  colours = null;
  planDrawing();
}

function planDrawing() {
  clearTimeout(timer);
  timer = window.setTimeout(draw, CALM_MS);
}

function draw() {
  const rows = page.rows.map(({ element, start, end }) => ({
    start,
    end,
    speaker: element.getAttribute("data-speaker") ?? "",
    verified: element.hasAttribute("data-verified"),
    flagged: element.hasAttribute("data-flagged"),
  }));
  const panels = document.querySelector("side-panel");
  panels?.showCount("speakers", new Set(rows.flatMap(({ speaker }) => speaker || [])).size);
  panels?.showCount("review", rows.filter(({ flagged }) => flagged).length);
  const talks = [...page.querySelectorAll(".row-talk")];
  panels?.showCount("comments", talks.reduce((sum, { textContent }) => sum + Number(textContent), 0));
  drawMap(rows.map(({ speaker, ...row }) => ({ ...row, colour: known.get(speaker)?.colour ?? "" })));
}

/** @param {Parameters<typeof stretches>[0]} rows */
function drawMap(rows) {
  const overview = document.querySelector("[data-overview]");
  const durationMs = Number(document.getElementById("player")?.dataset.duration);
  if (!(overview instanceof HTMLElement) || !durationMs) return;
  const canvas = overview.querySelector(".overview-map") ?? document.createElement("canvas");
  if (!(canvas instanceof HTMLCanvasElement)) return;
  if (!canvas.isConnected) {
    canvas.className = "overview-map";
    canvas.setAttribute("aria-hidden", "true");
    overview.append(canvas);
  }
  const scale = window.devicePixelRatio || 1;
  const [width, height] = [overview.clientWidth, STRIP_PX + FLAG_PX];
  Object.assign(canvas, { width: width * scale, height: height * scale });
  const context = canvas.getContext("2d");
  if (!context) return;
  colours ??= coloursOf(overview, COLOURS);
  const { none, accent } = colours;
  context.scale(scale, scale);
  for (const { from, to, colour, verified, flagged } of stretches(rows, width / durationMs)) {
    context.globalAlpha = verified ? 1 : 0.4;
    context.fillStyle = (colour && colours[colour]) || (verified ? accent : none);
    const left = Math.round(from);
    context.fillRect(left, FLAG_PX, Math.max(1, Math.round(to) - left), STRIP_PX);
    if (!flagged) continue;
    context.globalAlpha = 1;
    context.fillStyle = accent;
    context.beginPath();
    context.moveTo(from - FLAG_PX / 2, 0);
    context.lineTo(from + FLAG_PX / 2, 0);
    context.lineTo(from, FLAG_PX);
    context.fill();
  }
}

for (const name of ["transcript:arranged", "speakers:changed", "comments:counted"]) document.addEventListener(name, planDrawing);
document.addEventListener("theme:changed", recolour);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", recolour);
window.addEventListener("resize", planDrawing);
document.addEventListener("htmx:load", planDrawing); // The player came, once there was something to play.
planDrawing();

/** The whole of a name that is cut. */
for (const kind of ["pointerover", "focusin"]) {
  page.addEventListener(kind, ({ target }) => {
    const label = target instanceof Element ? target.closest(".row-speaker") : null;
    if (!(label instanceof HTMLElement)) return;
    if (label.scrollWidth > label.clientWidth) label.title = label.textContent ?? "";
    else label.removeAttribute("title");
  });
}
