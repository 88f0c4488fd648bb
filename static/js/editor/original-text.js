// @ts-check
/** The original text of a row: what the engine itself heard, shown below the row's text with what people made of it marked. */

import { register } from "../lib/commands.js";
import { firstOf } from "../lib/html.js";
import { get } from "../lib/http.js";
import { idOf } from "../lib/transcript.js";

export class OriginalText {
  #transcript;

  /**
   * @param {import("../lib/transcript.js").Transcript} transcript
   * @param {AbortSignal} signal
   */
  constructor(transcript, signal) {
    this.#transcript = transcript;
    // Guests, who have the page by a link, are not shown what was changed.
    if (transcript.dataset.user) signal.addEventListener("abort", register({ original_text: () => this.toggle() }));
  }

  async toggle() {
    const { row, text } = this.#transcript;
    if (!row) return;
    const shown = row.querySelector("[data-original]");
    if (shown) return shown.remove();
    const answer = await get(`/utterances/${idOf(row)}/original/`).catch(() => null);
    const section = answer?.ok ? firstOf(await answer.text()) : null;
    if (!section) return this.#transcript.say(text.not_loaded, "failed");
    if (!row.querySelector("[data-original]")) row.append(section);
  }

  /**
   * Puts the original text in the place of the row's, as an edit.
   * @param {HTMLElement} row
   * @param {HTMLElement} button
   */
  takeBack(row, button) {
    this.#transcript.editing.write(row, button.dataset.takeOriginal ?? "");
    button.closest("[data-original]")?.remove();
    if (!row.contains(document.activeElement)) row.focus({ preventScroll: true });
  }
}
