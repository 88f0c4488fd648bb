// @ts-check
/** Keeps the row being spoken in view until the reader scrolls; then it offers the way back. */

import { isScrollKey, isVisible, scrollFor } from "../lib/follow.js";

/** Between the two presses of a double click, as most people make it; for a slower one the page may have moved on. */
const DOUBLE_CLICK_MS = 600;

export class Following {
  #yielded = false;
  /** @type {HTMLElement | null} */
  #row = null;
  /** The row that the reader plays where it stands, by its id. */
  #chosen = "";
  #resting = 0;
  #frame = 0;
  #aiming = 0;
  #button;
  #mayScroll;

  /**
   * @param {HTMLElement | null} button the way back
   * @param {() => boolean} mayScroll false while somebody types
   * @param {AbortSignal} signal
   */
  constructor(button, mayScroll, signal) {
    this.#button = button;
    this.#mayScroll = mayScroll;
    const passive = { signal, passive: true };
    window.addEventListener("wheel", (event) => this.#yieldToWheel(event), passive);
    window.addEventListener("touchmove", (event) => this.#yieldToTouch(event), passive);
    window.addEventListener("keydown", (event) => this.#yieldToKey(event), passive);
    window.addEventListener("pointerdown", (event) => this.#yieldToScrollbar(event), passive);
    window.addEventListener("scroll", () => this.#planOffer(), passive);
    window.addEventListener("resize", () => this.#planOffer(), passive);
  }

  /** @param {HTMLElement | null} row */
  moveTo(row) {
    this.#row = row;
    if (row && row.id !== this.#chosen && !this.#resting) {
      this.#chosen = "";
      if (!row.hidden && !this.#yielded && this.#mayScroll()) this.bring(row);
    }
    this.#planOffer();
  }

  /**
   * The reader plays a row by a click on it. It stays where it is, and for a moment so does everything: what they point
   * at must not move away from under a second click.
   * @param {HTMLElement} row
   */
  choose(row) {
    this.#chosen = row.id;
    clearTimeout(this.#resting);
    this.#resting = window.setTimeout(() => {
      this.#resting = 0;
      this.moveTo(this.#row);
    }, DOUBLE_CLICK_MS);
  }

  /** The row came anew: it is the same place. @param {HTMLElement} row */
  replace(row) {
    this.#row = row;
    this.#planOffer();
  }

  /** The reader looks elsewhere. */
  leave() {
    this.#yieldToReader();
  }

  /** The reader wants the playhead again. */
  resume() {
    this.#yielded = false;
    this.#planOffer();
  }

  back() {
    this.resume();
    if (this.#row) this.bring(this.#row);
  }

  /** Into view; a row that is folded away comes back for it. @param {HTMLElement} row */
  bring(row) {
    if (row.hidden) row.dispatchEvent(new CustomEvent("row:wanted", { bubbles: true }));
    this.#aimAt(row, 4);
  }

  /**
   * @param {HTMLElement} row
   * @param {number} again in so many of the next frames: rows that were never drawn have estimated heights, and what
   * was aimed at moves once they are drawn
   */
  #aimAt(row, again) {
    cancelAnimationFrame(this.#aiming);
    if (!row.isConnected || row.hidden) return;
    showBox(row.getBoundingClientRect());
    if (again) this.#aiming = requestAnimationFrame(() => this.#aimAt(row, again - 1));
  }

  #yieldToReader() {
    cancelAnimationFrame(this.#aiming);
    if (!this.#row) return;
    this.#yielded = true;
    this.#planOffer();
  }

  /** @param {WheelEvent} event */
  #yieldToWheel(event) {
    if (!(event.target instanceof Element && event.target.closest("side-panel"))) this.#yieldToReader();
  }

  /** @param {TouchEvent} event */
  #yieldToTouch(event) {
    if (!(event.target instanceof Element && event.target.closest("#player, dialog, side-panel"))) this.#yieldToReader();
  }

  /** @param {KeyboardEvent} event */
  #yieldToKey(event) {
    const target = event.target instanceof Element ? event.target : null;
    const inField = target?.matches("input, select, textarea, [role=slider]") ?? false;
    const presses = event.key === " " && target?.closest("button, summary, a");
    const finds = (event.ctrlKey || event.metaKey) && event.code === "KeyF";
    if (finds || (!presses && isScrollKey(event, inField))) this.#yieldToReader();
  }

  /** @param {PointerEvent} event */
  #yieldToScrollbar(event) {
    if (event.clientX >= document.documentElement.clientWidth) this.#yieldToReader();
  }

  #planOffer() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#offerWayBack());
  }

  #offerWayBack() {
    this.#frame = 0;
    if (!this.#button) return;
    this.#button.hidden = !(
      this.#yielded &&
      this.#row &&
      !isVisible(this.#row.getBoundingClientRect(), visibleBand())
    );
  }
}

/** Scrolls what is so far out of sight into it. @param {DOMRect} box in the window */
export function showBox(box) {
  const by = scrollFor(box, visibleBand());
  if (Math.abs(by) >= 2) window.scrollBy({ top: by, behavior: "instant" });
}

/**
 * The part of the window in which rows can be read: below the bar, and above the transport of a phone, the sheet over it
 * and a keyboard on the screen.
 */
function visibleBand() {
  const top = Math.max(0, document.querySelector("[data-deck]")?.getBoundingClientRect().bottom ?? 0);
  const covers = [...document.querySelectorAll("#player, [data-panel] side-panel")].map((cover) => cover.getBoundingClientRect());
  const lows = covers.filter((cover) => cover.top > top && cover.width >= window.innerWidth).map((cover) => cover.top);
  const { offsetTop, height } = window.visualViewport ?? { offsetTop: 0, height: window.innerHeight };
  return { top: Math.max(top, offsetTop), bottom: Math.min(window.innerHeight, offsetTop + height, ...lows) };
}
