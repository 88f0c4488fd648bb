// @ts-check
/** Changes of rows other than by typing: sent one after the other, each once what was typed is stored. */

import { fill } from "../lib/format.js";
import { firstOf, reasonOf } from "../lib/html.js";
import { post, requestKey } from "../lib/http.js";
import { markDifferences } from "./row-html.js";

export class Changes {
  #page;
  #editing;
  /** The versions of those that could not be undone, as the person has been told. @type {Set<string>} */
  acknowledged = new Set();
  /** The one before. @type {Promise<unknown>} */
  #turn = Promise.resolve();

  /**
   * @param {import("./row-effects.js").Page} page
   * @param {import("../lib/transcript.js").RowEditing} editing
   */
  constructor(page, editing) {
    this.#page = page;
    this.#editing = editing;
  }

  /** Resolves when nothing is under way. */
  get quiet() {
    return this.#turn;
  }

  /**
   * See `Editing.change`.
   * @param {string} url
   * @param {() => import("../lib/transcript.js").Fields} [fields]
   * @param {import("../lib/transcript.js").ChangeOptions} [options]
   */
  make(url, fields = () => ({}), options = {}) {
    const turn = this.#turn.then(() => this.#send(url, fields, options));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /**
   * @param {string} url
   * @param {() => import("../lib/transcript.js").Fields} fields
   * @param {import("../lib/transcript.js").ChangeOptions} options
   */
  async #send(url, fields, { apply = (html) => this.#editing.applyRows(html), rows = [], ...sentences }) {
    const { say, text } = this.#page;
    // The last text is not stored yet: the change would be one of the rows before it.
    if (!(await this.#editing.settled())) {
      say(text.not_done, "failed");
      return null;
    }
    say(text.saving, "saving");
    const answer = await postPersistently(url, { ...fields(), request_key: requestKey() });
    if (answer?.status === 200) {
      const html = await answer.text();
      await this.#editing.typing?.composed();
      const changed = apply(html);
      say(sentences.done ?? text.saved, "saved");
      this.#showWhoElse(answer);
      this.#showKept(answer);
      return changed;
    }
    if (answer?.status === 204) {
      say(sentences.nothing ?? "");
      this.#showKept(answer);
    } else if (answer?.status === 409) this.#showConflict(await answer.text(), sentences.conflict);
    else if (answer?.status === 422) say(fill(text.refused, { reason: reasonOf(await answer.text()) }), "failed");
    else if (answer?.status === 404) say(text.row_gone, "failed");
    else say(text.not_done, "failed");
    for (const id of rows) void this.#editing.refresh(id);
    return null;
  }

  /**
   * @param {string} html
   * @param {string} [conflict] what can't be done over somebody else's words, which are shown then
   */
  #showConflict(html, conflict) {
    const { say, notify, text } = this.#page;
    say(conflict ?? text.changed_since, "failed");
    const note = conflict ? firstOf(html) : null;
    if (note?.dataset.change) this.acknowledged.add(note.dataset.change);
    note?.querySelector(".conflict-what")?.remove();
    const theirs = note?.querySelector("[data-theirs]")?.textContent?.trim();
    if (!conflict || !note || !theirs) return;
    notify(conflict, { body: markDifferences(note) });
    const back = note.querySelector("[data-put-back]");
    back?.addEventListener("click", () => {
      const row = this.#page.row(back.getAttribute("data-put-back") ?? "");
      const mine = note.querySelector("[data-mine]")?.textContent?.trim();
      notify("");
      if (row) this.#editing.open(row, undefined, mine);
    });
  }

  /** Rows in which somebody else has written since were left as they are. @param {Response} answer */
  #showKept(answer) {
    const count = answer.headers.get("X-Kept");
    if (count) this.#page.notify(fill(this.#page.text.rows_kept, { count }));
  }

  /** Somebody has changed the same rows since: what they did stays, and can be looked at. @param {Response} answer */
  #showWhoElse(answer) {
    const name = decodeURIComponent(answer.headers.get("X-Also-Changed-By") ?? "");
    if (!name) return;
    const body = document.createElement("p");
    body.dataset.conflict = "";
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "button small", textContent: this.#page.text.show_history });
    button.dataset.command = "history";
    body.append(button);
    this.#page.notify(fill(this.#page.text.undone_also_changed, { name }), { body });
  }
}

/**
 * Sends until there is an answer, three times at most: the request carries its key, so that it applies once.
 * @param {string} url
 * @param {import("../lib/transcript.js").Fields} fields
 */
async function postPersistently(url, fields) {
  const texts = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, String(value)]));
  let answer = null;
  for (const pause of [0, 500, 2000]) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    answer = await post(url, texts).catch(() => null);
    if (answer && answer.status < 500) break;
  }
  return answer;
}
