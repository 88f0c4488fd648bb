// @ts-check
/** What the page says of what happens: in the status line, and above the text. */

import { fill } from "../lib/format.js";
import { strings } from "../lib/html.js";
import { numbersSaid } from "../lib/selection.js";

const text = strings("editor-strings");

/**
 * Says one sentence in the status line, the one live region of the page.
 * @param {string} sentence
 * @param {string} [state]
 */
export function say(sentence, state = "") {
  const line = document.querySelector("[data-status]");
  if (!(line instanceof HTMLElement)) return;
  line.textContent = sentence;
  line.dataset.state = state;
  // The way back that a notice offers is that of the last change: now there is another one.
  const undo = document.querySelector("[data-notice-undo]");
  if (state === "saving" && undo instanceof HTMLElement && !undo.hidden) notify("");
}

/**
 * Says something above the text, until it is dismissed.
 * @param {string} sentence
 * @param {{undo?: boolean, body?: HTMLElement | null}} [more] with a button that undoes it, or with what belongs to it
 */
export function notify(sentence, { undo = false, body = null } = {}) {
  const notice = document.querySelector("[data-notice]");
  const line = document.querySelector("[data-notice-text]");
  const button = document.querySelector("[data-notice-undo]");
  if (!(notice instanceof HTMLElement) || !line) return;
  notice.hidden = !sentence;
  line.textContent = sentence;
  if (button instanceof HTMLElement) button.hidden = !undo;
  notice.querySelector("[data-conflict]")?.remove();
  if (body) notice.append(body);
}

/** @param {AbortSignal} signal */
export function dismissNotices(signal) {
  for (const button of document.querySelectorAll("[data-notice-close], [data-notice-undo]")) {
    button.addEventListener("click", () => notify(""), { signal });
  }
}

/**
 * Says what happened to which rows; of several, with the way back.
 * @param {string} what
 * @param {readonly number[]} numbers of the rows
 */
export function tell(what, numbers) {
  const rows = numbersSaid(numbers, document.documentElement.lang);
  const sentence = fill(numbers.length > 1 ? text.rows_changed : text.row_changed, { what, rows });
  say(sentence, "saved");
  if (numbers.length > 1) notify(sentence, { undo: true });
}
