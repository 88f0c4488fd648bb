// @ts-check
import { fill } from "../lib/format.js";
import { partOf } from "../lib/html.js";

const QUESTIONS = ".upload form[data-known]";

/** One answer for all files that are here already. @param {HTMLElement} area @param {AbortSignal} signal */
export function watchKnown(area, signal) {
  for (const [all, one] of [["[data-skip-all]", "[data-skip]"], ["[data-add-all]", "[type=submit]"]]) {
    const answer = () => area.querySelectorAll(QUESTIONS).forEach((question) => partOf(question, one, HTMLButtonElement).click());
    partOf(area, all, HTMLElement).addEventListener("click", answer, { signal });
  }
}

/** Shows it where there are several. @param {HTMLElement} area @param {Record<string, string>} text */
export function showKnown(area, text) {
  const count = area.querySelectorAll(QUESTIONS).length;
  const all = partOf(area, "[data-known-all]", HTMLElement);
  const { activeElement } = document;
  const hadFocus = !activeElement || activeElement === document.body || all.contains(activeElement);
  all.hidden = count < 2;
  for (const part of all.querySelectorAll("[data-text]")) {
    if (part instanceof HTMLElement) part.textContent = fill(text[part.dataset.text ?? ""], { count });
  }
  const next = area.querySelector(".upload [data-skip]");
  if (hadFocus && all.hidden && next instanceof HTMLElement) next.focus();
}
