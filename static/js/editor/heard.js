// @ts-check
/** What the engine itself heard in a row, below its text, with what people made of it marked. */

import { register } from "../lib/commands.js";
import { get } from "../lib/http.js";
import { firstOf, idOf } from "./row-html.js";

export class Heard {
  #transcript;

  /**
   * @param {import("./structure.js").Transcript} transcript
   * @param {AbortSignal} signal
   */
  constructor(transcript, signal) {
    this.#transcript = transcript;
    // What was changed is no matter of a guest, who has the page by a link.
    if (transcript.dataset.user) signal.addEventListener("abort", register({ heard: () => this.toggle() }));
  }

  async toggle() {
    const { row, text } = this.#transcript;
    if (!row) return;
    const shown = row.querySelector("[data-heard]");
    if (shown) return shown.remove();
    const answer = await get(`/utterances/${idOf(row)}/heard/`).catch(() => null);
    const section = answer?.ok ? firstOf(await answer.text()) : null;
    if (!section) return this.#transcript.say(text.not_loaded, "failed");
    if (!row.querySelector("[data-heard]")) row.append(section);
  }

  /**
   * The engine's text in the place of the row's, as an edit.
   * @param {HTMLElement} row
   * @param {HTMLElement} button
   */
  takeBack(row, button) {
    this.#transcript.editing.write(row, button.dataset.takeHeard ?? "");
    button.closest("[data-heard]")?.remove();
    if (!row.contains(document.activeElement)) row.focus({ preventScroll: true });
  }
}
