// @ts-check
import { fill, megabytes } from "../lib/format.js";
import { csrfToken } from "../lib/http.js";
import { strings } from "../lib/strings.js";

const AT_ONCE = 2;

/**
 * One file, or the address of one, with the options as they stood when it was added.
 * @typedef {{name: string, body: FormData, item: HTMLElement, request: XMLHttpRequest | null}} Upload
 */

/**
 * `<upload-area>`: files dropped anywhere on the page, or chosen, are sent one by one with their progress; each then
 * becomes its row in the list. Without scripts the form inside sends them all and loads the page anew.
 */
class UploadArea extends HTMLElement {
  /** @type {Upload[]} */
  #uploads = [];
  #abort = new AbortController();
  #text = strings("library-strings");
  #depth = 0;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const input = this.#find("input[type=file]", HTMLInputElement);
    this.dataset.ready = "";
    input.addEventListener("change", () => this.#take(input), { signal });
    this.#find("form", HTMLFormElement).addEventListener("submit", (event) => this.#takeAddress(event), { signal });
    document.addEventListener("dragenter", (event) => this.#drag(event, 1), { signal });
    document.addEventListener("dragleave", (event) => this.#drag(event, -1), { signal });
    document.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault(), { signal });
    document.addEventListener("drop", (event) => this.#drop(event), { signal });
    this.#take(input); // what was chosen while this script was still under way
    window.addEventListener("beforeunload", (event) => this.#uploads.length && event.preventDefault(), { signal });
  }

  disconnectedCallback() {
    this.#abort.abort();
    for (const upload of this.#uploads) upload.request?.abort();
    this.#uploads = [];
  }

  /**
   * @template {HTMLElement} T
   * @param {string} selector
   * @param {{new (): T}} type
   */
  #find(selector, type, root = /** @type {HTMLElement} */ (this)) {
    const found = root.querySelector(selector);
    if (!(found instanceof type)) throw new Error(`upload-area needs ${selector}`);
    return found;
  }

  /** @param {HTMLInputElement} input */
  #take(input) {
    const files = [...(input.files ?? [])];
    input.value = "";
    for (const file of files) this.#add(file);
  }

  /** @param {SubmitEvent} event */
  #takeAddress(event) {
    event.preventDefault();
    const url = this.#find("input[name=url]", HTMLInputElement);
    const address = url.value.trim();
    url.value = "";
    if (address) this.#add(address);
    else if (event.submitter?.hasAttribute("data-add-address")) url.focus();
  }

  /**
   * @param {DragEvent} event
   * @param {1 | -1} by
   */
  #drag(event, by) {
    if (!holdsFiles(event)) return;
    this.#depth = Math.max(0, this.#depth + by);
    this.toggleAttribute("data-dragging", this.#depth > 0);
  }

  /** @param {DragEvent} event */
  #drop(event) {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    this.#depth = 0;
    this.removeAttribute("data-dragging");
    for (const file of event.dataTransfer?.files ?? []) this.#add(file);
  }

  /** @param {File | string} source a file, or an address */
  #add(source) {
    const template = this.#find("[data-upload-template]", HTMLTemplateElement);
    const item = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    const name = typeof source === "string" ? source : source.name;
    const body = new FormData(this.#find("form", HTMLFormElement));
    body.delete("csrfmiddlewaretoken");
    body.delete("file");
    if (typeof source === "string") {
      body.set("url", source);
    } else {
      body.delete("url");
      body.set("file", source);
    }
    const upload = { name, body, item, request: /** @type {XMLHttpRequest | null} */ (null) };
    this.#find("[data-name]", HTMLElement, item).textContent = name;
    this.#find("[data-progress]", HTMLProgressElement, item).setAttribute("aria-label", name);
    const { signal } = this.#abort;
    this.#find("[data-cancel]", HTMLElement, item).addEventListener("click", () => this.#cancel(upload), { signal });
    this.#find("[data-dismiss]", HTMLElement, item).addEventListener("click", () => item.remove(), { signal });
    this.#find("[data-retry]", HTMLElement, item).addEventListener(
      "click",
      () => {
        item.remove();
        this.#add(source);
      },
      { signal },
    );
    this.#show(item, "waiting", this.#text.waiting);
    this.#find("[data-uploads]", HTMLElement).append(item);
    this.#uploads.push(upload);
    this.#next();
  }

  #next() {
    const running = this.#uploads.filter((upload) => upload.request).length;
    const waiting = this.#uploads.filter((upload) => !upload.request);
    for (const upload of waiting.slice(0, Math.max(0, AT_ONCE - running))) this.#send(upload);
  }

  /** @param {Upload} upload */
  #send(upload) {
    const { body, item } = upload;
    const request = new XMLHttpRequest();
    const progress = this.#find("[data-progress]", HTMLProgressElement, item);
    upload.request = request;
    request.upload.addEventListener("progress", (event) => {
      progress.value = event.total ? event.loaded / event.total : 0;
      const values = { sent: megabytes(event.loaded, event.total), total: megabytes(event.total) };
      this.#show(item, "sending", fill(this.#text.sent, values));
    });
    request.upload.addEventListener("load", () => {
      progress.removeAttribute("value");
      this.#show(item, "checking", this.#text.checking);
      // The server has it whole: leaving would not take it back.
      this.#find("[data-cancel]", HTMLElement, item).hidden = true;
    });
    request.addEventListener("loadend", () => this.#ended(upload));
    request.open("POST", this.#find("form", HTMLFormElement).action);
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.send(body);
  }

  /** @param {Upload} upload */
  #ended(upload) {
    if (!this.#uploads.includes(upload)) return;
    this.#uploads = this.#uploads.filter((other) => other !== upload);
    const { name, item, request } = upload;
    const status = request?.status ?? 0;
    if (status === 200 || status === 422) this.#answered(item, request?.responseText ?? "");
    else this.#refuse(item, fill(this.#trouble(status), { file: name }), true);
    this.#next();
  }

  /** @param {number} status */
  #trouble(status) {
    if (status === 401) return this.#text.signed_out;
    if (status === 413) return this.#text.too_large;
    return status ? this.#text.server_error : this.#text.no_connection;
  }

  /**
   * The answer holds the new row, or the sentence that says why there is none.
   * @param {HTMLElement} item
   * @param {string} html
   */
  #answered(item, html) {
    const answer = new DOMParser().parseFromString(html, "text/html");
    for (const row of answer.querySelectorAll(".recording")) {
      const taken = document.importNode(row, true);
      this.#find("#recordings", HTMLElement).prepend(taken);
      window.htmx.process(taken);
      taken.dispatchEvent(new CustomEvent("page:changed", { bubbles: true }));
    }
    const refusal = answer.querySelector(".refusal");
    if (refusal) this.#refuse(item, refusal.textContent ?? "", refusal.hasAttribute("data-again"));
    else item.remove();
  }

  /**
   * @param {HTMLElement} item
   * @param {string} sentence
   * @param {boolean} again whether another try could help
   */
  #refuse(item, sentence, again) {
    this.#show(item, "refused", sentence);
    const stage = this.#find("[data-stage]", HTMLElement, item);
    stage.setAttribute("role", "alert");
    this.#find("[data-progress]", HTMLElement, item).hidden = true;
    this.#find("[data-cancel]", HTMLElement, item).hidden = true;
    this.#find("[data-retry]", HTMLElement, item).hidden = !again;
    this.#find("[data-dismiss]", HTMLElement, item).hidden = false;
  }

  /** @param {Upload} upload */
  #cancel(upload) {
    this.#uploads = this.#uploads.filter((other) => other !== upload);
    upload.request?.abort();
    upload.item.remove();
    this.#next();
  }

  /**
   * @param {HTMLElement} item
   * @param {string} state
   * @param {string} sentence
   */
  #show(item, state, sentence) {
    item.dataset.state = state;
    this.#find("[data-stage]", HTMLElement, item).textContent = sentence;
  }
}

/** @param {DragEvent} event */
function holdsFiles(event) {
  return event.dataTransfer?.types.includes("Files") ?? false;
}

customElements.define("upload-area", UploadArea);
