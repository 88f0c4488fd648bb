// @ts-check
import { Refused, mayPass, sendChunks } from "../lib/chunks.js";
import { holdsFiles } from "../lib/dropped-files.js";
import { fill, megabytes } from "../lib/format.js";
import { partOf, strings } from "../lib/html.js";
import { csrfToken, post } from "../lib/http.js";

const AT_ONCE = 2;

/**
 * One file, or the address of one, with the options as they stood when it was added.
 * @typedef {{name: string, file: File | null, body: FormData, item: HTMLElement, running: AbortController | null, asking: boolean, url: string}} Upload
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
    if (!this.querySelector("form.upload-form")) return; // Who may only look adds nothing.
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const input = partOf(this, "input[type=file]", HTMLInputElement);
    this.dataset.ready = "";
    input.addEventListener("change", () => this.#take(input), { signal });
    partOf(this, "form", HTMLFormElement).addEventListener("submit", (event) => this.#takeAddress(event), { signal });
    document.addEventListener("dragenter", (event) => this.#drag(event, 1), { signal });
    document.addEventListener("dragleave", (event) => this.#drag(event, -1), { signal });
    document.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault(), { signal });
    document.addEventListener("drop", (event) => this.#drop(event), { signal });
    this.#take(input); // what was chosen while this script was still under way
    window.addEventListener("beforeunload", (event) => this.#uploads.length && event.preventDefault(), { signal });
  }

  disconnectedCallback() {
    this.#abort.abort();
    for (const upload of this.#uploads) upload.running?.abort();
    this.#uploads = [];
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
    const url = partOf(this, "input[name=url]", HTMLInputElement);
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
    const template = partOf(this, "[data-upload-template]", HTMLTemplateElement);
    const item = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    const name = typeof source === "string" ? source : source.name;
    const body = new FormData(partOf(this, "form", HTMLFormElement));
    body.delete("csrfmiddlewaretoken");
    body.delete("file");
    body.delete("url");
    if (typeof source === "string") body.set("url", source);
    const file = typeof source === "string" ? null : source;
    const upload = { name, file, body, item, running: /** @type {AbortController | null} */ (null), asking: false, url: "" };
    partOf(item, "[data-name]", HTMLElement).textContent = name;
    partOf(item, "[data-progress]", HTMLProgressElement).setAttribute("aria-label", name);
    const { signal } = this.#abort;
    partOf(item, "[data-cancel]", HTMLElement).addEventListener("click", () => this.#cancel(upload), { signal });
    partOf(item, "[data-dismiss]", HTMLElement).addEventListener("click", () => item.remove(), { signal });
    partOf(item, "[data-retry]", HTMLElement).addEventListener(
      "click",
      () => {
        item.remove();
        this.#add(source);
      },
      { signal },
    );
    this.#show(item, "waiting", this.#text.waiting);
    partOf(this, "[data-uploads]", HTMLElement).append(item);
    this.#uploads.push(upload);
    this.#next();
  }

  #next() {
    const running = this.#uploads.filter((upload) => upload.running).length;
    const waiting = this.#uploads.filter((upload) => !upload.running && !upload.asking);
    for (const upload of waiting.slice(0, Math.max(0, AT_ONCE - running))) void this.#send(upload);
  }

  /** @param {Upload} upload */
  async #send(upload) {
    const { item, name } = upload;
    const running = new AbortController();
    upload.running = running;
    try {
      const response = await this.#sent(upload, running.signal);
      if (response.status === 300) this.#ask(upload, await response.text());
      else this.#done(upload);
      if (response.status === 200 || response.status === 422) this.#answered(item, await response.text());
      else if (response.status !== 300) this.#refuse(item, fill(this.#trouble(response.status), { file: name }), true);
    } catch (error) {
      if (running.signal.aborted) return;
      this.#done(upload);
      const answer = error instanceof Refused ? error.answer : { status: 0 };
      this.#refuse(item, fill(answer.reason ? `{file}: ${answer.reason}` : this.#trouble(answer.status), { file: name }), true);
    }
    this.#next();
  }

  /**
   * Sends the file, and has it taken in.
   * @param {Upload} upload
   * @param {AbortSignal} signal
   */
  async #sent(upload, signal) {
    const { body, file, item } = upload;
    const progress = partOf(item, "[data-progress]", HTMLProgressElement);
    for (let again = 0; ; again += 1) {
      if (file) {
        const onSent = (/** @type {number} */ bytes) => {
          progress.value = file.size ? bytes / file.size : 0;
          const values = { sent: megabytes(bytes, file.size), total: megabytes(file.size) };
          this.#show(item, "sending", fill(this.#text.sent, values));
        };
        const onWait = (/** @type {number} */ status) => this.#show(item, "waiting", this.#waiting(status));
        body.set("upload", await sendChunks(file, transportOf(upload, file, signal), { signal, onSent, onWait }));
      }
      progress.removeAttribute("value");
      this.#show(item, "checking", this.#text.checking);
      // The server has it whole: leaving would not take it back.
      partOf(item, "[data-cancel]", HTMLElement).hidden = true;
      const response = await this.#handIn(body, signal);
      // It was taken in already, and only the answer was lost.
      if (response.status === 404 && again) return location.reload(), response;
      if (!file || (response.status !== 409 && response.status !== 507 && !mayPass(response.status))) return response;
      this.#show(item, "waiting", this.#waiting(response.status));
      if (again) await pauseOf(Math.min(1000 * 2 ** again, 30_000), signal);
    }
  }

  /**
   * @param {FormData} body
   * @param {AbortSignal} signal
   * @returns {Promise<{status: number, text(): Promise<string>}>}
   */
  async #handIn(body, signal) {
    const headers = { "HX-Request": "true", "X-CSRFToken": csrfToken() };
    const { action } = partOf(this, "form", HTMLFormElement);
    try {
      return await fetch(action, { method: "POST", headers, body, signal });
    } catch {
      signal.throwIfAborted();
      return { status: 0, text: () => Promise.resolve("") };
    }
  }

  /**
   * Asks which of the file's audio tracks is meant, and hands it in again with the answer. Others go on meanwhile.
   * @param {Upload} upload
   * @param {string} html the question
   */
  #ask(upload, html) {
    const { body, item } = upload;
    const form = new DOMParser().parseFromString(html, "text/html").querySelector("form");
    if (!form) throw new Error("no question");
    const question = document.importNode(form, true);
    this.#show(item, "asking", "");
    partOf(item, "[data-cancel]", HTMLElement).hidden = false;
    item.append(question);
    upload.running = null;
    upload.asking = true;
    const { signal } = this.#abort;
    const answer = (/** @type {Event} */ event) => {
      event.preventDefault();
      body.set("track", partOf(question, "select", HTMLSelectElement).value);
      question.remove();
      upload.asking = false;
      this.#show(item, "waiting", this.#text.waiting);
      this.#next();
    };
    question.addEventListener("submit", answer, { signal });
  }

  /** @param {Upload} upload */
  #done(upload) {
    this.#uploads = this.#uploads.filter((other) => other !== upload);
  }

  /**
   * Why it goes on by itself only later.
   * @param {number} status
   */
  #waiting(status) {
    if (status === 507) return this.#text.no_room;
    return status === 503 ? this.#text.busy : this.#text.broken;
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
      partOf(this, "#recordings", HTMLElement).prepend(taken);
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
    const stage = partOf(item, "[data-stage]", HTMLElement);
    stage.setAttribute("role", "alert");
    partOf(item, "[data-progress]", HTMLElement).hidden = true;
    partOf(item, "[data-cancel]", HTMLElement).hidden = true;
    partOf(item, "[data-retry]", HTMLElement).hidden = !again;
    partOf(item, "[data-dismiss]", HTMLElement).hidden = false;
  }

  /** @param {Upload} upload */
  #cancel(upload) {
    this.#done(upload);
    upload.running?.abort();
    upload.item.remove();
    const headers = { "HX-Request": "true", "X-CSRFToken": csrfToken() };
    if (upload.url) fetch(upload.url, { method: "DELETE", headers, keepalive: true }).catch(() => {});
    this.#next();
  }

  /**
   * @param {HTMLElement} item
   * @param {string} state
   * @param {string} sentence
   */
  #show(item, state, sentence) {
    item.dataset.state = state;
    partOf(item, "[data-stage]", HTMLElement).textContent = sentence;
  }
}

/**
 * @param {Upload} upload
 * @param {File} file
 * @param {AbortSignal} signal
 * @returns {import("../lib/chunks.js").Transport}
 */
function transportOf(upload, file, signal) {
  return {
    async begin() {
      const answer = await begin(file);
      upload.url = answer.url ?? upload.url;
      return answer;
    },
    send: (url, offset, chunk, onSent) => send(url, offset, chunk, onSent, signal),
    wait: (ms) => pauseOf(ms, signal),
  };
}

/**
 * @param {File} file
 * @returns {Promise<import("../lib/chunks.js").Answer>}
 */
async function begin(file) {
  const fields = { file_name: file.name, size_bytes: String(file.size), modified_ms: String(file.lastModified) };
  const response = await post("/uploads/", fields).catch(() => null);
  if (!response) return { status: 0 };
  const answer = await response.json().catch(() => ({}));
  const reason = Object.values(answer.errors ?? {}).flat()[0];
  return { status: response.status, id: answer.id, url: answer.url, offset: answer.offset, chunkBytes: answer.chunk_bytes, reason };
}

/**
 * One chunk, by the one way of sending that tells how far it is.
 * @param {string} url
 * @param {number} offset
 * @param {Blob} chunk
 * @param {(bytes: number) => void} onSent
 * @param {AbortSignal} signal
 * @returns {Promise<import("../lib/chunks.js").Answer>}
 */
function send(url, offset, chunk, onSent, signal) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener("abort", abort);
    request.upload.addEventListener("progress", (event) => onSent(event.loaded));
    request.addEventListener("loadend", () => {
      signal.removeEventListener("abort", abort);
      resolve({ status: request.status, offset: Number(request.getResponseHeader("Upload-Offset") ?? NaN) });
    });
    request.open("PATCH", url);
    request.setRequestHeader("Content-Type", "application/offset+octet-stream");
    request.setRequestHeader("Upload-Offset", String(offset));
    request.setRequestHeader("HX-Request", "true");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.send(chunk);
  });
}

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>} at the end of the pause, or when the connection is back, or when it is cancelled
 */
function pauseOf(ms, signal) {
  return new Promise((resolve) => {
    const end = new AbortController();
    const done = () => (clearTimeout(timer), end.abort(), resolve());
    const timer = setTimeout(done, ms);
    window.addEventListener("online", done, { signal: end.signal });
    signal.addEventListener("abort", done, { signal: end.signal });
  });
}

customElements.define("upload-area", UploadArea);
