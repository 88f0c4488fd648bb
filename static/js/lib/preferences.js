// @ts-check
/**
 * The habits of one person, kept on the server so that they have them on every machine. What is changed counts at once
 * and is kept in the browser until the server has it.
 */

import { get, post } from "./http.js";
import { storage } from "./storage.js";

/**
 * @typedef {object} Values
 * @property {Record<string, string[]>} keys of the commands whose keys were changed
 * @property {number} step_back_ms before going on after a pause
 * @property {boolean} pause_typing
 * @property {number} typing_wait_ms from the last key till the sound goes on
 * @property {number} speed per cent
 * @property {boolean} tab_plays
 * @property {boolean} space_plays
 * @property {boolean} click_edits a click on a word edits it, one with Ctrl plays from it
 * @property {boolean} offers the editor says where else what was corrected may be wrong
 * @property {boolean} compact the rows stand closer together
 * @property {boolean} tour_seen the tour was taken or declined
 * @property {boolean} hide_fillers texts are read and exported without fillers and repetitions
 * @property {Record<string, string>} abbreviations to what they become; they are changed on a page of their own
 */

/** @typedef {Partial<Omit<Values, "keys">> & {keys?: Record<string, string[] | null>}} Changes null: as by default */

const SEND_AFTER_MS = 500;
const RETRY_AFTER_MS = 10_000;

export class Preferences {
  #values;
  #send;
  #store;
  #name;
  #timer;
  /** What the server does not have yet. @type {Changes} */
  #pending = {};
  /** Called with what changed. @type {((changed: Changes) => void)[]} */
  #listeners = [];

  /**
   * @param {object} parts
   * @param {Values} parts.values as the server has them
   * @param {(changes: Changes) => Promise<boolean>} [parts.send] whether the server has answered: it never takes what it
   * refused once; without it they are kept in the browser alone
   * @param {Pick<Storage, "getItem" | "setItem" | "removeItem">} parts.store
   * @param {string} parts.user
   * @param {(run: () => void, ms: number) => unknown} [parts.later]
   */
  constructor({ values, send, store, user, later = (run, ms) => setTimeout(run, ms) }) {
    this.#values = structuredClone(values);
    this.#send = send;
    this.#store = store;
    this.#name = `flashweb.preferences.${user}`;
    this.#timer = { later, planned: false };
    this.#merge(read(store.getItem(this.#name)));
  }

  get values() {
    return this.#values;
  }

  /** @param {(changed: Changes) => void} listener */
  onChange(listener) {
    this.#listeners.push(listener);
  }

  /** @param {Changes} changes */
  set(changes) {
    this.#merge(changes);
    for (const listener of this.#listeners) listener(changes);
  }

  /** What the person changed on another page. @param {Pick<Values, "abbreviations">} values as the server has them */
  take({ abbreviations }) {
    this.#values.abbreviations = abbreviations;
    for (const listener of this.#listeners) listener({ abbreviations });
  }

  /** @param {Changes} changes */
  #merge(changes) {
    if (!Object.keys(changes).length) return;
    const { keys, ...habits } = changes;
    Object.assign(this.#values, habits);
    for (const [command, its] of Object.entries(keys ?? {})) {
      if (its) this.#values.keys[command] = its;
      else delete this.#values.keys[command];
    }
    this.#pending = joined(this.#pending, changes);
    this.#store.setItem(this.#name, JSON.stringify(this.#pending));
    this.#plan(SEND_AFTER_MS);
  }

  /** @param {number} ms */
  #plan(ms) {
    if (this.#timer.planned || !this.#send) return;
    this.#timer.planned = true;
    this.#timer.later(() => {
      this.#timer.planned = false;
      void this.flush();
    }, ms);
  }

  /** Sends now what is waiting. */
  async flush() {
    const sent = this.#pending;
    if (!this.#send || !Object.keys(sent).length) return;
    this.#pending = {};
    const taken = await this.#send(sent).catch(() => false);
    if (!taken) this.#pending = joined(sent, this.#pending);
    if (!Object.keys(this.#pending).length) return this.#store.removeItem(this.#name);
    this.#store.setItem(this.#name, JSON.stringify(this.#pending));
    this.#plan(taken ? SEND_AFTER_MS : RETRY_AFTER_MS);
  }
}

/**
 * @param {Changes} older
 * @param {Changes} newer
 * @returns {Changes}
 */
function joined(older, newer) {
  const both = { ...older, ...newer };
  if (older.keys && newer.keys) both.keys = { ...older.keys, ...newer.keys };
  return both;
}

/** @param {string | null} stored */
function read(stored) {
  try {
    const changes = JSON.parse(stored ?? "{}");
    return changes && typeof changes === "object" ? changes : {};
  } catch {
    return {};
  }
}

/** @type {Preferences | null} */
let own = null;

/** The preferences of the person at this page. */
export function ownPreferences() {
  return (own ??= loadOwn());
}

function loadOwn() {
  /** @type {Values & {user: number, url: string}} */
  const { user, url, ...values } = JSON.parse(document.getElementById("preferences")?.textContent ?? "{}");
  // For a guest, who has the page by a link, only the browser keeps them.
  const send = url ? (/** @type {Changes} */ changes) => storeOwn(url, changes) : undefined;
  const made = new Preferences({ values, send, store: storage(), user: String(user) });
  window.addEventListener("pagehide", () => void made.flush());
  window.addEventListener("online", () => void made.flush());
  return made;
}

/** Looks for abbreviations that were changed on their page meanwhile. */
export async function renewAbbreviations() {
  const { url } = JSON.parse(document.getElementById("preferences")?.textContent ?? "{}");
  const response = await get(url).catch(() => null);
  if (response?.ok) ownPreferences().take(await response.json());
}

/**
 * @param {string} url
 * @param {Changes} changes
 */
async function storeOwn(url, { keys, ...habits }) {
  const fields = Object.fromEntries(Object.entries(habits).map(([name, value]) => [name, String(value)]));
  const { status } = await post(url, keys ? { ...fields, keys: JSON.stringify(keys) } : fields);
  return status === 200 || status === 422;
}
