// @ts-check
import { partOf } from "../lib/html.js";

/**
 * What came at once, before anything of it is added: `tags` that it would get, a `list` of it, sentences about it.
 * `details` stand behind the last of them.
 * @typedef {{title: string, tags?: string[], list?: string[], notes?: string[], details?: {title: string, list: string[]} | null, confirm: string}} Offer
 */

/**
 * Asks whether to add it, with the button ready for Enter.
 * @param {HTMLElement} area that holds the template and the list of uploads
 * @param {Offer} offer
 * @returns {Promise<boolean>}
 */
export function askOffer(area, { title, tags = [], list = [], notes = [], details = null, confirm }) {
  const template = partOf(area, "[data-offer-template]", HTMLTemplateElement);
  const item = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
  item.setAttribute("aria-label", title);
  partOf(item, "[data-title]", HTMLElement).textContent = title;
  partOf(item, "[data-tags]", HTMLElement).append(...tags.map((name) => made("li", name, "tag")));
  partOf(item, "[data-list]", HTMLElement).append(...list.map((text) => made("li", text)));
  partOf(item, "[data-notes]", HTMLElement).append(...notes.filter(Boolean).map((text) => made("p", text, "hint")));
  const more = partOf(item, "[data-details]", HTMLDetailsElement);
  more.hidden = !details;
  partOf(more, "summary", HTMLElement).textContent = details?.title ?? "";
  partOf(more, "ul", HTMLElement).append(...(details?.list ?? []).map((text) => made("li", text)));
  const add = partOf(item, "[data-add]", HTMLButtonElement);
  add.textContent = confirm;
  add.hidden = !confirm;
  const cancel = partOf(item, "[data-cancel]", HTMLButtonElement);
  partOf(area, "[data-offers]", HTMLElement).append(item);
  (confirm ? add : cancel).focus();
  return new Promise((resolve) => {
    const end = (/** @type {boolean} */ isWanted) => (item.remove(), resolve(isWanted));
    add.addEventListener("click", () => end(true));
    cancel.addEventListener("click", () => end(false));
  });
}

/**
 * @param {string} name
 * @param {string} text
 * @param {string} [className]
 */
const made = (name, text, className = "") => Object.assign(document.createElement(name), { className, textContent: text });

/**
 * The recording as a file, once it is complete, for who does not want to wait for the server.
 * @param {HTMLElement} item
 * @param {import("../lib/growing-file.js").GrowingFile} file
 */
export function offerToSave(item, file) {
  const link = partOf(item, "[data-save]", HTMLAnchorElement);
  link.hidden = !file.ended;
  if (link.hidden || link.href) return;
  link.href = URL.createObjectURL(file.slice());
  link.download = file.name;
}
