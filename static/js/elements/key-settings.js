// @ts-check
import { isRegistered } from "../lib/commands.js";
import { fill } from "../lib/format.js";
import { strings } from "../lib/html.js";
import { ownPreferences, renewAbbreviations } from "../lib/preferences.js";
import { MAC, SHORTCUTS, boundTo, defaultKeys, keyLabel, objection, pressed, same, worksOnlyOutside } from "../lib/shortcuts.js";

const preferences = ownPreferences();

/** @typedef {import("../lib/shortcuts.js").Shortcut} Shortcut */

/**
 * `<key-settings>`, in a dialog: the list of shortcuts, made from the table that binds them, and how one plays. What is
 * changed here counts at once. A key is set by pressing it.
 */
export class KeySettings extends HTMLElement {
  #abort = new AbortController();
  #text = strings("shortcut-strings");
  /** The key that is waited for: the command, and the place among its keys. @type {{command: string, at: number} | null} */
  #awaited = null;

  connectedCallback() {
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("focusout", (event) => this.#cancelOnLeave(event), { signal });
    this.addEventListener("change", (event) => this.#takeHabit(event), { signal });
    this.#dialog?.addEventListener("cancel", (event) => this.#awaited && event.preventDefault(), { signal });
  }

  disconnectedCallback() {
    this.#abort.abort();
  }

  get #dialog() {
    return this.closest("dialog");
  }

  show() {
    this.#awaited = null;
    this.#sayChange("");
    this.#fillHabits();
    this.#listShortcuts();
    this.#dialog?.showModal();
    if (this.#dialog) this.#dialog.scrollTop = 0; // The button that takes the focus stands at the end.
  }

  get #bound() {
    const { keys, tab_plays: tab, space_plays: space } = preferences.values;
    return boundTo(keys, { tab, space });
  }

  #listShortcuts() {
    const shown = this.#bound.slice(0, SHORTCUTS.length).filter(({ command }) => isRegistered(command));
    const groups = [...new Set(shown.map(({ group }) => group))];
    this.querySelector("[data-shortcuts]")?.replaceChildren(
      ...groups.map((group) => {
        const section = document.createElement("section");
        section.append(element("h3", this.#text[`group_${group}`]));
        const list = section.appendChild(element("dl", "", "shortcuts"));
        for (const shortcut of shown.filter((one) => one.group === group)) list.append(...this.#makeEntry(shortcut));
        return section;
      }),
    );
  }

  /** @param {Shortcut} shortcut */
  #makeEntry({ command, keys, where }) {
    const name = element("dt", this.#nameOf(command));
    const place = this.#text[`where_${where}`];
    if (place) name.append(" ", element("span", place, "hint"));
    const cell = element("dd");
    cell.dataset.of = command;
    keys.forEach((key, at) => cell.append(this.#makeKeyButton(command, key, at)));
    cell.append(this.#makeButton("+", fill(this.#text.key_add, { command: this.#nameOf(command) }), { at: keys.length }));
    if (preferences.values.keys[command]) {
      cell.append(this.#makeButton("↺", fill(this.#text.key_reset, { command: this.#nameOf(command) }), { reset: "" }));
    }
    return [name, cell];
  }

  /**
   * @param {string} command
   * @param {string} key
   * @param {number} at
   */
  #makeKeyButton(command, key, at) {
    const label = this.#labelOf(key);
    const values = { command: this.#nameOf(command), keys: label };
    const button = this.#makeButton("", fill(this.#text.key_change, values), { at });
    button.classList.add("key");
    button.append(element("kbd", label));
    return button;
  }

  /**
   * @param {string} sign
   * @param {string} label
   * @param {Record<string, string | number>} data
   */
  #makeButton(sign, label, data) {
    const button = /** @type {HTMLButtonElement} */ (element("button", sign, "key-button"));
    button.type = "button";
    button.title = label;
    button.setAttribute("aria-label", label);
    for (const [name, value] of Object.entries(data)) button.dataset[name] = String(value);
    return button;
  }

  /** @param {string} command */
  #nameOf(command) {
    const number = command.match(/^speaker_(\d)$/)?.[1];
    return number ? fill(this.#text.speaker, { number }) : (this.#text[command] ?? command);
  }

  /** @param {string} key */
  #labelOf(key) {
    const { key_enter: Enter, key_escape: Escape, key_space: Space } = this.#text;
    return keyLabel(key, { mac: MAC, names: { Enter, Escape, Space } });
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const link = event.target instanceof Element ? event.target.closest("[data-abbreviations]") : null;
    if (link) window.addEventListener("focus", () => void renewAbbreviations(), { once: true });
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    if (!(button instanceof HTMLButtonElement)) return;
    const command = button.closest("dd")?.dataset.of ?? "";
    if ("resetAll" in button.dataset) this.#resetAll();
    else if ("take" in button.dataset) this.#take(button.dataset);
    else if ("remove" in button.dataset) this.#set(command, this.#without(command, Number(button.dataset.remove)), 0);
    else if ("reset" in button.dataset) this.#set(command, null, 0);
    else if (button.dataset.at) this.#awaitKey(button, command, Number(button.dataset.at));
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {string} command
   * @param {number} at
   */
  #awaitKey(button, command, at) {
    this.#stopWaiting();
    this.#awaited = { command, at };
    button.dataset.awaits = "";
    button.replaceChildren(this.#text.key_press);
    if (at < this.#keysOf(command).length) {
      const remove = this.#makeButton(this.#text.key_remove, this.#text.key_remove, { remove: at });
      button.after(remove);
    }
    button.focus();
    this.#sayChange(fill(this.#text.key_awaits, { command: this.#nameOf(command) }));
  }

  /** The list as it was. */
  #stopWaiting() {
    if (!this.#awaited) return;
    this.#awaited = null;
    this.#listShortcuts();
  }

  /** @param {FocusEvent} event */
  #cancelOnLeave(event) {
    const cell = event.target instanceof Element ? event.target.closest("dd") : null;
    const next = event.relatedTarget instanceof HTMLElement ? event.relatedTarget : null;
    const stays = next && (cell?.contains(next) || next.closest("[data-said]"));
    if (!this.#awaited || !document.hasFocus() || stays) return;
    const { of: command } = next?.closest("dd")?.dataset ?? {};
    const place = next?.dataset.at;
    this.#stopWaiting();
    this.#sayChange("");
    // The list was made anew: the focus goes where it was going.
    if (command && place) this.#buttonOf(command, Number(place))?.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = event.target instanceof HTMLElement ? event.target : null;
    if (!this.#awaited || target?.dataset.awaits === undefined || event.key === "Tab") return;
    event.preventDefault();
    event.stopPropagation();
    const { command, at } = this.#awaited;
    if (event.key === "Escape") {
      this.#stopWaiting();
      this.#sayChange("");
      this.#buttonOf(command, at)?.focus();
      return;
    }
    const key = pressed(event, { mac: MAC });
    if (key) this.#offer(command, at, key);
  }

  /**
   * Sets the key, or says why not.
   * @param {string} command
   * @param {number} at
   * @param {string} key
   */
  #offer(command, at, key) {
    const reason = objection(this.#bound, command, key, isRegistered);
    if (!reason) return this.#put(command, at, key);
    const values = { keys: this.#labelOf(key), command: this.#nameOf(reason.by) };
    const why = MAC && reason.why === "never" ? "never_mac" : reason.why;
    this.#sayChange(fill(this.#text[`key_${why}`], values));
    if (reason.why !== "taken") return;
    const take = this.#makeButton(this.#text.key_take, "", { take: key, for: command, place: at, from: reason.by });
    take.removeAttribute("aria-label");
    take.className = "button small";
    this.querySelector("[data-said]")?.append(" ", take);
  }

  /** From the other command to this one. @param {DOMStringMap} data */
  #take({ take: key = "", for: command = "", place, from = "" }) {
    this.#awaited = null;
    if (from === "play" && (key === "Tab" || key === "Space")) preferences.set({ [`${key.toLowerCase()}_plays`]: false });
    else preferences.set({ keys: { [from]: this.#keysOf(from).filter((its) => !same(its, key)) } });
    this.#fillHabits();
    // It may stand in the way of a third command too.
    this.#offer(command, Number(place), key);
  }

  /**
   * @param {string} command
   * @param {number} at
   * @param {string} key
   */
  #put(command, at, key) {
    const keys = [...this.#keysOf(command)];
    keys[at] = key;
    this.#set(command, keys.filter((its, index) => index === at || !same(its, key)), at);
    const shortcut = this.#bound.find((one) => one.command === command);
    const sentence = shortcut && worksOnlyOutside(shortcut, key) ? this.#text.key_set_outside : this.#text.key_set;
    this.#sayChange(fill(sentence, { keys: this.#labelOf(key), command: this.#nameOf(command) }));
  }

  /**
   * @param {string} command
   * @param {string[] | null} keys null: those of the table
   * @param {number} at where the focus goes
   */
  #set(command, keys, at) {
    const shortcut = SHORTCUTS.find((one) => one.command === command);
    const asByDefault = shortcut && String(keys) === String(defaultKeys(shortcut));
    preferences.set({ keys: { [command]: asByDefault ? null : keys } });
    this.#awaited = null;
    this.#sayChange("");
    this.#listShortcuts();
    this.#buttonOf(command, Math.min(at, this.#keysOf(command).length))?.focus();
  }

  #resetAll() {
    preferences.set({ keys: Object.fromEntries(Object.keys(preferences.values.keys).map((command) => [command, null])) });
    this.#awaited = null;
    this.#listShortcuts();
    this.#sayChange(this.#text.key_all_reset);
  }

  /** @param {string} command */
  #keysOf(command) {
    return this.#bound.find((shortcut) => shortcut.command === command)?.keys ?? [];
  }

  /**
   * @param {string} command
   * @param {number} at
   */
  #without(command, at) {
    return this.#keysOf(command).filter((_key, index) => index !== at);
  }

  /**
   * @param {string} command
   * @param {number} at
   */
  #buttonOf(command, at) {
    return /** @type {HTMLElement | null} */ (this.querySelector(`dd[data-of="${command}"] [data-at="${at}"]`));
  }

  /** @param {string} sentence */
  #sayChange(sentence) {
    this.querySelector("[data-said]")?.replaceChildren(sentence);
  }

  /** @returns {NodeListOf<HTMLInputElement>} */
  get #habits() {
    return this.querySelectorAll("[data-habit]");
  }

  #fillHabits() {
    this.#showMouse();
    /** @type {Record<string, unknown>} */
    const values = { ...preferences.values };
    for (const field of this.#habits) {
      const value = values[field.dataset.habit ?? ""];
      if (field.type === "checkbox") field.checked = Boolean(value);
      else field.value = String(Number(value) / 1000);
    }
  }

  /** What a click does is a setting. */
  #showMouse() {
    const { click, click_ctrl: ctrl, click_twice: twice } = this.#text;
    const edits = preferences.values.click_edits;
    this.querySelector("[data-mouse-play]")?.replaceChildren(edits ? ctrl : click);
    this.querySelector("[data-mouse-edit]")?.replaceChildren(edits ? click : twice);
  }

  /** @param {Event} event */
  #takeHabit(event) {
    const field = event.target;
    if (!(field instanceof HTMLInputElement) || !field.dataset.habit) return;
    if (field.type === "checkbox") {
      preferences.set({ [field.dataset.habit]: field.checked });
      this.#showMouse();
    }
    else if (field.reportValidity() && field.value) {
      preferences.set({ [field.dataset.habit]: Math.round(Number(field.value) * 1000) });
    }
  }
}

/**
 * @param {string} tag
 * @param {string} [content]
 * @param {string} [className]
 */
function element(tag, content = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = content;
  if (className) made.className = className;
  return made;
}

customElements.define("key-settings", KeySettings);
