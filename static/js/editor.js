// @ts-check
/** The editor's page: one table of shortcuts drives the player and the transcript, as its buttons do. */

import "./elements/flash-transcript.js";
import "./elements/flash-player.js";
import "./elements/side-panel.js";
import "./elements/find-panel.js";
import "./elements/checks-panel.js";
import { isRegistered, register, run } from "./lib/commands.js";
import { SHORTCUTS, commandFor, keyLabel } from "./lib/shortcuts.js";
import { strings } from "./lib/strings.js";

const SKIP_S = 3;
const text = strings("editor-strings");
const transcript = () => /** @type {any} */ (document.querySelector("flash-transcript"));
const player = () => /** @type {any} */ (document.querySelector("flash-player"));

register({
  play: () => player()?.toggle(),
  back: () => player()?.skip(-SKIP_S),
  forward: () => player()?.skip(SKIP_S),
  slower: () => player()?.step(-1),
  faster: () => player()?.step(1),
  play_row: () => transcript()?.playRow(),
  previous_row: () => transcript()?.move(-1),
  next_row: () => transcript()?.move(1),
  playhead: () => transcript()?.following.back(),
  edit: () => transcript()?.edit(),
  close: () => transcript()?.closeRow(),
  undo: () => transcript()?.undo(),
  redo: () => transcript()?.redo(),
  help: () => help(),
});

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  const command = commandFor(event, places(event.target));
  if (!command || !isRegistered(command)) return;
  event.preventDefault();
  if (!event.repeat || command === "back" || command === "forward") run(command);
});

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-command]") : null;
  if (button instanceof HTMLElement) run(button.dataset.command ?? "");
});

document.addEventListener("player:jump", () => transcript()?.following.resume());

/**
 * Where the keyboard is.
 * @param {EventTarget | null} target
 * @returns {import("./lib/shortcuts.js").Where[]}
 */
function places(target) {
  if (!(target instanceof Element)) return ["anywhere", "outside"];
  if (target.closest("row-editor")) return ["anywhere", "field"];
  if (target.matches("input, select, textarea")) return ["anywhere"];
  return target.matches("[data-utterance]") ? ["anywhere", "outside", "row"] : ["anywhere", "outside"];
}

/** The list is made from the table that binds the keys. */
function help() {
  const dialog = document.getElementById("shortcuts-dialog");
  const list = dialog?.querySelector("[data-shortcuts]");
  if (!(dialog instanceof HTMLDialogElement) || !list) return;
  const mac = /Mac|iP(hone|ad)/.test(navigator.platform);
  const names = { Enter: text.key_enter, Escape: text.key_escape, Space: text.key_space };
  const places = [...new Set(SHORTCUTS.map(({ where }) => where))];
  list.replaceChildren(
    ...places.map((place) => {
      const section = document.createElement("section");
      const title = section.appendChild(document.createElement("h3"));
      title.textContent = text[`where_${place}`];
      const table = section.appendChild(document.createElement("dl"));
      table.className = "shortcuts";
      for (const { command, keys } of SHORTCUTS.filter(({ command, where }) => where === place && isRegistered(command))) {
        table.appendChild(document.createElement("dt")).textContent = text[command];
        const cell = table.appendChild(document.createElement("dd"));
        keys.forEach((key, index) => {
          if (index) cell.append(` ${text.or} `);
          cell.appendChild(document.createElement("kbd")).textContent = keyLabel(key, { mac, names });
        });
      }
      return section;
    }),
  );
  dialog.showModal();
  dialog.scrollTop = 0; // The button that takes the focus stands at the end.
}

// The bar covers the top of the page: what is jumped to, found or focused has to stand below it.
const deck = document.querySelector("[data-deck]");
if (deck) {
  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--deck", `${Math.ceil(deck.getBoundingClientRect().height)}px`);
  }).observe(deck);
}

// On a phone the player covers the bottom of the page. Preparing it ends with another element in its place.
const transport = new ResizeObserver(measure);
watchPlayer();
document.addEventListener("htmx:load", watchPlayer);

function watchPlayer() {
  const element = document.getElementById("player");
  transport.disconnect();
  if (element) transport.observe(element);
}

function measure() {
  const element = document.getElementById("player");
  const { style } = document.documentElement;
  if (element && getComputedStyle(element).position === "fixed") {
    style.setProperty("--transport", `${Math.ceil(element.getBoundingClientRect().height)}px`);
  } else {
    style.removeProperty("--transport");
  }
}
