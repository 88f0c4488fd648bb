// @ts-check
import { register, run } from "../lib/commands.js";
import { storage } from "../lib/storage.js";
import { findTranscript, rowAround } from "../lib/transcript.js";

/** The name of the panel that is or was open last; a folded one with a hyphen before it. */
const KEPT = "flashweb.panel";
/** There the panels are sheets over the text. */
const PHONE = "(max-width: 40rem)";
/** So far a thumb moves that pulls. */
const PULL_PX = 24;

/**
 * `<side-panel>`: the panels beside the transcript, each an `<aside data-panel="name">` with a heading; at most one is
 * open, and the page remembers which. Buttons anywhere with `data-open-panel="name"` open and close it; with no name, the
 * one that was open last.
 *
 * Events, on the panel that they are about: `panel:open` and `panel:close`, both bubble.
 */
export class SidePanel extends HTMLElement {
  #abort = new AbortController();
  #store = storage();
  /** Where the focus was before it came here. @type {HTMLElement | null} */
  #origin = null;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#makeTabs();
    document.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("pointerdown", (event) => this.#pull(event), { signal });
    this.addEventListener("focusin", (event) => this.#rememberOrigin(event), { signal });
    for (const part of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll("[data-module]"))) lazily(part, signal, this.#store);
    const asked = new URLSearchParams(location.search).get("panel");
    const kept = this.#store.getItem(KEPT) ?? "-";
    if (asked) this.open(asked, { focus: false });
    else if (!kept.startsWith("-") && !matchMedia(PHONE).matches) this.open(kept, { focus: false });
    this.#showOpen();
  }

  disconnectedCallback() {
    this.#abort.abort();
    delete document.documentElement.dataset.panel;
  }

  /** The name of the open panel; "" where all are folded away. */
  get name() {
    return this.#panels.find(({ hidden }) => !hidden)?.dataset.panel ?? "";
  }

  /**
   * @param {string} name
   * @param {{focus?: boolean}} [options] `focus`: put it into the panel, on what has `data-panel-focus` or on its first field
   */
  open(name, { focus = true } = {}) {
    const panel = this.#panels.find((one) => one.dataset.panel === name);
    if (!panel) return;
    if (this.name !== name) {
      this.#hideOpen();
      panel.hidden = false;
      this.#store.setItem(KEPT, name);
      this.#showOpen();
      panel.dispatchEvent(new CustomEvent("panel:open", { bubbles: true }));
    }
    const field = panel.querySelector("[data-panel-focus]") ?? panel.querySelector("input, select, textarea, button");
    if (focus && field instanceof HTMLElement) field.focus();
  }

  /** Folds the open panel away; the focus goes back to the row that it came from. */
  close() {
    const held = this.contains(document.activeElement);
    this.#store.setItem(KEPT, `-${this.name}`);
    this.#hideOpen();
    this.#showOpen();
    this.#rise(false);
    if (!held) return;
    const row = findTranscript()?.row;
    const back = this.#origin?.isConnected ? this.#origin : row;
    if (back instanceof HTMLElement) back.focus({ preventScroll: true });
  }

  /** @param {string} name */
  toggle(name) {
    if (this.name === name) this.close();
    else this.open(name);
  }

  /** What the panel leads to is to be seen. */
  lower() {
    this.#rise(false);
  }

  /** On a phone: over most of the window, or leaving the row in sight. @param {boolean} risen */
  #rise(risen) {
    this.toggleAttribute("data-risen", risen);
    this.querySelector("[data-panel-rise]")?.setAttribute("aria-pressed", String(risen));
  }

  /** The sheet follows a thumb that pulls it up or down. @param {PointerEvent} down */
  #pull(down) {
    if (!(down.target instanceof Element) || !down.target.closest("[data-panel-rise]")) return;
    const pulled = (/** @type {PointerEvent} */ up) => {
      const by = up.clientY - down.clientY;
      if (Math.abs(by) < PULL_PX) return;
      if (by > 0 && !this.hasAttribute("data-risen")) this.close();
      else this.#rise(by < 0);
    };
    document.addEventListener("pointerup", pulled, { once: true, signal: this.#abort.signal });
  }

  #toggleLast() {
    const last = this.#store.getItem(KEPT)?.replace("-", "");
    this.toggle(this.name || last || this.#panels[0]?.dataset.panel || "");
  }

  get #panels() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll("[data-panel]")]);
  }

  #hideOpen() {
    for (const panel of this.#panels) {
      if (panel.hidden) continue;
      panel.hidden = true;
      panel.dispatchEvent(new CustomEvent("panel:close", { bubbles: true }));
    }
  }

  /** How much there is to see in a panel: beside its icon, 0 for nothing. @param {string} name @param {number} count */
  showCount(name, count) {
    const tab = this.querySelector(`.panel-tab[data-open-panel="${name}"]`);
    const badge = tab?.querySelector(".panel-count");
    if (!(tab instanceof HTMLElement) || !badge) return;
    badge.textContent = count ? String(count) : "";
    const title = tab.querySelector(".panel-name")?.textContent ?? "";
    tab.title = count ? `${title} (${count})` : title;
  }

  /** One button for each panel, with the icon and the name of its heading. */
  #makeTabs() {
    const tabs = this.querySelector("[data-panel-tabs]");
    tabs?.replaceChildren(
      ...this.#panels.map((panel) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "panel-tab";
        button.dataset.openPanel = panel.dataset.panel;
        const heading = panel.querySelector("h2");
        const count = document.createElement("span");
        count.className = "panel-count figure";
        count.ariaHidden = "true";
        button.title = heading?.textContent?.trim() ?? "";
        button.append(...(heading?.cloneNode(true).childNodes ?? []), count);
        return button;
      }),
    );
  }

  /** Tells the buttons and the style sheet which panel is open. */
  #showOpen() {
    const { name } = this;
    if (name) document.documentElement.dataset.panel = name;
    else delete document.documentElement.dataset.panel;
    for (const button of document.querySelectorAll("[data-open-panel]")) {
      const its = button instanceof HTMLElement ? button.dataset.openPanel : "";
      button.setAttribute("aria-expanded", String(its ? its === name : Boolean(name)));
    }
    const close = this.querySelector("[data-panel-close]");
    if (close instanceof HTMLElement) close.hidden = !name;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target : null;
    const opener = target?.closest("[data-open-panel]");
    if (opener instanceof HTMLElement && opener.dataset.openPanel) this.toggle(opener.dataset.openPanel);
    else if (opener) this.#toggleLast();
    else if (target?.closest("[data-panel-close]")) this.close();
    else if (target?.closest("[data-panel-rise]")) this.#rise(!this.hasAttribute("data-risen"));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Escape" || event.isComposing || event.keyCode === 229 || !this.name) return;
    event.preventDefault();
    event.stopPropagation();
    this.close();
  }

  /** @param {FocusEvent} event */
  #rememberOrigin(event) {
    const from = event.relatedTarget;
    if (from instanceof HTMLElement && !this.contains(from)) this.#origin = rowAround(from);
  }
}

/**
 * A part of a panel whose script (`data-module`) and style sheet (`data-style`) come when its panel is first opened or one
 * of its `data-commands` first given; with `data-now`, at once, or, where that is a name and a value, unless the value is
 * kept by that name.
 * @param {HTMLElement} part
 * @param {AbortSignal} signal
 * @param {import("../lib/storage.js").Store} store
 */
function lazily(part, signal, store) {
  const { module = "", style = "", commands = "", now } = part.dataset;
  /** @type {Promise<unknown> | null} */
  let coming = null;
  const bring = () => {
    if (!coming && style) document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: style }));
    coming ??= import(module).catch(() => (coming = null));
    return coming;
  };
  part.closest("[data-panel]")?.addEventListener("panel:open", bring, { signal });
  const stands = commands.split(" ").filter(Boolean);
  register(Object.fromEntries(stands.map((command) => [command, () => bring().then((there) => there && run(command))])));
  const [name, value] = (now ?? "").split(" ");
  if (now === "" || (now && store.getItem(name) !== value)) void bring();
}

customElements.define("side-panel", SidePanel);
