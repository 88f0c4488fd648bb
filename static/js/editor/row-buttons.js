// @ts-check
/** The buttons that all rows have, added when the browser has time: the text is there and plays before that. */

import { textOf } from "../lib/transcript.js";

const AT_ONCE = 24;
const LEFT_MS = 40; // of the 50 that a browser with nothing to do gives: whoever scrolls or types then waits little
const WAIT_MS = 500;

/**
 * @param {Iterable<{element: HTMLElement}>} rows
 * @param {AbortSignal} signal
 */
export function addRowButtons(rows, signal) {
  const template = document.querySelector("template[data-row-tools]");
  if (!(template instanceof HTMLTemplateElement)) return;
  const waiting = rows[Symbol.iterator]();
  const next = () => {
    const { value: row, done } = waiting.next();
    if (!done) addButtons(row.element, template.content);
    return !done;
  };
  whenIdle((timeLeft) => {
    for (let count = 0; count < AT_ONCE || timeLeft() > LEFT_MS; count += 1) if (!next()) return false;
    return !signal.aborted;
  });
}

/**
 * @param {HTMLElement} row
 * @param {DocumentFragment} tools
 */
function addButtons(row, tools) {
  if (row.querySelector("[data-edit]")) return;
  const own = /** @type {DocumentFragment} */ (tools.cloneNode(true));
  const verify = /** @type {Element} */ (own.firstElementChild);
  verify.setAttribute("aria-pressed", String("verified" in row.dataset));
  textOf(row).after(verify);
  row.append(own);
}

/** @param {(timeLeft: () => number) => boolean} work whether there is more of it */
function whenIdle(work) {
  if (!window.requestIdleCallback) return setTimeout(() => work(() => 0) && whenIdle(work), 20);
  window.requestIdleCallback((idle) => work(() => idle.timeRemaining()) && whenIdle(work), { timeout: WAIT_MS });
}
