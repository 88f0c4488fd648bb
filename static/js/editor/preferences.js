// @ts-check
/** The preferences of whom the page belongs to. */

import { post } from "../lib/http.js";
import { Preferences } from "../lib/preferences.js";
import { storage } from "../lib/storage.js";

/** @type {import("../lib/preferences.js").Values & {user: number, url: string}} */
const page = JSON.parse(document.getElementById("preferences")?.textContent ?? "{}");
const { user, url, ...values } = page;

/** A guest, who has the page by a link, has nobody to keep them for him but the browser. */
const way = url ? send : undefined;

export const preferences = new Preferences({ values, send: way, store: storage(), user: String(user) });

/** @param {import("../lib/preferences.js").Changes} changes */
async function send({ keys, ...habits }) {
  const fields = Object.fromEntries(Object.entries(habits).map(([name, value]) => [name, String(value)]));
  const { status } = await post(url, keys ? { ...fields, keys: JSON.stringify(keys) } : fields);
  return status === 200 || status === 422;
}

window.addEventListener("pagehide", () => void preferences.flush());
window.addEventListener("online", () => void preferences.flush());
