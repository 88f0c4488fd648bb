// @ts-check
/** What a person typed and the server has not confirmed yet: one draft a row, kept through reloads and sign-outs. */

/**
 * `base` is the row's version that the text was written over, and `baseText` what was written over where the server made
 * something else of that in this version. `key` names the request that carries exactly this text, so that the server
 * applies a repeat once; `sent` is an earlier text that may have come to the server, with its key. `refused` is what
 * the person had written before they settled a conflict by this text.
 * @typedef {{text: string, base: number, key: string, baseText?: string, sent?: {text: string, key: string}, refused?: string}} Draft
 */

export class Drafts {
  #store;
  #prefix;
  #now;

  /**
   * @param {import("./storage.js").Store} store
   * @param {string} user
   * @param {() => number} [now] in ms
   */
  constructor(store, user, now = Date.now) {
    this.#now = now;
    this.#store = store;
    this.#prefix = `flashweb.draft.${user}.`;
  }

  /**
   * @param {string} id
   * @param {Draft} draft
   */
  keep(id, draft) {
    try {
      this.#store.setItem(this.#prefix + id, JSON.stringify({ at: this.#since(id) || this.#now(), ...draft }));
    } catch {
      // The storage is full: the text still stands in the page, and saving goes on.
    }
  }

  /**
   * @param {string} id
   * @returns {Draft | null}
   */
  of(id) {
    const stored = this.#store.getItem(this.#prefix + id);
    if (stored === null) return null;
    try {
      const { text, base, key, baseText, sent, refused } = JSON.parse(stored);
      const more = {
        ...(baseText && { baseText: String(baseText) }),
        ...(sent?.key && { sent }),
        ...(refused && { refused: String(refused) }),
      };
      if (typeof text === "string" && Number.isInteger(base)) return { text, base, key: String(key ?? ""), ...more };
    } catch {
      // Not ours, or cut off: dropped below.
    }
    this.drop(id);
    return null;
  }

  /** @param {string} id */
  drop(id) {
    this.#store.removeItem(this.#prefix + id);
  }

  /** @returns {string[]} the rows that have a draft, of whatever transcript, those first that wait longest */
  ids() {
    const found = [];
    for (let index = 0; index < this.#store.length; index += 1) {
      const key = this.#store.key(index);
      if (key?.startsWith(this.#prefix)) found.push(key.slice(this.#prefix.length));
    }
    return found.sort((one, other) => this.#since(one) - this.#since(other));
  }

  /** When the row began to wait, in ms. @param {string} id */
  #since(id) {
    return Number(this.#store.getItem(this.#prefix + id)?.match(/^{"at":(\d+)/)?.[1] ?? 0);
  }
}
