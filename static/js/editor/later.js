// @ts-check
/** What stands beside the text comes when the text can be read and played, or after a second; then the waveform. */

const idle = new Promise((resolve) => {
  if (window.requestIdleCallback) window.requestIdleCallback(resolve, { timeout: 1000 });
  else setTimeout(resolve, 200);
});

/** Settles when it is there. The style sheets of what it shows were fetched without holding anything up. */
export const later = idle.then(() => {
  for (const sheet of document.querySelectorAll("link[data-later]")) sheet.setAttribute("media", "all");
  return import("./beside.js");
});
