// @ts-check
import "./elements/upload-area.js";

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

// Signed out meanwhile: the page itself says so better than rows that stand still.
document.addEventListener("htmx:responseError", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.xhr.status === 401) location.reload();
});
