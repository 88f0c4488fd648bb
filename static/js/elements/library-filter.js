// @ts-check
import { showLibrary } from "../lib/library-list.js";

const PAUSE_MS = 300;

/** `<library-filter>`: the form above the list, which shows what it asks for while the page stays. */
class LibraryFilter extends HTMLElement {
  #abort = new AbortController();
  #timer = 0;
  #address = "";

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.addEventListener("change", (event) => this.#ask(event, 0), { signal });
    this.addEventListener("input", (event) => this.#ask(event, PAUSE_MS), { signal });
    this.addEventListener("submit", (event) => this.#submit(event), { signal });
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    this.#abort.abort();
  }

  /** @param {Event} event @param {number} pause in ms */
  #ask(event, pause) {
    const field = event.target;
    if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) return;
    if (field.form?.id !== "library-filter" || (event instanceof InputEvent && event.isComposing)) return;
    clearTimeout(this.#timer);
    const form = field.form;
    this.#timer = window.setTimeout(() => this.#show(form), pause);
  }

  /** @param {Event} event */
  #submit(event) {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || form.id !== "library-filter") return;
    event.preventDefault();
    clearTimeout(this.#timer);
    this.#show(form);
  }

  /** Once: a field that is left says again what was typed, when rows may be selected already. @param {HTMLFormElement} form */
  #show(form) {
    const address = addressOf(form);
    if (address !== this.#address) void showLibrary(address);
    this.#address = address;
  }
}

/** Without what is empty. @param {HTMLFormElement} form */
function addressOf(form) {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (typeof value === "string" && value) asked.append(name, value);
  if (asked.get("order") === "-date") asked.delete("order");
  const query = asked.toString();
  return query ? `${form.action}?${query}` : form.action;
}

customElements.define("library-filter", LibraryFilter);
