// @ts-check
/** What every page does: appearance, menus, dialogs, copying, local times, and htmx's safety. */

import { strings } from "../lib/html.js";
import { csrfToken } from "../lib/http.js";
import { storage } from "../lib/storage.js";

const text = strings("page-strings");
const kept = storage();

document.addEventListener("htmx:configRequest", (event) => {
  const { headers } = /** @type {CustomEvent} */ (event).detail;
  headers["X-CSRFToken"] = csrfToken();
});

// A request of the person's that fails is reported; a poll that fails is simply repeated.
for (const name of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(name, (event) => {
    const { requestConfig, xhr } = /** @type {CustomEvent} */ (event).detail;
    if (requestConfig.verb !== "get") showTrouble(true, sentenceOf(xhr), idOf(xhr));
  });
}
document.addEventListener("htmx:beforeRequest", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.requestConfig.verb !== "get") showTrouble(false);
});

// People double-click. Where the first click closes a menu or opens a dialog, the second would hit what is there by then.
/** @type {Element | null} */
let clickedIn = null;
for (const name of /** @type {const} */ (["mousedown", "click", "dblclick"])) {
  document.addEventListener(
    name,
    (event) => {
      const inside = event.target instanceof Element ? event.target.closest("[popover], dialog, details.menu") : null;
      if (name === "mousedown" && event.detail === 1) clickedIn = inside;
      if (event.detail < 2 || clickedIn === inside) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    { capture: true },
  );
}

/** @param {Event} event of htmx, about an entry of a list that asks for itself again and again */
function isPoll(event) {
  const { requestConfig, target } = /** @type {CustomEvent} */ (event).detail;
  return requestConfig.verb === "get" && target?.matches(".recording, .download, .bulk-action");
}

// An entry that comes anew between the press and the release of its button would eat the click: it comes a second later.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = /** @type {CustomEvent} */ (event);
  if (isPoll(event) && detail.target.matches(":active")) detail.shouldSwap = false;
});
// Deleted in another window.
document.addEventListener("htmx:responseError", (event) => {
  const { target, xhr } = /** @type {CustomEvent} */ (event).detail;
  if (isPoll(event) && xhr.status === 404) target.remove();
});

/** What the server says, if it is a sentence and no page. @param {XMLHttpRequest} answer */
function sentenceOf(answer) {
  return answer.getResponseHeader("Content-Type")?.startsWith("text/plain") ? answer.responseText.trim() : "";
}

/** What the log calls the request, if the server has failed. @param {XMLHttpRequest} answer */
function idOf(answer) {
  return answer.status >= 500 ? (answer.getResponseHeader("X-Request-ID") ?? "") : "";
}

/**
 * In the status line of the editor, whose page may be scrolled far down, or above the content.
 * @param {boolean} shown
 * @param {string} sentence instead of the usual one
 * @param {string} id of the request, to find it in the log
 */
function showTrouble(shown, sentence = "", id = "") {
  const note = document.querySelector("[data-trouble]");
  if (note instanceof HTMLElement && shown) {
    note.dataset.usual ??= note.textContent ?? "";
    note.textContent = `${sentence || note.dataset.usual}${id && ` [${id}]`}`;
  }
  const status = document.querySelector("[data-status]");
  if (status instanceof HTMLElement) {
    if (!shown) return;
    status.textContent = note?.textContent ?? "";
    status.dataset.state = "failed";
  } else if (note instanceof HTMLElement) {
    note.hidden = !shown;
    note.role = "alert";
    if (shown) note.scrollIntoView({ block: "nearest" });
  }
}

const theme = document.querySelector("[data-theme-switch]");
if (theme instanceof HTMLSelectElement) {
  theme.value = document.documentElement.dataset.theme ?? "";
  theme.addEventListener("change", () => {
    if (theme.value) {
      document.documentElement.dataset.theme = theme.value;
      kept.setItem("flashweb.theme", theme.value);
    } else {
      delete document.documentElement.dataset.theme;
      kept.removeItem("flashweb.theme");
    }
    document.dispatchEvent(new CustomEvent("theme:changed"));
  });
}

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field instanceof HTMLSelectElement && field.matches("[data-submit-on-change]")) field.form?.requestSubmit();
});

// In an open menu arrows go from one entry to the next, and a letter to the next with a word that begins with it.
document.addEventListener("keydown", (event) => {
  const held = event.target instanceof Element ? event.target.closest("details.menu[open] .menu-body :is(a, button)") : null;
  if (!held || event.ctrlKey || event.altKey || event.metaKey) return;
  const all = [.../** @type {NodeListOf<HTMLElement>} */ (held.closest(".menu-body")?.querySelectorAll("a, button") ?? [])];
  const at = all.findIndex((item) => item === held);
  const begins = (/** @type {HTMLElement} */ item) => (item.textContent ?? "").toLowerCase().split(/[\s.]+/).some((word) => word.startsWith(event.key.toLowerCase()));
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const letter = /^\p{L}$/u.test(event.key);
  const next = by ? all[(at + by + all.length) % all.length] : letter ? [...all.slice(at + 1), ...all.slice(0, at)].find(begins) : null;
  if (!next) return;
  event.preventDefault();
  next.focus();
});

// An open menu closes by a click elsewhere and by Escape, which gives the focus back.
document.addEventListener("click", (event) => {
  const inside = event.target instanceof Element ? event.target.closest("details.menu") : null;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== inside) menu.removeAttribute("open");
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  const held = menu.contains(document.activeElement);
  menu.removeAttribute("open");
  if (held) menu.querySelector("summary")?.focus();
});

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const opener = target?.closest("[data-dialog]");
  if (opener instanceof HTMLElement) {
    const dialog = document.getElementById(opener.dataset.dialog ?? "");
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
  }
  // A click outside an open dialog closes it: the dialog's own box is filled by its content.
  if (target instanceof HTMLDialogElement && isOutside(target, /** @type {MouseEvent} */ (event))) target.close();
  const copier = target?.closest("[data-copy]");
  if (copier instanceof HTMLElement) void copy(copier);
});

// What few people open comes when it is opened: a link names the module that shows its page in a dialog instead.
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("a[data-module]") : null;
  if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  import(link.dataset.module ?? "").then(({ open }) => open(link)).catch(() => location.assign(link.href));
});

/**
 * @param {HTMLDialogElement} dialog
 * @param {MouseEvent} event
 */
function isOutside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return (
    event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom
  );
}

/** @param {HTMLElement} button */
async function copy(button) {
  const label = button.dataset.label ?? button.textContent ?? "";
  button.dataset.label = label;
  try {
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
    button.textContent = text.copied;
  } catch {
    button.textContent = text.nothing_copied;
  }
  setTimeout(() => {
    button.textContent = label;
  }, 1500);
}

/** Times stand in the page in the server's zone and are shown in the reader's. @param {ParentNode} root */
function localise(root) {
  const language = document.documentElement.lang;
  const format = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  for (const time of root.querySelectorAll("time[data-local]")) {
    if (time instanceof HTMLTimeElement) time.textContent = format.format(new Date(time.dateTime));
  }
}
localise(document);

// The weeks of a project's overview begin where its reader is.
const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
const secure = location.protocol === "https:" ? "; secure" : "";
document.cookie = `time_zone=${timeZone}; path=/; max-age=31536000; samesite=lax${secure}`;

// After a swap and before the next frame: what is there is never seen in the server's zone.
for (const name of ["htmx:afterSwap", "page:changed"]) {
  document.addEventListener(name, (event) => {
    if (event.target instanceof Element) localise(event.target);
  });
}
