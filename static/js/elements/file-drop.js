// @ts-check
import { holdsFiles } from "../lib/dropped-files.js";
import { megabytes } from "../lib/format.js";
import { partOf } from "../lib/html.js";

/** `<file-drop>`: a zone over which its file field lies unseen, so that the browser takes clicks, keys and drops. */
class FileDrop extends HTMLElement {
  #abort = new AbortController();

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.dataset.ready = "";
    this.addEventListener("change", () => this.#show(), { signal });
    this.addEventListener("dragover", (event) => this.toggleAttribute("data-dragging", holdsFiles(event)), { signal });
    for (const name of ["dragleave", "drop"]) {
      this.addEventListener(name, () => this.removeAttribute("data-dragging"), { signal });
    }
    this.#show(); // what the browser kept while the person was on another page
    window.addEventListener("pageshow", () => this.#show(), { signal });
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  #show() {
    const file = partOf(this, "input", HTMLInputElement).files?.[0];
    this.toggleAttribute("data-chosen", Boolean(file));
    partOf(this, "[data-name]", HTMLElement).textContent = file ? `${file.name} · ${megabytes(file.size)}` : "";
  }
}

customElements.define("file-drop", FileDrop);
