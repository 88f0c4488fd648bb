// @ts-check
/** Fragments of HTML as the server answers them. */

/** @param {string} html @returns {DocumentFragment} */
export function fragmentOf(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

/** @param {string} html */
export const firstOf = (html) => /** @type {HTMLElement | null} */ (fragmentOf(html).firstElementChild);

/** Why a form was refused. @param {string} html */
export const reasonOf = (html) => firstOf(html)?.querySelector(".error")?.textContent ?? "";

/**
 * A part that an element of the page is made with.
 * @template {Element} T
 * @param {ParentNode} root
 * @param {string} selector
 * @param {new () => T} type
 * @returns {T}
 * @throws {Error} where the page was made without it
 */
export function partOf(root, selector, type) {
  const part = root.querySelector(selector);
  if (!(part instanceof type)) throw new Error(`${selector} is missing`);
  return part;
}
