// @ts-check
import { addressesIn, linesOf } from "../lib/addresses.js";
import { fill } from "../lib/format.js";
import { partOf } from "../lib/html.js";
import { askOffer } from "./upload-offer.js";

/** @typedef {Record<string, string>} Texts */

/**
 * Adds the addresses that stand in the form's field, one a line, or that are pasted elsewhere on the page.
 * @param {HTMLElement} area
 * @param {Texts} text
 * @param {(addresses: string) => void} add
 * @param {AbortSignal} signal
 */
export function watchAddresses(area, text, add, signal) {
  const form = partOf(area, "form", HTMLFormElement);
  const field = partOf(form, "textarea[name=url]", HTMLTextAreaElement);
  const button = partOf(form, "[data-add-address]", HTMLButtonElement);
  const most = Number(field.dataset.most);

  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const lines = linesOf(field.value);
    if (lines.length > most) {
      field.setCustomValidity(fill(text.too_many_addresses, { most, count: lines.length }));
      return field.reportValidity();
    }
    field.value = "";
    if (lines.length) add(lines.join("\n"));
    else if (event.submitter === button) field.focus();
  };

  // Enter adds what stands there; Shift+Enter begins another line.
  const press = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit(button);
  };

  const paste = async (/** @type {ClipboardEvent} */ event) => {
    const target = event.target instanceof Element ? event.target : document.body;
    if (target.closest("input, textarea, select, dialog[open], [contenteditable]")) return;
    const found = addressesIn(event.clipboardData?.getData("text") ?? "");
    if (!found.length) return;
    const addresses = found.slice(0, most);
    const left = found.length - addresses.length;
    const isWanted = await askOffer(area, {
      title: text.offer_addresses,
      list: addresses,
      notes: [left ? fill(text.offer_rest, { most, count: left }) : ""],
      confirm: fill(text.offer_add, { count: addresses.length }),
    });
    if (isWanted) add(addresses.join("\n"));
  };

  form.addEventListener("submit", submit, { signal });
  field.addEventListener("keydown", press, { signal });
  field.addEventListener("input", () => field.setCustomValidity(""), { signal });
  document.addEventListener("paste", (event) => void paste(event), { signal });
}

/**
 * What several addresses are called together.
 * @param {string} lines
 * @param {Texts} text
 */
export function nameAddresses(lines, text) {
  const count = linesOf(lines).length;
  return count > 1 ? fill(text.addresses, { count }) : lines;
}
