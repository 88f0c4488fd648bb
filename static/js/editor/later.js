// @ts-check
/** What stands beside the text comes when the text can be read and played, or after a second; then the waveform. */

const idle = new Promise((resolve) => {
  if (window.requestIdleCallback) window.requestIdleCallback(resolve, { timeout: 1000 });
  else setTimeout(resolve, 200);
});

/** Settles when it is there. */
export const later = idle.then(() => import("./beside.js"));
