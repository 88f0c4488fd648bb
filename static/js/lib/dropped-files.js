// @ts-check
/** Files that are dragged over a page. A browser opens in place of the page what the page doesn't take. */

/** @param {DragEvent} event */
export function holdsFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

/**
 * Holds files that nothing on the page takes.
 * @param {EventTarget} page
 * @param {() => void} tell called when one was dropped
 */
export function holdFiles(page, tell) {
  for (const name of ["dragover", "drop"]) {
    page.addEventListener(name, (event) => {
      const drag = /** @type {DragEvent} */ (event);
      if (!holdsFiles(drag) || isTaken(drag)) return;
      drag.preventDefault();
      if (name === "drop") tell();
    });
  }
}

/** Whether a drop area, or a field for files, takes them. @param {DragEvent} event */
function isTaken(event) {
  const target = /** @type {Partial<Element> | null} */ (event.target);
  return event.defaultPrevented || Boolean(target?.closest?.("input[type=file]"));
}
