// @ts-check
/** The question before two speakers become one. */

import { fill } from "../lib/format.js";
import { strings } from "../lib/html.js";
import { speakers } from "./speakers.js";

const text = strings("review-strings");

/**
 * @param {string} id
 * @param {string} [into] the one whose name it was given; else one is chosen
 * @returns {Promise<{way: string, into: string}>} the way is "merge", "keep" (both) or "cancel"
 */
function ask(id, into = "") {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("merge-dialog"));
  const names = { name: speakers.of(id)?.shown ?? "", other: speakers.of(id)?.shown ?? "" };
  const question = /** @type {HTMLElement} */ (dialog.querySelector("h2"));
  const choice = /** @type {HTMLSelectElement} */ (dialog.querySelector("select"));
  const others = speakers.list().filter((speaker) => speaker.id !== id);
  question.textContent = into
    ? fill(text.merge_same, { name: speakers.of(into)?.shown ?? "", other: names.other })
    : fill(text.merge_of, names);
  choice.replaceChildren(...others.map((speaker) => new Option(speaker.shown, speaker.id)));
  if (into) choice.value = into;
  /** @type {HTMLElement} */ (dialog.querySelector("[data-merge-into]")).hidden = Boolean(into);
  /** @type {HTMLElement} */ (dialog.querySelector("[data-merge-keep]")).hidden = !into;
  dialog.returnValue = "cancel";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve({ way: dialog.returnValue, into: choice.value }), { once: true });
  });
}

/** @param {string} id */
export async function merge(id) {
  const { way, into } = await ask(id);
  if (way === "merge" && into) await speakers.merge(id, into);
}

/**
 * Names the speaker everywhere; where another one has the name, asks whether they are one.
 * @param {string} id
 * @param {string} name
 * @returns {Promise<boolean>} false where it was called off
 */
export async function renameOrMerge(id, name) {
  const same = name && speakers.namesake(id, name);
  const { way, into } = same ? await ask(id, same.id) : { way: "keep", into: "" };
  if (way === "merge") await speakers.merge(id, into);
  else if (way === "keep") await speakers.rename(id, name);
  return way !== "cancel";
}
