// @ts-check
import { register } from "../lib/commands.js";
import { firstOf, partOf, reasonOf } from "../lib/html.js";
import { get, notFetched } from "../lib/http.js";
import { transcript } from "../lib/transcript.js";

const PAUSE_MS = 250;

/** `<shift-dialog data-done data-conflict data-trouble>`: moves all rows by a time, and says before where they will be. */
class ShiftDialog extends HTMLElement {
  #abort = new AbortController();
  #timer = 0;
  #asked = 0;
  /** Where the first row began when the preview was made; "" where nothing can be moved. */
  #base = "";

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    signal.addEventListener("abort", register({ shift_rows: () => this.open() }));
    this.addEventListener("input", () => this.#plan(), { signal });
    this.addEventListener("submit", (event) => this.#submit(event), { signal });
    partOf(this, "[data-close]", HTMLButtonElement).addEventListener("click", () => this.#dialog.close(), { signal });
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  get #dialog() {
    return partOf(this, "dialog", HTMLDialogElement);
  }

  get #form() {
    return partOf(this, "form", HTMLFormElement);
  }

  get #field() {
    return partOf(this, "[name=by]", HTMLInputElement);
  }

  open() {
    this.#dialog.showModal();
    this.#field.select();
    this.#plan();
  }

  #plan() {
    clearTimeout(this.#timer);
    this.#allow("");
    this.#timer = window.setTimeout(() => void this.#preview(), PAUSE_MS);
  }

  /** @param {string} base */
  #allow(base) {
    this.#base = base;
    partOf(this, "[data-move]", HTMLButtonElement).disabled = !base;
  }

  async #preview() {
    const asked = (this.#asked += 1);
    const by = this.#field.value.trim();
    const place = partOf(this, "[data-preview]", HTMLElement);
    if (!by) return place.replaceChildren();
    const answer = await get(`${this.#form.action}?${new URLSearchParams({ by })}`).catch(() => null);
    const html = answer && [200, 422].includes(answer.status) ? await answer.text() : "";
    if (asked !== this.#asked) return;
    if (!html) return notFetched(place, this.dataset.trouble);
    if (answer?.status === 422) return notFetched(place, reasonOf(html));
    const sentence = firstOf(html);
    place.replaceChildren(...(sentence ? [sentence] : []));
    this.#allow(sentence?.dataset.start ?? "");
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    if (!this.#base) return;
    const { done, conflict } = this.dataset;
    const fields = { by: this.#field.value, base_start_ms: this.#base };
    this.#dialog.close();
    void transcript().change(this.#form.action, () => fields, { done, conflict });
  }
}

customElements.define("shift-dialog", ShiftDialog);
