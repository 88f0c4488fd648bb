// @ts-check
/**
 * Shows some of the rows: stretches of others fold into a line that opens them. What is folded stays in the page
 * (`hidden="until-found"`), so that find-in-page and links still reach it.
 */

import { counts, gaps, isActive, matches, nothing, opened, parsed, written } from "../lib/filters.js";
import { fill } from "../lib/format.js";
import { strings } from "../lib/html.js";
import { idOf, rowAround, transcript } from "../lib/transcript.js";
import { known } from "./marks.js";

const text = strings("review-strings");
const SPOKEN = /[\p{L}\p{N}]/u;

/** @param {HTMLElement} row @returns {import("../lib/filters.js").Facts} */
function factsOf(row) {
  const { dataset } = row;
  return {
    verified: "verified" in dataset,
    flagged: "flagged" in dataset,
    estimated: transcript().isEstimated(idOf(row)),
    wordless: !SPOKEN.test(row.querySelector("[data-text]")?.textContent ?? ""),
    unsure: "unsure" in dataset,
    speaker: dataset.speaker ?? "",
    changed: Number(dataset.changed ?? 0),
  };
}

class Filtering {
  filter = parsed(location.search);
  /** How many rows match, and how many there are. */
  found = { count: 0, total: 0 };

  /** @returns {HTMLElement[]} */
  get #rows() {
    return transcript().rows.map(({ element }) => element);
  }

  /** The rows that match. */
  matching() {
    return this.#rows.filter((row) => matches(factsOf(row), this.filter));
  }

  /** How many rows there are of each kind. */
  counts() {
    return counts(this.#rows.map(factsOf));
  }

  /** @param {Partial<import("../lib/filters.js").Filter>} change */
  set(change) {
    this.filter = { ...this.filter, ...change };
    history.replaceState(history.state, "", location.pathname + written(location.search, this.filter) + location.hash);
    this.apply();
    transcript().say(isActive(this.filter) ? this.says() : text.show_all);
  }

  clear() {
    this.set(nothing());
  }

  /** As the address says. */
  begin() {
    if (!isActive(this.filter)) return;
    this.apply();
    const row = document.getElementById(location.hash.slice(1));
    if (!row?.matches("[data-utterance]")) return;
    // The browser may have been there already: then it has the focus and is not folded, but its neighbours are.
    if (!matches(factsOf(row), this.filter)) row.dispatchEvent(new CustomEvent("row:wanted", { bubbles: true }));
    transcript().following.bring(row);
  }

  /** Once for a change of the filter: what matches later, or no longer does, stays as it is until the next. */
  apply() {
    const active = isActive(this.filter);
    const rows = this.#rows;
    const held = transcript().editing.row ?? rowAround(document.activeElement);
    let count = 0;
    for (const row of rows) {
      const shown = !active || matches(factsOf(row), this.filter);
      count += Number(shown);
      this.#foldRow(row, !shown && row !== held);
      row.classList.toggle("row-near", !shown && row === held);
    }
    this.found = { count, total: rows.length };
    this.#drawGaps();
    document.dispatchEvent(new CustomEvent("filter:changed"));
    const at = transcript().row;
    if (at && !at.hidden && at.isConnected && active) transcript().following.bring(at);
  }

  /** In a sentence. */
  says() {
    const { kinds, speaker, since } = this.filter;
    const name = known.get(speaker)?.shown;
    const when = since ? new Date(since * 1000).toLocaleString(document.documentElement.lang) : "";
    const what = [...kinds.map((kind) => text[`show_${kind}`]), name && fill(text.show_speaker, { name }), when && fill(text.show_since, { when })];
    const values = { what: what.filter(Boolean).join(text.and), ...this.found };
    return fill(this.found.count ? text.show_some : text.show_none, values);
  }

  /**
   * @param {HTMLElement} row
   * @param {boolean} folded
   */
  #foldRow(row, folded) {
    if (Boolean(row.hidden) === folded) return;
    if (folded) row.setAttribute("hidden", "until-found");
    else row.hidden = false;
    row.tabIndex = folded ? -1 : 0;
  }

  /** One line for each stretch of folded rows, and the size of the groups as long as they are not drawn. */
  #drawGaps() {
    const page = transcript();
    for (const line of page.querySelectorAll(".row-gap")) line.remove();
    const rows = this.#rows;
    for (const { first, count } of gaps(rows.map(({ hidden }) => !hidden))) {
      const line = document.createElement("button");
      line.type = "button";
      line.className = "row-gap";
      line.textContent = fill(text.gap, { count });
      line.dataset.first = rows[first].dataset.utterance;
      line.dataset.count = String(count);
      rows[first].before(line);
    }
    page.toggleAttribute("data-filtered", isActive(this.filter));
    for (const group of /** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll(".rows"))) {
      const shown = group.querySelectorAll(".row:not([hidden])").length;
      const share = shown / Math.max(1, group.childElementCount);
      group.toggleAttribute("data-folded", !shown);
      group.style.setProperty("--rows", String(shown));
      group.style.setProperty("--lines", String(Math.ceil(Number(group.dataset.lines) * share)));
    }
  }

  /** @param {HTMLElement} line */
  open(line) {
    const rows = this.#rows;
    const first = rows.findIndex((row) => row.dataset.utterance === line.dataset.first);
    this.#unfoldRows(opened({ first, count: Number(line.dataset.count) }, rows.length).map((index) => rows[index]))?.focus();
  }

  /** A folded row that was found or gone to, with those around it. @param {HTMLElement} row */
  reveal(row) {
    const rows = this.#rows;
    const at = rows.indexOf(row);
    this.#unfoldRows(rows.slice(Math.max(0, at - 2), at + 3).filter(({ hidden }) => hidden));
  }

  /** @param {HTMLElement[]} rows */
  #unfoldRows(rows) {
    for (const row of rows) {
      this.#foldRow(row, false);
      row.classList.add("row-near");
    }
    this.#drawGaps();
    return rows[0];
  }

  /** Rows that came anew are shown as the old ones were. @param {MutationRecord[]} records */
  renewed(records) {
    if (!isActive(this.filter)) return;
    for (const { addedNodes, removedNodes } of records) {
      const before = new Map(rowsAmong(removedNodes).map((row) => [row.id, row]));
      for (const row of rowsAmong(addedNodes)) {
        const old = before.get(row.id);
        if (!old) continue;
        this.#foldRow(row, Boolean(old.hidden) && !matches(factsOf(row), this.filter));
        row.classList.toggle("row-near", old.classList.contains("row-near"));
      }
    }
  }
}

/** @param {NodeList} nodes @returns {HTMLElement[]} */
function rowsAmong(nodes) {
  return [...nodes].filter((node) => node instanceof HTMLElement).filter((node) => node.matches("[data-utterance]"));
}

export const filtering = new Filtering();

const page = transcript();
page.addEventListener("click", (event) => {
  const line = event.target instanceof Element ? event.target.closest(".row-gap") : null;
  if (line instanceof HTMLElement) filtering.open(line);
});
page.addEventListener("beforematch", (event) => filtering.reveal(/** @type {HTMLElement} */ (event.target)));
page.addEventListener("row:wanted", (event) => {
  const row = /** @type {HTMLElement} */ (event.target);
  filtering.reveal(row);
  row.focus({ preventScroll: true });
});
page.addEventListener("transcript:arranged", () => isActive(filtering.filter) && filtering.apply());
page.addEventListener("transcript:timed", () => filtering.filter.kinds.includes("estimated") && filtering.apply());
new MutationObserver((records) => filtering.renewed(records)).observe(page, { childList: true, subtree: true });
document.addEventListener("click", (event) => {
  if (event.target instanceof Element && event.target.closest("[data-filter-clear]")) filtering.clear();
});
