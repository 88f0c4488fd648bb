// @ts-check
import { fieldsOf, get, post } from "../lib/http.js";

/**
 * `<share-dialog>`: the page that a link leads to, in a dialog over this one. Its forms are sent from there, and what is
 * answered takes its place.
 */
class ShareDialog extends HTMLElement {
  #abort = new AbortController();

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.addEventListener("submit", (event) => void this.#submit(/** @type {SubmitEvent} */ (event)), { signal });
    // A click into a link's field takes the whole link.
    this.addEventListener("focusin", ({ target }) => target instanceof HTMLInputElement && target.readOnly && target.select(), {
      signal,
    });
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  get #dialog() {
    return /** @type {HTMLDialogElement} */ (this.querySelector("dialog"));
  }

  /** @param {HTMLElement} opener the link */
  async open(opener) {
    const address = opener.getAttribute("href") ?? "";
    const answer = await get(address).catch(() => null);
    if (!answer?.ok) return location.assign(address);
    this.#show(await answer.text());
    this.#dialog.showModal();
  }

  /** @param {string} html */
  #show(html) {
    const place = this.querySelector("[data-share]");
    if (!place) return;
    place.innerHTML = html;
    place.dispatchEvent(new CustomEvent("page:changed", { bubbles: true }));
  }

  /** @param {SubmitEvent} event */
  async #submit(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.method !== "post") return;
    event.preventDefault();
    const fields = fieldsOf(form);
    const answer = await post(form.action, fields).catch(() => null);
    const trouble = /** @type {HTMLElement} */ (this.querySelector("[data-share-trouble]"));
    trouble.hidden = answer?.status === 200 || answer?.status === 422;
    if (!answer || !trouble.hidden) return;
    this.#show(await answer.text());
    const wrong = this.querySelector("[aria-invalid=true]");
    const next = wrong ?? this.querySelector("[data-made] [data-copy]") ?? this.querySelector("[name=label]");
    if (next instanceof HTMLElement) next.focus();
  }
}

customElements.define("share-dialog", ShareDialog);

/** @param {HTMLElement} opener with `data-style`, the address of its style sheet, */
export async function open(opener) {
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: opener.dataset.style });
  if (!document.head.querySelector(`link[href="${opener.dataset.style}"]`)) {
    await new Promise((resolve) => {
      style.onload = style.onerror = resolve;
      document.head.append(style);
    });
  }
  const dialog = document.querySelector("share-dialog");
  if (dialog instanceof ShareDialog) await dialog.open(opener);
}
