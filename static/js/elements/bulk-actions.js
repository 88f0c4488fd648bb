// @ts-check

/** `<bulk-actions>`: the lines of what is done to many recordings. A line that comes anew keeps the focus that was in it. */
class BulkActions extends HTMLElement {
  #abort = new AbortController();
  /** The line that had the focus. */
  #held = "";

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.addEventListener("htmx:beforeSwap", (event) => this.#hold(/** @type {CustomEvent} */ (event)), { signal });
    this.addEventListener("htmx:afterSwap", () => this.#keep(), { signal });
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  /** @param {CustomEvent} event */
  #hold({ detail: { target, serverResponse } }) {
    this.#held = target.contains(document.activeElement) ? target.id : "";
    if (this.#held && !serverResponse) document.getElementById("main")?.focus();
  }

  /** Not where its button came anew, too. */
  #keep() {
    if (document.activeElement === document.body) document.getElementById(this.#held)?.focus();
  }
}

customElements.define("bulk-actions", BulkActions);
