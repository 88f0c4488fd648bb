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

// A row that comes anew between the press and the release of a button would eat the click: it comes a second later.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (detail.requestConfig.verb === "get" && detail.target.matches(":active")) detail.shouldSwap = false;
});

document.addEventListener("htmx:responseError", (event) => {
  const { requestConfig, target, xhr } = /** @type {CustomEvent} */ (event).detail;
  // Signed out meanwhile: the page itself says so better than rows that stand still.
  if (xhr.status === 401) location.reload();
  // Deleted in another window.
  if (xhr.status === 404 && requestConfig.verb === "get" && target?.matches(".recording")) target.remove();
});
