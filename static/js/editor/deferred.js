// @ts-check
/** The side panels come when the text can be read and played, or after a second. */

const idle = new Promise((resolve) => {
  if (window.requestIdleCallback) window.requestIdleCallback(resolve, { timeout: 1000 });
  else setTimeout(resolve, 200);
});

/** Settles when the side panels are there. Their style sheets were fetched without holding anything up. */
export const sidePanels = idle.then(() => {
  for (const sheet of document.querySelectorAll("link[data-deferred]")) sheet.setAttribute("media", "all");
  return import("./side-panels.js");
});
