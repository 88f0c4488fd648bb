// @ts-check
import "../elements/upload-area.js";
// Its parts are added to those of the area above.
import "../elements/audio-recorder.js";
import "../elements/bulk-actions.js";
import "../elements/bulk-selection.js";
import "../elements/library-filter.js";
import { isUnderWay, titleWith } from "../lib/finished.js";

// It works below its own address alone, where other apps share recordings, so that no page waits for it.
void navigator.serviceWorker?.register("/recordings/received/worker.js", { type: "module" }).catch(() => {});

const dialog = document.getElementById("delete-dialog");
/** The row that the question is about; it may be swapped while the question stands. */
let asked = { url: "", row: "" };

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-delete]") : null;
  if (!(button instanceof HTMLElement) || !(dialog instanceof HTMLDialogElement)) return;
  asked = { url: button.dataset.delete ?? "", row: button.closest(".recording")?.id ?? "" };
  const name = dialog.querySelector("[data-delete-name]");
  if (name) name.textContent = button.dataset.title ?? "";
  dialog.returnValue = "";
  dialog.showModal();
});

dialog?.addEventListener("close", () => {
  if (dialog instanceof HTMLDialogElement && dialog.returnValue === "delete") {
    const target = `#${CSS.escape(asked.row)}`;
    // The button that had the focus goes with its row.
    void window.htmx.ajax("POST", asked.url, { target, swap: "outerHTML" }).then(() => document.getElementById("main")?.focus());
  }
});

const moving = document.getElementById("move-dialog");

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-move]") : null;
  const select = document.getElementById("move-project");
  if (!(button instanceof HTMLElement && moving instanceof HTMLDialogElement && select instanceof HTMLSelectElement)) return;
  asked = { url: button.dataset.move ?? "", row: button.closest(".recording")?.id ?? "" };
  const name = moving.querySelector("[data-move-name]");
  if (name) name.textContent = button.dataset.title ?? "";
  // Who may not take it out of its project asks its owners to.
  const asks = button.hasAttribute("data-ask");
  for (const part of moving.querySelectorAll("[data-if-asking]")) {
    if (part instanceof HTMLElement) part.hidden = (part.dataset.ifAsking === "yes") !== asks;
  }
  for (const option of select.options) option.disabled = option.value === button.dataset.project;
  select.value = [...select.options].find((option) => !option.disabled)?.value ?? "";
  const nowhere = moving.querySelector("[data-move-nowhere]");
  const submit = moving.querySelector("[data-move-submit]");
  if (nowhere instanceof HTMLElement) nowhere.hidden = select.value !== "";
  if (submit instanceof HTMLButtonElement) submit.disabled = select.value === "";
  moving.returnValue = "";
  moving.showModal();
});

moving?.addEventListener("close", () => {
  const select = document.getElementById("move-project");
  if (!(moving instanceof HTMLDialogElement && select instanceof HTMLSelectElement)) return;
  if (moving.returnValue !== "move") return;
  const values = { project: select.value, shown: document.getElementById("recordings")?.dataset.project ?? "" };
  const { row, url } = asked;
  const target = `#${CSS.escape(row)}`;
  void window.htmx.ajax("POST", url, { target, swap: "outerHTML", values }).then(() => {
    // The button that had the focus came anew, or went with its row.
    const again = document.getElementById(row)?.querySelector("[data-move]") ?? document.getElementById("main");
    if (again instanceof HTMLElement) again.focus();
  });
});

document.addEventListener("htmx:responseError", (event) => {
  // Signed out meanwhile: the page itself says so better than rows that stand still.
  if (/** @type {CustomEvent} */ (event).detail.xhr.status === 401) location.reload();
});

// Who looks elsewhere sees in the tab's title that a recognition has ended.
let ended = 0;
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, serverResponse } = /** @type {CustomEvent} */ (event).detail;
  if (!document.hidden || !(target instanceof HTMLElement) || !target.matches(".recording")) return;
  const state = /data-state="(\w*)"/.exec(serverResponse)?.[1];
  if (!isUnderWay(target.dataset.state) || isUnderWay(state)) return;
  ended += 1;
  document.title = titleWith(document.title, ended);
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  ended = 0;
  document.title = titleWith(document.title, 0);
});
