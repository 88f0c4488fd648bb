// @ts-check
import { Refused, TAKEN, mayPass, sendChunks } from "../lib/chunks.js";
import { holdsFiles } from "../lib/dropped-files.js";
import { droppedFiles, droppedFolders, readFolders } from "../lib/folders.js";
import { fill, megabytes } from "../lib/format.js";
import { GrowingFile } from "../lib/growing-file.js";
import { partOf, strings } from "../lib/html.js";
import { askKnown, handIn, pauseOf, removeUpload, transportOf } from "../lib/upload-requests.js";
import { sayMinutes } from "./media-lengths.js";
import { nameAddresses, watchAddresses } from "./upload-addresses.js";
import { askFolders, chooseFolder } from "./upload-folders.js";
import { showKnown, watchKnown } from "./upload-known.js";
import { offerToSave } from "./upload-offer.js";

const AT_ONCE = 2;

/**
 * One file, or addresses of some, with the options as they stood when it was added. It is `checked` once it is known
 * whether the server has it already, and `asking` while a question about it waits.
 * @typedef {{name: string, file: File | GrowingFile | null, body: FormData, item: HTMLElement, running: AbortController | null, checked: boolean, asking: boolean, url: string, forget: () => void}} Upload
 */

/**
 * A file that comes from elsewhere in the page, by the event `file:add`. `fields` are the options it was begun with;
 * without them they are set to those of now. `controls` stand in its row while it grows, and `forget` is called when
 * the server has it, or when it is cancelled.
 * @typedef {{file: File | GrowingFile, fields: Record<string, string> | null, controls: HTMLElement | null, forget: () => void}} Given
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
  #measuring = new AbortController();

  connectedCallback() {
    if (!this.querySelector("form.upload-form")) return; // Who may only look adds nothing.
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const input = partOf(this, "input[type=file]", HTMLInputElement);
    this.dataset.ready = "";
    input.addEventListener("change", () => this.#take(input), { signal });
    watchAddresses(this, this.#text, (addresses) => this.#add(addresses), signal);
    watchKnown(this, signal);
    const folder = partOf(this, "[data-folder]", HTMLElement);
    folder.hidden = !("webkitdirectory" in input);
    folder.addEventListener("click", () => void this.#takeFolders(chooseFolder()), { signal });
    document.addEventListener("dragenter", (event) => this.#drag(event, 1), { signal });
    document.addEventListener("dragleave", (event) => this.#drag(event, -1), { signal });
    document.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault(), { signal });
    document.addEventListener("drop", (event) => this.#drop(event), { signal });
    const addGiven = (/** @type {CustomEvent<Given>} */ { detail }) => this.#add(detail.file, detail);
    this.addEventListener("file:add", (event) => addGiven(/** @type {CustomEvent<Given>} */ (event)), { signal });
    this.#take(input); // what was chosen while this script was still under way
    window.addEventListener("beforeunload", (event) => this.#uploads.length && event.preventDefault(), { signal });
  }

  disconnectedCallback() {
    this.#abort.abort();
    this.#measuring.abort();
    for (const upload of this.#uploads) upload.running?.abort();
    this.#uploads = [];
  }

  /** @param {HTMLInputElement} input */
  #take(input) {
    const files = [...(input.files ?? [])];
    input.value = "";
    this.#addFiles(files);
  }

  /** @param {File[]} files */
  #addFiles(files) {
    for (const file of files) this.#add(file);
    this.#sayMinutes(files);
  }

  /** @param {File[]} files */
  #sayMinutes(files) {
    this.#measuring.abort();
    this.#measuring = new AbortController();
    sayMinutes(this, this.#text, files, this.#measuring.signal);
  }

  /** @param {Promise<import("../lib/folders.js").FolderContent>} content */
  async #takeFolders(content) {
    const wanted = await askFolders(this, this.#text, await content, (files) => this.#sayMinutes(files));
    for (const { file, tags } of wanted) this.#add(file, undefined, tags);
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
    const folders = droppedFolders(event.dataTransfer);
    this.#addFiles(droppedFiles(event.dataTransfer));
    if (folders.length) void this.#takeFolders(readFolders(folders));
  }

  /**
   * @param {File | GrowingFile | string} source a file, or addresses, one a line
   * @param {Given} [given]
   * @param {string[]} [tags] that its recording gets
   */
  #add(source, given, tags = []) {
    const template = partOf(this, "[data-upload-template]", HTMLTemplateElement);
    const item = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    const name = typeof source === "string" ? nameAddresses(source, this.#text) : source.name;
    const body = this.#choices(given);
    if (typeof source === "string") body.set("url", source);
    if (tags.length) body.set("tags", tags.join("\n"));
    const file = typeof source === "string" ? null : source;
    const forget = given?.forget ?? (() => {});
    /** @type {Upload} */
    const upload = { name, file, body, item, running: null, checked: !(file instanceof File), asking: false, url: "", forget };
    partOf(item, "[data-name]", HTMLElement).textContent = file instanceof GrowingFile ? name.replace(/\.\w+$/, "") : name;
    partOf(item, "[data-progress]", HTMLProgressElement).setAttribute("aria-label", name);
    const { signal } = this.#abort;
    const cancel = partOf(item, "[data-cancel]", HTMLElement);
    cancel.addEventListener("click", () => this.#mayCancel(upload), { signal });
    partOf(item, "[data-dismiss]", HTMLElement).addEventListener("click", () => (item.remove(), forget()), { signal });
    if (file instanceof GrowingFile) cancel.textContent = this.#text.discard;
    if (given?.controls) item.append(given.controls);
    partOf(item, "[data-retry]", HTMLElement).addEventListener(
      "click",
      () => {
        item.remove();
        this.#add(source, given, tags);
      },
      { signal },
    );
    if (isLive(upload)) this.#show(item, "recording", "");
    else this.#show(item, "waiting", this.#text.waiting);
    partOf(this, "[data-uploads]", HTMLElement).append(item);
    this.#uploads.push(upload);
    this.#next();
  }

  /**
   * The fields of the form but for the files. @param {Given} [given] @returns {FormData}
   */
  #choices(given) {
    const body = new FormData(partOf(this, "form", HTMLFormElement));
    for (const name of ["csrfmiddlewaretoken", "file", "url"]) body.delete(name);
    if (!given) return body;
    given.fields ??= Object.fromEntries([...body].map(([name, value]) => [name, String(value)]));
    const kept = new FormData();
    for (const [name, value] of Object.entries(given.fields)) kept.set(name, value);
    return kept;
  }

  /** Few at once, checked and sent; but what is being recorded waits for nothing. */
  #next() {
    const waiting = this.#uploads.filter((upload) => !upload.running && !upload.asking);
    for (const upload of waiting.filter(isLive)) void this.#send(upload);
    for (const checked of [false, true]) {
      const mine = (/** @type {Upload} */ upload) => !isLive(upload) && upload.checked === checked;
      const room = AT_ONCE - this.#uploads.filter((upload) => upload.running && mine(upload)).length;
      for (const upload of waiting.filter(mine).slice(0, Math.max(0, room))) void (checked ? this.#send(upload) : this.#check(upload));
    }
  }

  /** Asks about a file that the server has already, before it is sent. @param {Upload} upload */
  async #check(upload) {
    const { file, item } = upload;
    const running = new AbortController();
    upload.running = running;
    const progress = partOf(item, "[data-progress]", HTMLProgressElement);
    const onRead = (/** @type {number} */ bytes) => {
      this.#show(item, "waiting", this.#text.comparing);
      progress.value = file?.size ? bytes / file.size : 0;
    };
    const question = file instanceof File ? await askKnown(file, { signal: running.signal, onRead }).catch(() => "") : "";
    if (running.signal.aborted) return;
    upload.running = null;
    upload.checked = true;
    progress.value = 0;
    this.#show(item, "waiting", this.#text.waiting);
    if (question) this.#ask(upload, question);
    this.#next();
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
      if (response.status === 200) upload.forget();
      if (response.status === 200 || response.status === 422) this.#answered(item, await response.text());
      else if (response.status !== 300) this.#refuse(item, fill(this.#trouble(response.status), { file: name }), true);
    } catch (error) {
      if (running.signal.aborted) return;
      this.#done(upload);
      const answer = error instanceof Refused ? error.answer : { status: 0 };
      if (answer.status === TAKEN) return this.#taken(upload);
      this.#refuse(item, fill(answer.reason ? `{file}: ${answer.reason}` : this.#trouble(answer.status), { file: name }), true);
    }
    if (upload.file instanceof GrowingFile && item.dataset.state === "refused") offerToSave(item, upload.file);
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
          if (isLive(upload)) return this.#show(item, "recording", "");
          const values = { sent: megabytes(bytes, file.size), total: megabytes(file.size) };
          this.#show(item, "sending", fill(this.#text.sent, values));
        };
        const onWait = (/** @type {import("../lib/chunks.js").Answer} */ answer) => this.#showWaiting(upload, answer);
        body.set("upload", await sendChunks(file, transportOf(file, upload, signal), { signal, onSent, onWait }));
      }
      progress.removeAttribute("value");
      this.#show(item, "checking", this.#text.checking);
      // The server has it whole: leaving would not take it back.
      partOf(item, "[data-cancel]", HTMLElement).hidden = true;
      const response = await handIn(partOf(this, "form", HTMLFormElement).action, body, signal);
      // It was taken in already, and only the answer was lost.
      if (response.status === 404 && again) return location.reload(), response;
      if (!file || (response.status !== 409 && response.status !== 507 && !mayPass(response.status))) return response;
      this.#showWaiting(upload, response);
      if (again) await pauseOf(Math.min(1000 * 2 ** again, 30_000), signal);
    }
  }

  /**
   * Asks which of the file's audio tracks is meant, what its channels are, or what to do where it is here already; then
   * it is handed in (again) with the answer. Others go on meanwhile.
   * @param {Upload} upload
   * @param {string} html the question
   */
  #ask(upload, html) {
    const { body, item } = upload;
    const form = new DOMParser().parseFromString(html, "text/html").querySelector("form");
    if (!form) throw new Error("no question");
    const question = document.importNode(form, true);
    const isKnown = "known" in question.dataset;
    this.#show(item, "asking", "");
    partOf(item, "[data-cancel]", HTMLElement).hidden = isKnown; // "Skip" does the same.
    item.append(question);
    upload.running = null;
    upload.asking = true;
    const { signal } = this.#abort;
    const answer = (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      const choice = question.querySelector("select") ?? event.submitter;
      if (choice instanceof HTMLSelectElement || choice instanceof HTMLButtonElement) body.set(choice.name, choice.value);
      question.remove();
      upload.asking = false;
      partOf(item, "[data-cancel]", HTMLElement).hidden = false;
      this.#show(item, "waiting", this.#text.waiting);
      showKnown(this, this.#text);
      this.#next();
    };
    question.addEventListener("submit", answer, { signal });
    question.querySelector("[data-skip]")?.addEventListener("click", () => this.#cancel(upload), { signal });
    question.dispatchEvent(new CustomEvent("page:changed", { bubbles: true }));
    showKnown(this, this.#text);
  }

  /** @param {Upload} upload */
  #done(upload) {
    this.#uploads = this.#uploads.filter((other) => other !== upload);
  }

  /** It became a recording in another way, such as by a worker while this page was away. @param {Upload} upload */
  #taken(upload) {
    upload.forget();
    upload.item.remove();
    removeUpload(upload.url);
    if (!this.#uploads.length) location.reload();
  }

  /**
   * Why it goes on by itself only later.
   * @param {Upload} upload
   * @param {{status: number, reason?: string}} answer
   */
  #showWaiting(upload, { status, reason }) {
    const { file, item } = upload;
    const text = this.#text;
    const sentence = status === 507 ? text.no_room : status === 503 ? text.busy : text.broken;
    if (!(file instanceof GrowingFile)) return this.#show(item, "waiting", sentence);
    const kept = status === 401 ? text.recorded_signed_out : status === 0 ? text.recorded_offline : text.recorded_waiting;
    this.#show(item, isLive(upload) ? "recording" : "waiting", reason ? `${reason} ${kept}` : kept);
    offerToSave(item, file);
  }

  /** @param {number} status */
  #trouble(status) {
    if (status === 401) return this.#text.signed_out;
    if (status === 413) return this.#text.too_large;
    return status ? this.#text.server_error : this.#text.no_connection;
  }

  /**
   * The answer holds the new rows, and a sentence for each of which there is none.
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
    const refusals = [...answer.querySelectorAll(".refusal")];
    const sentences = refusals.map((refusal) => refusal.textContent?.trim() ?? "");
    if (refusals.length) this.#refuse(item, sentences.join("\n"), refusals[0].hasAttribute("data-again"));
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

  /** What was recorded here is nowhere else: it is asked about first. @param {Upload} upload */
  #mayCancel(upload) {
    if (!(upload.file instanceof GrowingFile)) return this.#cancel(upload);
    const dialog = partOf(document, "#discard-dialog", HTMLDialogElement);
    dialog.returnValue = "";
    dialog.showModal();
    const answer = () => dialog.returnValue === "discard" && this.#cancel(upload);
    dialog.addEventListener("close", answer, { once: true, signal: this.#abort.signal });
  }

  /** @param {Upload} upload */
  #cancel(upload) {
    this.#done(upload);
    upload.running?.abort();
    upload.item.remove();
    upload.forget();
    removeUpload(upload.url);
    showKnown(this, this.#text);
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

/** Whether it is being recorded now. @param {Upload} upload */
const isLive = ({ file }) => file instanceof GrowingFile && !file.ended;

customElements.define("upload-area", UploadArea);
