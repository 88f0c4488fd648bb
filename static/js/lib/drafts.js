// @ts-check
/** What a person typed and the server has not confirmed yet: one draft a row, kept through reloads and sign-outs. */

/**
 * `base` is the row's version that the text was written over; `key` names the request that carries exactly this text,
 * so that the server applies a repeat once.
 * @typedef {{text: string, base: number, key: string}} Draft
 */

export class Drafts {
  #store;
  #prefix;

  /**
   * @param {import("./storage.js").Store} store
   * @param {string} user
   */
  constructor(store, user) {
    this.#store = store;
    this.#prefix = `flashweb.draft.${user}.`;
  }

  /**
   * @param {string} id
   * @param {Draft} draft
   */
  keep(id, draft) {
    try {
      this.#store.setItem(this.#prefix + id, JSON.stringify(draft));
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
      const { text, base, key } = JSON.parse(stored);
      if (typeof text === "string" && Number.isInteger(base)) return { text, base, key: String(key ?? "") };
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

  /** @returns {string[]} the rows that have a draft, of whatever transcript */
  ids() {
    const found = [];
    for (let index = 0; index < this.#store.length; index += 1) {
      const key = this.#store.key(index);
      if (key?.startsWith(this.#prefix)) found.push(key.slice(this.#prefix.length));
    }
    return found;
  }
}
