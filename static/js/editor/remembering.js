// @ts-check
/** Puts the selected words into the project's glossary, with what the engine wrote in their place. */

import { register } from "../lib/commands.js";
import { reasonOf } from "../lib/html.js";
import { post } from "../lib/http.js";
import { aboutWhat } from "../lib/selected-words.js";
import { transcript } from "../lib/transcript.js";

async function remember() {
  const page = transcript();
  const about = aboutWhat(page);
  if (!about || !(await page.editing.settled())) return;
  const { row, start, end, quote } = about;
  const fields = { term: quote, start: String(start), end: String(end) };
  const answer = await post(`/utterances/${row}/remember/`, fields).catch(() => null);
  if (answer?.ok) page.say(await answer.text(), "saved");
  else page.say(answer?.status === 422 ? reasonOf(await answer.text()) : page.text.not_done, "failed");
}

// Only those who may edit have the row menu.
if (document.querySelector("[data-command=remember]")) register({ remember: () => void remember() });
