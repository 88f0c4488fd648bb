// @ts-check
/** What the server writes into the page and its answers, and what style sheets say. */

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

const HELD_MS = 5000;
const LOOK_MS = 50;

/**
 * Resolves as soon as nothing in the element is pressed: what comes anew between the press and the release of a button
 * eats the click. After five seconds it gives up waiting.
 * @param {Element} element
 */
export async function released(element) {
  for (let waited = 0; waited < HELD_MS && element.matches(":active"); waited += LOOK_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

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

/**
 * The translated sentences that a page carries for its scripts.
 * @param {string} id of the JSON block
 * @returns {Record<string, string>}
 */
export function strings(id) {
  const block = document.getElementById(id);
  return block ? JSON.parse(block.textContent ?? "{}") : {};
}

/**
 * The colours of the style sheets as a canvas takes them: `light-dark()` and the like are resolved.
 * @template {string} Name
 * @param {HTMLElement} element in whose place they are asked for
 * @param {Record<Name, string>} properties custom properties by the names that their colours are to have
 * @returns {Record<Name, string>}
 */
export function coloursOf(element, properties) {
  const probe = element.appendChild(document.createElement("i"));
  const colours = { ...properties };
  for (const name of /** @type {Name[]} */ (Object.keys(properties))) {
    probe.style.color = `var(${properties[name]})`;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return colours;
}
