// @ts-check
/** Lists that come anew while somebody writes in them. */

/**
 * Makes a list like a fresh one, item by item, each known by its id. An item in which somebody is stays; `within` may bring
 * into it what is safe there.
 * @param {Element} list
 * @param {Element} fresh whose items are taken
 * @param {(item: Element) => boolean} busy
 * @param {(item: Element, fresh: Element) => void} [within]
 */
export function renew(list, fresh, busy, within = () => {}) {
  const old = new Map([...list.children].map((item) => [item.id, item]));
  const wanted = new Set([...fresh.children].map(({ id }) => id));
  let last = null;
  for (const item of [...fresh.children]) {
    const known = old.get(item.id);
    let shown = item;
    if (known && busy(known)) {
      within(known, item);
      shown = known;
    } else known?.replaceWith(item);
    // What somebody is in keeps its place: moving it would take the focus away.
    /** @type {Element | null} */
    const next = last ? last.nextElementSibling : list.firstElementChild;
    if (shown !== known && shown !== next) list.insertBefore(shown, next);
    last = shown;
  }
  for (const [id, item] of old) if (!wanted.has(id) && item.isConnected && !busy(item)) item.remove();
}

/** Whether somebody has the focus or something unsent in it. @param {Element} item */
export function isBusy(item) {
  const { activeElement } = document;
  if (activeElement?.matches("textarea, input") && item.contains(activeElement)) return true;
  const fields = /** @type {NodeListOf<HTMLTextAreaElement>} */ (item.querySelectorAll("textarea"));
  return [...fields].some(({ value, defaultValue }) => value !== defaultValue);
}
