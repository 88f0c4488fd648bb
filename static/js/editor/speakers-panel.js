// @ts-check
import { register } from "../lib/commands.js";
import { clock, fill } from "../lib/format.js";
import { partOf, released, strings } from "../lib/html.js";
import { transcript } from "../lib/transcript.js";
import { filtering } from "./filtering.js";
import { merge, renameOrMerge } from "./merging.js";
import { speakers } from "./speakers.js";
import { countUnsure, goToUnsure } from "./unsure.js";

const text = strings("review-strings");
/** After rows changed, so that a burst of changes counts once. */
const CALM_MS = 150;

/**
 * `<speakers-panel>`: those who speak, with their keys and shares; named, merged and shown alone here. What was found of
 * their voices stands in templates (`data-voice-of`), which `<tell-apart>` fetches.
 */
class SpeakersPanel extends HTMLElement {
  #abort = new AbortController();
  #timer = 0;
  #observer = new MutationObserver(() => this.#planShow());
  /** What stands at whom. @type {WeakMap<HTMLElement, string>} */
  #voices = new WeakMap();
  /** The names in the fields, where nobody has typed since. @type {WeakMap<HTMLInputElement, string>} */
  #written = new WeakMap();

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    if (this.hasAttribute("data-may-edit")) signal.addEventListener("abort", register({ next_unsure: () => goToUnsure() }));
    for (const kind of ["transcript:marked", "speakers:changed", "filter:changed", "voices:changed"]) {
      document.addEventListener(kind, () => this.#planShow(), { signal });
    }
    this.closest("[data-panel]")?.addEventListener("panel:open", () => this.#showSpeakers(), { signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("change", (event) => void this.#rename(event), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("submit", (event) => void this.#addSpeaker(event), { signal });
    this.#observer.observe(transcript(), { childList: true, subtree: true });
    this.#showSpeakers();
  }

  disconnectedCallback() {
    this.#abort.abort();
    this.#observer.disconnect();
    clearTimeout(this.#timer);
  }

  #planShow() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void released(this).then(() => this.isConnected && this.#showSpeakers()), CALM_MS);
  }

  #showSpeakers() {
    const panel = this.closest("[data-panel]");
    if (panel instanceof HTMLElement && panel.hidden) return;
    const list = /** @type {HTMLElement} */ (this.querySelector("[data-speakers]"));
    const all = speakers.list();
    const unsure = countUnsure();
    const items = new Map([...list.children].map((item) => [/** @type {HTMLElement} */ (item).dataset.speaker, item]));
    all.forEach((speaker, index) => {
      const item = /** @type {HTMLElement} */ (items.get(speaker.id) ?? this.#makeItem(speaker.id));
      items.delete(speaker.id);
      if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
      this.#fillItem(item, speaker);
      this.#showUnsure(item, speaker.shown, unsure.get(speaker.id) ?? 0);
      this.#showVoices(item, speaker.shown);
    });
    const lost = [...items.values()].some((item) => item.contains(document.activeElement));
    for (const item of items.values()) item.remove();
    if (lost) list.focus({ preventScroll: true });
    for (const button of list.querySelectorAll("[data-merge]")) /** @type {HTMLElement} */ (button).hidden = all.length < 2;
    for (const hint of this.querySelectorAll("[data-no-speakers]")) /** @type {HTMLElement} */ (hint).hidden = all.length > 0;
  }

  /** @param {string} id */
  #makeItem(id) {
    const template = /** @type {HTMLTemplateElement} */ (this.querySelector("[data-speaker-template]"));
    const item = /** @type {HTMLElement} */ (template.content.firstElementChild?.cloneNode(true));
    item.dataset.speaker = id;
    return item;
  }

  /**
   * @param {HTMLElement} item
   * @param {ReturnType<typeof speakers.list>[0]} speaker
   */
  #fillItem(item, { id, name, shown, colour, number, rows, ms }) {
    item.dataset.colour = colour;
    const part = (/** @type {string} */ selector) => partOf(item, selector, HTMLElement);
    part("[data-number]").textContent = number ? String(number) : "";
    part("[data-number]").hidden = !number;
    part("[data-share]").textContent = fill(text.speaker_share, { rows, minutes: clock(ms) });
    part("[data-filter-speaker]").setAttribute("aria-pressed", String(filtering.filter.speaker === id));
    part("[data-filter-speaker]").setAttribute("aria-label", fill(text.filter_of, { name: shown }));
    item.querySelector("[data-merge]")?.setAttribute("aria-label", fill(text.merge_of, { name: shown }));
    const field = part("[data-name]");
    if (!(field instanceof HTMLInputElement)) field.textContent = shown;
    else if (field !== document.activeElement || field.value === this.#written.get(field)) {
      field.value = name;
      this.#written.set(field, name);
      field.placeholder = shown;
      field.setAttribute("aria-label", fill(text.name_of, { name: shown }));
    }
  }

  /**
   * @param {HTMLElement} item
   * @param {string} name
   * @param {number} count of rows that the machine is unsure of
   */
  #showUnsure(item, name, count) {
    const button = item.querySelector("[data-unsure-rows]");
    if (!(button instanceof HTMLElement)) return;
    button.hidden = !count;
    button.textContent = fill(text.unsure_rows, { count });
    button.setAttribute("aria-label", fill(text.unsure_of, { count, name }));
  }

  /** What stands there is left alone as long as it is the same: it may have the focus. @param {HTMLElement} item @param {string} name */
  #showVoices(item, name) {
    const place = item.querySelector("[data-voices]");
    if (!(place instanceof HTMLElement)) return;
    const templates = [...this.querySelectorAll(`template[data-voice-of="${item.dataset.speaker}"]`)];
    const html = templates.map(({ innerHTML }) => innerHTML).join("");
    if (this.#voices.get(item) !== html) {
      const held = place.contains(document.activeElement);
      place.innerHTML = html;
      this.#voices.set(item, html);
      if (held) this.#keepFocus(partOf(item, "[data-name]", HTMLElement));
    }
    for (const part of place.querySelectorAll("[data-label]")) {
      part.setAttribute("aria-label", fill(part.getAttribute("data-label") ?? "", { name }));
    }
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const id = /** @type {HTMLElement | null | undefined} */ (button?.closest("[data-speaker]"))?.dataset.speaker;
    if (!button || !id) return;
    if (button.matches("[data-merge]")) void merge(id).then(() => this.#keepFocus(button));
    else if (button.matches("[data-unsure-rows]")) goToUnsure(id);
    else if (button.matches("[data-filter-speaker]")) filtering.set({ speaker: filtering.filter.speaker === id ? "" : id });
  }

  /** @param {Event} event */
  async #rename(event) {
    const field = event.target;
    const id = field instanceof HTMLInputElement && /** @type {HTMLElement | null} */ (field.closest("[data-speaker]"))?.dataset.speaker;
    if (!id) return;
    await renameOrMerge(id, field.value.trim().replace(/\s+/g, " "));
    field.value = speakers.of(id)?.name ?? "";
    this.#showSpeakers();
    this.#keepFocus(field);
  }

  /** The focus stays where it was, or in the list where that is gone. @param {HTMLElement} element */
  #keepFocus(element) {
    const now = document.activeElement;
    if (now !== document.body && now?.checkVisibility()) return;
    const kept = element.isConnected && !element.hidden ? element : this.querySelector("[data-speakers]");
    if (kept instanceof HTMLElement) kept.focus({ preventScroll: true });
  }

  /** Enter keeps the name, Escape the one before. @param {KeyboardEvent} event */
  #key(event) {
    const field = event.target;
    if (event.isComposing || event.keyCode === 229 || !(field instanceof HTMLInputElement) || !field.matches(".speaker [data-name]")) return;
    if (event.key === "Enter") {
      event.preventDefault(); // Else it would answer the question that the name may lead to.
      return field.blur();
    }
    const name = speakers.of(/** @type {HTMLElement} */ (field.closest("[data-speaker]")).dataset.speaker ?? "")?.name ?? "";
    if (event.key !== "Escape" || field.value === name) return;
    event.stopPropagation();
    field.value = name;
  }

  /** @param {Event} event */
  async #addSpeaker(event) {
    if (!(event.target instanceof Element && event.target.matches("[data-add]"))) return;
    event.preventDefault();
    const field = /** @type {HTMLInputElement} */ (this.querySelector("#speaker-new"));
    await speakers.add(field.value);
    field.value = "";
    this.#showSpeakers();
  }
}

customElements.define("speakers-panel", SpeakersPanel);
