// @ts-check

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
