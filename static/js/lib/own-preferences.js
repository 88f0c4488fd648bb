// @ts-check
/** The preferences of the person at this page. */

import { post } from "./http.js";
import { Preferences } from "./preferences.js";
import { storage } from "./storage.js";

/** @type {Preferences | null} */
let preferences = null;

export function ownPreferences() {
  return (preferences ??= load());
}

function load() {
  /** @type {import("./preferences.js").Values & {user: number, url: string}} */
  const { user, url, ...values } = JSON.parse(document.getElementById("preferences")?.textContent ?? "{}");
  // For a guest, who has the page by a link, only the browser keeps them.
  const send = url ? (/** @type {import("./preferences.js").Changes} */ changes) => store(url, changes) : undefined;
  const made = new Preferences({ values, send, store: storage(), user: String(user) });
  window.addEventListener("pagehide", () => void made.flush());
  window.addEventListener("online", () => void made.flush());
  return made;
}

/**
 * @param {string} url
 * @param {import("./preferences.js").Changes} changes
 */
async function store(url, { keys, ...habits }) {
  const fields = Object.fromEntries(Object.entries(habits).map(([name, value]) => [name, String(value)]));
  const { status } = await post(url, keys ? { ...fields, keys: JSON.stringify(keys) } : fields);
  return status === 200 || status === 422;
}
