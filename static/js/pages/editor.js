// @ts-check
/** The editor's page: one table of shortcuts drives the player and the transcript, as its buttons do. */

import "../editor/flash-transcript.js";
import "../editor/row-editor.js";
import "../elements/flash-player.js";
import { sidePanels } from "../editor/deferred.js";
import { Listening } from "../editor/listening.js";
import { watchKeyboard } from "../editor/touch.js";
import { isRegistered, register, run } from "../lib/commands.js";
import { holdFiles } from "../lib/dropped-files.js";
import { strings } from "../lib/html.js";
import { ownPreferences } from "../lib/preferences.js";
import { boundTo, isComposing, isText, shortcutFor, writes } from "../lib/shortcuts.js";
import { rowById, transcript } from "../lib/transcript.js";

const preferences = ownPreferences();
const SKIP_S = 3;
const text = strings("shortcut-strings");
const player = () => document.querySelector("flash-player");

const listening = new Listening(/** @type {HTMLAudioElement} */ (document.querySelector("audio")), preferences, {
  row: () => transcript().row,
  rowAt: (ms) => transcript().rows.find(({ element }) => Number(element.dataset.end) > ms)?.element,
  byId: rowById,
  playFrom: (ms) => transcript().playFrom(ms),
});
listening.onLoop = (looping) => {
  document.querySelector("[data-command=loop_row]")?.setAttribute("aria-pressed", String(looping));
  transcript().say(looping ? text.loop_on : text.loop_off);
};

register({
  play: () => listening.toggle(),
  hold_to_play: () => listening.hold(),
  back: () => listening.skip(-SKIP_S),
  forward: () => listening.skip(SKIP_S),
  slower: () => player()?.step(-1),
  faster: () => player()?.step(1),
  normal_speed: () => player()?.setSpeed(1),
  play_row: () => listening.playRow(),
  play_on: () => listening.playOn(),
  loop_row: () => listening.loop(),
  previous_row: () => transcript().move(-1),
  next_row: () => transcript().move(1),
  playhead: () => transcript().goToPlayhead(),
  edit: () => transcript().edit(),
  close: () => transcript().closeRow(),
  hide_fillers: () => {
    preferences.set({ hide_fillers: !preferences.values.hide_fillers });
    void preferences.flush(); // The pages for exporting offer it.
  },
  undo: () => transcript().undo(),
  redo: () => transcript().redo(),
  help: () => import("../elements/key-settings.js").then(() => document.querySelector("key-settings")?.show?.()),
});

const exports = document.querySelector("details[data-exports]");
if (exports instanceof HTMLDetailsElement) {
  register({
    export: () => {
      exports.open = true;
      exports.querySelector("a")?.focus();
    },
  });
}

let shortcuts = bound();
preferences.onChange(() => {
  shortcuts = bound();
  showDensity();
  expandAbbreviations();
  hideFillers();
});
showDensity();
expandAbbreviations();
let hidesFillers = false;
hideFillers();

/** In the rows, and in what is exported from here. */
function hideFillers() {
  const hide = Boolean(preferences.values.hide_fillers);
  if (hide === hidesFillers) return;
  hidesFillers = hide;
  for (const button of document.querySelectorAll("[data-command=hide_fillers]")) button.setAttribute("aria-pressed", String(hide));
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a[data-wording]"))) {
    link.search = hide ? "?wording=clean" : "";
  }
  void import("../editor/hidden-fillers.js").then((fillers) => fillers.hide(hide));
}

function expandAbbreviations() {
  if (Object.keys(preferences.values.abbreviations ?? {}).length) void import("../editor/expanding.js");
}

function showDensity() {
  transcript().toggleAttribute("data-compact", Boolean(preferences.values.compact));
}

function bound() {
  const { keys, tab_plays: tab, space_plays: space } = preferences.values;
  return boundTo(keys, { tab, space });
}

/** The key that is held to play. */
let held = "";

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || document.querySelector("dialog[open]") || activates(event)) return;
  const shortcut = shortcutFor(event, situation(event.target), shortcuts.filter(({ command }) => isRegistered(command)));
  if (!shortcut) return void openByTyping(event);
  event.preventDefault();
  if (shortcut.command === "hold_to_play") held = event.code || event.key;
  if (!event.repeat || shortcut.repeats) run(shortcut.command);
});

document.addEventListener("keyup", (event) => {
  if (!held || held !== (event.code || event.key)) return;
  held = "";
  listening.release();
});

/** A letter typed on a row opens its field, and is written there. @param {KeyboardEvent} event */
function openByTyping(event) {
  const letter = /^\p{L}$/u.test(event.key) && writes(event) && !isComposing(event);
  if (!letter || situation(event.target) !== "row") return;
  transcript().edit();
  if (!transcript().editing.row) transcript().say(text.only_reading);
}

/** A field that had nothing to take back, or to bring again, leaves the key to the transcript. */
let tookBack = false;
document.addEventListener("beforeinput", (event) => (tookBack ||= event.inputType.startsWith("history")), true);
document.addEventListener("keydown", (event) => {
  const command = isText(situation(event.target)) && !event.defaultPrevented ? shortcutFor(event, "page", shortcuts)?.command : "";
  if (!["undo", "redo"].includes(command ?? "") || document.querySelector("dialog[open]")) return;
  tookBack = false;
  setTimeout(() => tookBack || run(command ?? ""));
});

/** Whether the key presses the button or moves the slider that has the focus. @param {KeyboardEvent} event */
function activates(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || !(event.target instanceof Element)) return false;
  return ["Enter", " "].includes(event.key) && Boolean(event.target.closest("button, a, summary, [role=slider]"));
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-command]") : null;
  if (button instanceof HTMLElement) run(button.dataset.command ?? "");
});

// People who listen while they write keep their caret (and a phone its keyboard).
document.addEventListener("mousedown", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  if (transcript().editing.row && target?.closest("flash-player") && !target.closest("select")) event.preventDefault();
});

// A guest has no page where files are added.
holdFiles(document, () => transcript().say(transcript().dataset.user ? text.files_elsewhere : text.files_nowhere));

document.addEventListener("player:jump", () => transcript().following.resume());

/**
 * Where the keyboard is.
 * @param {EventTarget | null} target
 * @returns {import("../lib/shortcuts.js").Situation}
 */
function situation(target) {
  if (!(target instanceof Element)) return "page";
  if (target.closest("row-editor")) return "field";
  if (target.matches("input, select, textarea")) return "input";
  return target.matches("[data-utterance]") ? "row" : "page";
}

// The bar covers the top of the page: what is jumped to, found or focused has to stand below it.
const deck = document.querySelector("[data-deck]");
if (deck) new ResizeObserver(() => setHeight("--deck", deck)).observe(deck);

/**
 * Gives the style sheets the height of what covers the page, if it changed: everything that may
 * depend on it would be styled anew.
 * @param {"--deck" | "--transport"} name
 * @param {Element} cover
 */
function setHeight(name, cover) {
  const root = document.documentElement;
  const height = Math.ceil(cover.getBoundingClientRect().height);
  if (parseFloat(getComputedStyle(root).getPropertyValue(name)) !== height) root.style.setProperty(name, `${height}px`);
}

// htmx looks at every element of the page as it starts, and little needs it: it comes when the bar is first used.
const htmxLater = document.querySelector("meta[name=htmx-later]");
const htmxWanted = new AbortController();
for (const name of ["focusin", "pointerover"]) {
  document.querySelector(".bar")?.addEventListener(name, loadHtmx, { signal: htmxWanted.signal });
}
if (document.querySelector("#player[hx-get]")) loadHtmx();

function loadHtmx() {
  htmxWanted.abort();
  // Between the end of the text and the end of all loading it would wait for an event that is over.
  if (document.readyState !== "complete") return window.addEventListener("load", loadHtmx, { once: true });
  const script = document.createElement("script");
  script.src = htmxLater?.getAttribute("content") ?? "";
  document.head.append(script);
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
  if (element && getComputedStyle(element).position === "fixed") setHeight("--transport", element);
  else document.documentElement.style.removeProperty("--transport");
}

watchKeyboard();
if (!CSS.supports("overflow-anchor", "auto")) void import("../editor/scroll-anchoring.js");

// Safari on phones before 18.3 leaves a menu open when people tap beside it.
document.addEventListener("pointerup", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const open = document.querySelector("[popover]:popover-open");
  if (open instanceof HTMLElement && !open.contains(target) && !target?.closest("[popovertarget]")) open.hidePopover();
});

void sidePanels.then(({ Live }) => new Live(transcript(), new AbortController().signal));
