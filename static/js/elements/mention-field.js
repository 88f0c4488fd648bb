// @ts-check
import { beingNamed, completed, matching } from "../lib/mentions.js";
import { isComposing } from "../lib/shortcuts.js";

let count = 0;

/**
 * `<mention-field>` around a `<textarea>`: behind an @ it offers the names in the page's JSON block `comment-members`.
 * Ctrl+Enter sends the form.
 */
class MentionField extends HTMLElement {
  #abort = new AbortController();
  #list = document.createElement("ul");
  /** @type {string[]} */
  #offered = [];
  #at = 0;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#list.id = `mention-list-${(count += 1)}`;
    this.#list.className = "mention-list";
    this.#list.setAttribute("role", "listbox");
    this.#list.hidden = true;
    this.append(this.#list);
    this.#field?.setAttribute("aria-autocomplete", "list");
    this.addEventListener("input", () => this.#offer(), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("focusout", () => this.#close(), { signal });
    // The field keeps the focus.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault(), { signal });
    this.#list.addEventListener("click", (event) => this.#click(event), { signal });
  }

  disconnectedCallback() {
    this.#abort.abort();
    this.#list.remove();
  }

  get #field() {
    return this.querySelector("textarea");
  }

  #offer() {
    const field = this.#field;
    const found = field && beingNamed(field.value, field.selectionEnd);
    this.#offered = found ? matching(members(), found.begun) : [];
    // Written to its end.
    if (this.#offered.length === 1 && this.#offered[0].toLowerCase() === found?.begun.toLowerCase()) this.#offered = [];
    this.#at = 0;
    this.#show();
  }

  #show() {
    this.#list.hidden = !this.#offered.length;
    this.#list.replaceChildren(
      ...this.#offered.map((name, index) => {
        const option = document.createElement("li");
        option.id = `${this.#list.id}-${index}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", String(index === this.#at));
        option.textContent = name;
        return option;
      }),
    );
    const field = this.#field;
    if (this.#list.hidden) {
      field?.removeAttribute("aria-activedescendant");
      field?.removeAttribute("aria-controls");
    } else {
      field?.setAttribute("aria-controls", this.#list.id);
      field?.setAttribute("aria-activedescendant", `${this.#list.id}-${this.#at}`);
      this.#list.scrollIntoView({ block: "nearest" });
    }
  }

  #close() {
    this.#offered = [];
    this.#show();
  }

  /** @param {string} name */
  #choose(name) {
    const field = this.#field;
    if (!field) return;
    const { text, caret } = completed(field.value, field.selectionEnd, name);
    field.value = text;
    field.focus();
    field.setSelectionRange(caret, caret);
    this.#close();
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    if (option) this.#choose(option.textContent ?? "");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (isComposing(event)) return;
    const many = this.#offered.length;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.#field?.form?.requestSubmit();
    else if (!many) return;
    else if (event.key === "ArrowDown") this.#at = (this.#at + 1) % many;
    else if (event.key === "ArrowUp") this.#at = (this.#at + many - 1) % many;
    else if (event.key === "Enter" || event.key === "Tab") this.#choose(this.#offered[this.#at]);
    else if (event.key === "Escape") this.#offered = [];
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.#show();
  }
}

/** @returns {string[]} */
function members() {
  return JSON.parse(document.getElementById("comment-members")?.textContent ?? "[]");
}

customElements.define("mention-field", MentionField);
