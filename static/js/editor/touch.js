// @ts-check
/** What fingers need: a press that is no tap plays nothing, and what is typed in stands above the keyboard on the screen. */

import { showBox } from "./following.js";

const LONG_MS = 500;
/** Keyboards are at least so high; the bars of a browser, which come and go too, are not. */
const KEYBOARD_PX = 120;

const press = { at: 0, isTouch: false, ends: false };

document.addEventListener(
  "pointerdown",
  (event) => {
    const selects = !(document.getSelection()?.isCollapsed ?? true);
    Object.assign(press, { at: event.timeStamp, isTouch: event.pointerType === "touch", ends: selects });
  },
  { capture: true, passive: true },
);

/**
 * Whether the click is more than the end of a long press, or of a selection that the finger takes away.
 * @param {MouseEvent} click
 */
export const isTap = (click) => !press.isTouch || (!press.ends && click.timeStamp - press.at < LONG_MS);

/**
 * Keyboards on the screen cover the window without making it smaller: `--keyboard` is how much of its bottom, for what is
 * fixed there, and `data-keyboard` stands on the root meanwhile.
 */
export function watchKeyboard() {
  const view = window.visualViewport;
  if (!view) return;
  const root = document.documentElement;
  let covered = 0;
  const fit = () => {
    const below = Math.round(root.clientHeight - view.height - view.offsetTop);
    // Who zooms in with two fingers sees a part of the window, too.
    const now = view.scale < 1.05 && below > KEYBOARD_PX ? below : 0;
    if (now === covered) return;
    covered = now;
    root.style.setProperty("--keyboard", `${now}px`);
    root.toggleAttribute("data-keyboard", now > 0);
    showCaret();
  };
  view.addEventListener("resize", fit);
  view.addEventListener("scroll", fit);
  document.addEventListener("focusin", showCaret);
  document.addEventListener("row-editor:input", showCaret);

  /** The field takes the focus without scrolling, and browsers know nothing of the player above the keyboard. */
  function showCaret() {
    const editor = /** @type {import("./row-editor.js").RowEditor | null} */ (document.activeElement?.closest("row-editor") ?? null);
    if (covered && editor) requestAnimationFrame(() => editor.isConnected && showBox(editor.caretBox));
  }
}
